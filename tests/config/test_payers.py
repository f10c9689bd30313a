"""Payers are files: the sandbox's ship, the operator's own replace and add, and what is wrong is named."""

from datetime import date, time
from decimal import Decimal
from pathlib import Path

import pytest

from config.payers import PayerProfile, load_payers, unreachable
from config.settings import ConnectorSettings, Settings, SettingsProblem

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


WRONG = [
    # what is changed in the file, and what is told: the key, and what is allowed
    (("zone", '"Mars/Olympus"'), "zone: is not a time zone name such as America/New_York"),
    (("zone", '"America"'), "zone: is not a time zone name"),
    (("small_balance", '"five"'), "small_balance: String should match pattern"),
    (("small_balance", '"5.005"'), "small_balance: "),
    (("small_balance", '"-1.00"'), "small_balance: "),
    (("claims_per_batch", "9999"), "claims_per_batch: Input should be less than or equal to 5000"),
    (("claims_per_set", "0"), "claims_per_set: Input should be greater than or equal to 1"),
    (
        ("bytes_per_file", "10"),
        "bytes_per_file: Input should be greater than or equal to 10000 (the largest",
    ),
    (
        ("kind", '"charity"'),
        "kind: Input should be 'commercial', 'medicare', 'medicare_advantage' or",
    ),
    (("cutoff", '"late"'), "cutoff: "),
    (("id", '"A"'), "id: String should have at least 2 characters (the id that claims are billed under"),
    (("filing_indicator", '"CIX"'), "filing_indicator: String should have at most 2 characters (SBR09)"),
    (
        ("conector", '"house"'),
        "conector: is no key here; did you mean connector? There are id, name",
    ),
    (("id", '"A/B"'), "id: String should match pattern"),
    (("name", '""'), "name: String should have at least 1 character"),
    (("cutoff", "17"), "cutoff: is a time such as 17:00:00"),
    (("claims_per_batch", "true"), "claims_per_batch: is a number, not true or false"),
    (("eligibility_fresh_days", "999999999"), "eligibility_fresh_days: Input should be less than or equal"),
    (("pace", "5"), "pace: is a section with the keys at_once, per_second"),
    (("pace", "{ at_once = 0 }"), "pace.at_once: Input should be greater than or equal to 1"),
    (
        ("pace", "{ atonce = 1 }"),
        "pace.atonce: is no key here; did you mean at_once? There are at_once",
    ),
    (("cadence", "{ every_days = 0 }"), "cadence.every_days: "),
    (
        ("cadence", "{ acknowledgement_hours = { 998 = 1 } }"),
        "Input should be 'TA1', '999', '277CA' or '277CA:payer'",
    ),
    (("cadence", "{ acknowledgement_hours = { 999 = 0 } }"), "cadence.acknowledgement_hours.999: "),
    (("federal_holidays", '"some"'), "federal_holidays: Input should be a valid boolean"),
    (("closed_on", '["the 24th"]'), "closed_on.0: Input should be a valid date"),
    (("service_types", "[]"), "service_types: Tuple should have at least 1 item"),
    (
        ("corrections", "{ frequency_codes = 7 }"),
        "corrections.frequency_codes: Input should be a valid",
    ),
    (
        ("enrolment", '{ required = ["999"], how = "x" }'),
        "required.0: Input should be '837P', '837I', '837D', '270', '276', '278' or '835'",
    ),
    (("enrolment", '{ required = ["837P"] }'), "enrolment.how: is missing (who must do what"),
    (
        (
            "enrolment",
            '{ required = ["837P"], how = "x", enrolled = [{ npi = "12", transactions = ["837P"] }] }',
        ),
        "enrolment.enrolled.0.npi: String should match pattern",
    ),
    (
        ("former_limits", '[{ filing_days = 1, corrected_days = 1, source = "x" }]'),
        "former_limits: each says until which service date it holds",
    ),
]


@pytest.mark.parametrize(("put", "told"), WRONG, ids=[f"{put[0]}={put[1]}"[:40] for put, _ in WRONG])
def test_a_value_that_cannot_work_is_refused_at_the_start_with_what_is_allowed(
    tmp_path: Path, put: tuple[str, str], told: str
):
    key, value = put
    content = "\n".join(line for line in PAYER.splitlines() if not line.startswith(f"{key} "))
    found = problems(tmp_path, acme=f"{key} = {value}\n{content}")
    assert all("acme.toml" in line for line in found)
    assert any(told in line for line in found), found


@pytest.mark.parametrize("key", ["id", "name", "connector", "kind", "filing_indicator"])
def test_a_key_that_must_be_there_is_told_by_its_name(tmp_path: Path, key: str):
    content = "\n".join(line for line in PAYER.splitlines() if not line.startswith(f"{key} "))
    (found,) = problems(tmp_path, acme=content)
    assert f"acme.toml: {key}: is missing" in found


@pytest.mark.parametrize(
    ("payer", "told"),
    [
        (PAYER, "ACME.connector: there is no [connectors.house]; there are post"),
        (PAYER.replace('"house"', '"post"'), ""),
        (
            PAYER.replace('connector = "house"', 'connector = "post"\ninquiries = "web"'),
            "ACME.inquiries: there is no [connectors.web]; there are post",
        ),
    ],
)
def test_a_connector_that_is_none_is_told_with_those_there_are(tmp_path: Path, payer: str, told: str):
    post = ConnectorSettings(base_url="https://p.example", receiver_id="POST")
    settings = Settings(home=tmp_path, connectors={"post": post})
    (tmp_path / "payers").mkdir()
    (tmp_path / "payers" / "acme.toml").write_text(payer)
    assert unreachable(load_payers(settings), settings) == ([told] if told else [])


def test_limits_hold_for_the_services_of_their_time(tmp_path: Path):
    former = 'until = 2025-12-31\nfiling_days = 365\ncorrected_days = 365\nsource = "manual 2025"'
    acme = load(tmp_path, acme=f"{PAYER}\n[[former_limits]]\n{former}\n")["ACME"]
    assert acme.limits_on(date(2025, 12, 31)).filing_days == 365
    assert acme.limits_on(date(2026, 1, 1)).filing_days == 90


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


def test_a_file_from_windows_is_read_and_one_that_cannot_be_read_is_named(tmp_path: Path):
    assert set(load(tmp_path, acme="\ufeff" + PAYER.replace("\n", "\r\n"))) == {"ACME"}
    (tmp_path / "payers" / "folder.toml").mkdir()
    (told,) = problems(tmp_path)
    assert told.endswith("folder.toml: cannot be read: Is a directory")
