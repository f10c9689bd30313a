"""Connectors in the settings: each kind has its own keys; what is wrong is said with what is allowed."""

from pathlib import Path

import pytest

from config.settings import Settings, SettingsProblem, load_settings
from config.web_partners import ClearinghousePartner, ConnectorSettings, CoreRestPartner, CoreSoapPartner


def load(home: Path, section: str, **environ: str) -> Settings:
    (home / "cleanclaim.toml").write_text(f'[connectors.p]\nreceiver_id = "PARTNER"\n{section}\n')
    return load_settings({"CLEANCLAIM_HOME": str(home), **environ})


def problem(home: Path, section: str) -> str:
    with pytest.raises(SettingsProblem) as refused:
        load(home, section)
    (told,) = refused.value.problems
    assert "cleanclaim.toml" in str(refused.value)
    return told


@pytest.mark.parametrize(
    ("section", "kind"),
    [
        ('base_url = "https://p.example"', ConnectorSettings),
        ('kind = "core-rest"\nbase_url = "https://p.example"', CoreRestPartner),
        ('kind = "core-soap"\nbase_url = "https://p.example"', CoreSoapPartner),
        (
            'kind = "clearinghouse"\nbase_url = "https://p.example"\ncore_url = "https://c.example"',
            ClearinghousePartner,
        ),
    ],
)
def test_each_kind_has_its_own_keys(tmp_path: Path, section: str, kind: type):
    assert type(load(tmp_path, section).connectors["p"]) is kind


def test_a_kind_that_is_none_is_told_with_those_there_are(tmp_path: Path):
    told = problem(tmp_path, 'kind = "fax"')
    assert told.startswith("connectors.p.kind: is one of http, core-rest, core-soap, clearinghouse")


def test_a_key_of_another_kind_is_told_with_those_of_this_one(tmp_path: Path):
    told = problem(tmp_path, 'kind = "core-soap"\nbase_url = "https://p.example"\ntoken_url = "https://t"')
    assert told.startswith("connectors.p.token_url: is no key of core-soap, which has kind, receiver_id")
    assert "username" in told


def test_what_is_missing_is_named_by_its_key(tmp_path: Path):
    assert problem(tmp_path, 'kind = "core-rest"').startswith("connectors.p.base_url: ")


def test_a_path_for_an_operation_that_is_none_is_refused(tmp_path: Path):
    section = 'kind = "core-rest"\nbase_url = "https://p.example"\npaths = {submitt = "/s"}'
    assert "'realtime', 'submit'" in problem(tmp_path, section)


@pytest.mark.parametrize("url", ["http://p.example", "ftp://p.example", "p.example"])
def test_patient_data_do_not_travel_in_clear(tmp_path: Path, url: str):
    assert problem(tmp_path, f'base_url = "{url}"').startswith("connectors.p: base_url: ")


def test_between_containers_it_may_be_said(tmp_path: Path):
    assert load(tmp_path, 'base_url = "http://payer:8900"\nplain_http = true').connectors
    assert load(tmp_path, 'base_url = "http://127.0.0.1:8900"').connectors


def test_a_certificate_that_is_not_there_is_told(tmp_path: Path):
    told = problem(tmp_path, 'base_url = "https://p.example"\nclient_certificate = "us.pem"')
    assert told == "connectors.p: client_certificate: no file us.pem"


def test_secrets_come_from_the_environment_and_are_never_shown(tmp_path: Path):
    section = 'kind = "core-soap"\nbase_url = "https://p.example"\nusername = "us"'
    settings = load(tmp_path, section, CLEANCLAIM_CONNECTORS__P__PASSWORD="s3cret")
    partner = settings.connectors["p"]
    assert isinstance(partner, CoreSoapPartner)
    assert partner.password.get_secret_value() == "s3cret"
    assert "s3cret" not in repr(settings)
