"""Every flow by its name."""

from typing import Any

from prefect import Flow

from flows.daily import daily_submission
from flows.decide import decide
from flows.life import claim_lifecycle
from flows.scheduled import (
    collect_responses,
    patient_statements,
    poll_status,
    reconcile,
    sweep_eligibility,
    weekly_review,
    work_appeals,
    work_denials,
)
from flows.submit_batch import submit_batch

FLOWS: dict[str, Flow[..., Any]] = {
    flow.name: flow
    for flow in (
        claim_lifecycle,
        submit_batch,
        daily_submission,
        sweep_eligibility,
        collect_responses,
        poll_status,
        work_denials,
        work_appeals,
        patient_statements,
        weekly_review,
        reconcile,
        decide,
    )
}
