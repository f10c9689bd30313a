"""Every deployment: its flow, and for the scheduled ones when and why at that hour.

Hours are the practice's own (`zone` in the settings). `deployments/prefect.yaml` says the same for those
who deploy with work pools; a test holds the two together.
"""

from dataclasses import dataclass

from prefect.deployments.runner import RunnerDeployment
from prefect.schedules import Cron
from prefect.types.entrypoint import EntrypointType

from flows.catalogue import FLOWS


@dataclass(frozen=True, slots=True)
class Entry:
    """One deployment. ``cron`` is None for runs that others start: claims, batches, decisions."""

    flow: str
    cron: str | None = None
    why: str = ""


ENTRIES = (
    Entry("claim-lifecycle"),
    Entry("submit-batch"),
    Entry("decide"),
    Entry("sweep-eligibility", "0 4 * * *", "payers answer quickest before dawn"),
    Entry("collect-responses", "15 6-20 * * *", "payers put files out all day; the morning's come first"),
    Entry("daily-submission", "0 7 * * 1-5", "after the night's answers, hours before any cutoff"),
    Entry("poll-status", "30 9 * * 1-5", "after the mail, so that no answered claim is asked for"),
    Entry("work-denials", "0 10 * * 1-5", "after the mail, before the billers' day is full"),
    Entry("work-appeals", "30 10 * * 1-5", "deadlines are counted once the mail is in"),
    Entry("patient-statements", "0 11 * * 3", "once a week, so that nobody is billed twice in one"),
    Entry("weekly-review", "0 12 * * 5", "the week's denials, while there is still an afternoon"),
    Entry("reconcile", "*/30 * * * *", "what a crash left behind is found within half an hour"),
)


async def deployment(entry: Entry, zone: str) -> RunnerDeployment:
    """The entry as Prefect has it: named like its flow, its schedule in the practice's zone."""
    schedule = Cron(entry.cron, timezone=zone, slug=entry.flow) if entry.cron else None
    return await FLOWS[entry.flow].ato_deployment(
        name=entry.flow,
        schedules=[schedule] if schedule else None,
        description=entry.why or FLOWS[entry.flow].description,
        entrypoint_type=EntrypointType.MODULE_PATH,
    )


async def deployments(zone: str) -> list[RunnerDeployment]:
    return [await deployment(entry, zone) for entry in ENTRIES]


async def register(zone: str) -> None:
    """Make every deployment known to the Prefect server, or bring it up to date."""
    for made in await deployments(zone):
        await made.aapply()
