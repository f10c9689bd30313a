"""Rule 12: what a decision was made by can be looked up under the hash that its event names."""

from pathlib import Path

from sqlmodel import select

from claims import reference
from claims.codes import open_codes
from claims.database import reading
from claims.edits import catalogue, digest
from claims.model import ReferenceVersion
from config.settings import Settings


def test_each_version_that_came_in_force_is_kept_once_under_the_hash_that_events_name(
    any_engine, act, payers, tmp_path: Path
):
    settings = Settings(home=tmp_path, profile="sandbox")
    versions = reference.in_force(settings, payers)
    assert reference.remember(any_engine, versions, act.at.real) == len(payers) + 2
    assert reference.remember(any_engine, versions, act.at.real) == 0
    with reading(any_engine) as session:
        kept = {row.digest: row for row in session.exec(select(ReferenceVersion))}
    payer = payers["SBXCO"]
    assert kept[payer.digest].content["limits"]["filing_days"] == payer.limits.filing_days
    assert set(kept[digest()].content) == {edit.id for edit in catalogue()}
    codes = kept[open_codes(tmp_path).version].content
    assert codes["icd10cm"]["seed"] is True


def test_a_changed_payer_file_is_a_new_version_beside_the_old(engine, act, payers, tmp_path: Path):
    settings = Settings(home=tmp_path, profile="sandbox")
    reference.remember(engine, reference.in_force(settings, payers), act.at.real)
    changed = payers | {"SBXCO": payers["SBXCO"].model_copy(update={"name": "ANOTHER NAME"})}
    assert reference.remember(engine, reference.in_force(settings, changed), act.at.real) == 1
    with reading(engine) as session:
        rows = session.exec(select(ReferenceVersion).where(ReferenceVersion.name == "SBXCO")).all()
    assert sorted(row.content["name"] for row in rows) == sorted(["ANOTHER NAME", payers["SBXCO"].name])
