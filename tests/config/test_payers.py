"""Payers are files: the sandbox's ship, the operator's own replace and add, and what is wrong is named."""

from datetime import time
from decimal import Decimal
from pathlib import Path

import pytest

from config.payers import PayerProfile, load_payers
from config.settings import Settings, SettingsProblem

PAYER = """
id = "ACME"
name = "ACME HEALTH"
connector = "house"
kind = "commercial"
filing_indicator = "CI"
cutoff = 15:30:00
zone = "America/Chicago"

[limits]
filing_days = 90
corrected_days = 180
appeal_days = [60]
source = "provider manual 2026, page 12"
"""


def load(home: Path, profile: str = "production", **files: str) -> dict[str, PayerProfile]:
    (home / "payers").mkdir(exist_ok=True)
    for name, content in files.items():
        (home / "payers" / f"{name}.toml").write_text(content)
    return load_payers(Settings(home=home, profile=profile))


def problems(home: Path, **files: str) -> list[str]:
    with pytest.raises(SettingsProblem) as refused:
        load(home, **files)
    return refused.value.problems


def test_the_sandboxs_payers_are_there_in_the_sandbox_alone(tmp_path: Path):
    assert set(load_payers(Settings(home=tmp_path, profile="sandbox"))) == {"SBXCO", "SBXMD", "SBXMC"}
    assert load_payers(Settings(home=tmp_path)) == {}


def test_every_shipped_limit_tells_where_it_is_written(tmp_path: Path):
    for profile in load_payers(Settings(home=tmp_path, profile="sandbox")).values():
        assert profile.limits.source
        assert profile.authorization is None or profile.authorization.source


def test_an_operators_file_adds_a_payer(tmp_path: Path):
    acme = load(tmp_path, acme=PAYER)["ACME"]
    assert (acme.cutoff, acme.zone, acme.limits.appeal_days) == (time(15, 30), "America/Chicago", (60,))
    assert (acme.cadence.acknowledgement_hours, acme.corrections.frequency_codes) == (
        {"999": 24, "277CA": 48},
        True,
    )


def test_an_operators_file_replaces_the_shipped_one_of_its_name(tmp_path: Path):
    found = load(tmp_path, "sandbox", commercial=PAYER)
    assert set(found) == {"ACME", "SBXMD", "SBXMC"}


def test_a_payer_that_two_files_describe_is_refused(tmp_path: Path):
    assert problems(tmp_path, one=PAYER, two=PAYER) == ["two files describe the payer ACME"]


def test_every_wrong_file_is_named_with_every_wrong_key(tmp_path: Path):
    told = problems(
        tmp_path,
        bad=PAYER.replace("filing_days = 90", "filing_days = 0\ncolour = 1").replace('"CI"', '"C"'),
        broken="id = ",
        fine=PAYER,
    )
    for part in ("bad.toml", "limits.filing_days", "limits.colour", "filing_indicator", "broken.toml"):
        assert sum(part in line for line in told) >= 1, part
    assert not any("fine.toml" in line for line in told)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("zone", '"Mars/Olympus"'),
        ("zone", '"America"'),
        ("small_balance", '"five"'),
        ("small_balance", '"5.005"'),
        ("small_balance", '"-1.00"'),
        ("claims_per_batch", "9999"),
        ("kind", '"charity"'),
        ("cutoff", '"late"'),
    ],
)
def test_a_value_that_cannot_work_is_refused_at_the_start_and_not_in_the_night(
    tmp_path: Path, key: str, value: str
):
    content = "\n".join(line for line in PAYER.splitlines() if not line.startswith(f"{key} "))
    (told,) = problems(tmp_path, acme=f"{key} = {value}\n{content}")
    assert key in told


def test_the_digest_tells_whether_a_profile_changed(tmp_path: Path):
    first = load(tmp_path, acme=PAYER)["ACME"].digest
    assert load(tmp_path, acme=f"# a remark\n{PAYER}")["ACME"].digest == first
    assert load(tmp_path, acme=PAYER.replace("90", "120"))["ACME"].digest != first


def test_a_contract_is_read_to_the_cent_and_a_wrong_one_is_refused(tmp_path: Path):
    terms = '\n[contract]\nsource = "section 7"\nmultiple = ["100", "50", "25"]\ntolerance = "0.10"\n'
    contract = load(tmp_path, acme=PAYER + terms)["ACME"].contract
    assert contract is not None
    assert (contract.multiple[-1], contract.tolerance) == (Decimal("25"), Decimal("0.10"))
    assert "contract.tolerance" in problems(tmp_path, acme=PAYER + '\n[contract]\ntolerance = "-1"\n')[0]
