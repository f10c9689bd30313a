"""deployments/prefect.yaml says what the registry says, for those who deploy with work pools."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
import yaml
from prefect.flows import load_flow_from_entrypoint

from config.settings import Settings
from deployments import registry
from deployments.registry import ENTRIES
from flows.catalogue import FLOWS

FILE = Path(registry.__file__).with_name("prefect.yaml")


@pytest.fixture(scope="module")
def declared() -> dict[str, dict[str, Any]]:
    rows = yaml.safe_load(FILE.read_text("utf-8"))["deployments"]
    assert len({row["name"] for row in rows}) == len(rows)
    return {row["name"]: row for row in rows}


def test_every_flow_has_an_entry_and_every_entry_is_declared(declared):
    assert {*FLOWS} == {entry.flow for entry in ENTRIES} == {*declared}
    assert len(ENTRIES) == len(FLOWS)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.flow)
def test_a_deployment_is_the_registrys(declared, entry, tmp_path):
    zone = Settings(home=tmp_path).zone
    row = declared[entry.flow]
    schedule = {"cron": entry.cron, "timezone": zone, "slug": entry.flow}
    assert row["schedules"] == ([schedule] if entry.cron else [])
    assert row["work_pool"] == {"name": "practice"}
    first_paragraph = " ".join((FLOWS[entry.flow].description or "").split("\n\n")[0].split())
    assert row["description"] == (entry.why or first_paragraph)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.flow)
def test_a_deployments_entrypoint_is_its_flow(declared, entry):
    assert load_flow_from_entrypoint(declared[entry.flow]["entrypoint"]) is FLOWS[entry.flow]


def test_the_registered_deployments_say_the_same(declared):
    for made in asyncio.run(registry.deployments("America/New_York")):
        assert made.entrypoint == declared[made.name]["entrypoint"]
        crons = [(s.schedule.cron, s.schedule.timezone, s.slug) for s in made.schedules or []]
        rows = declared[made.name]["schedules"]
        assert crons == [(row["cron"], row["timezone"], row["slug"]) for row in rows]
