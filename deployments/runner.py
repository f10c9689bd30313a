"""The served runner: registers every deployment, runs the schedules, and picks up what is retried in the UI.

``python -m deployments.runner``. Schedules keep running in the database when it stops, so that a restart
misses nothing.
"""

import asyncio
import os

from prefect.runner import Runner

from deployments.home import settings_of
from deployments.registry import deployments


async def run() -> None:
    settings = settings_of(os.environ)
    runner = Runner(name="cleanclaim", pause_on_shutdown=False, limit=4)
    for deployment in await deployments(settings.zone):
        await runner.aadd_deployment(deployment)
    await runner.start()


if __name__ == "__main__":
    asyncio.run(run())
