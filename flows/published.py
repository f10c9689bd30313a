"""Publishing an account as a Prefect artifact: counts, dollars and opaque ids only."""

import json
from datetime import date
from typing import Any

from prefect.artifacts import acreate_markdown_artifact


async def publish(kind: str, day: date, account: dict[str, Any]) -> None:
    body = json.dumps(account, indent=2)
    await acreate_markdown_artifact(f"```json\n{body}\n```", key=kind, description=f"{kind} {day}")
