"""Sections of partners that take files: what is wrong is told at the start, by key."""

from pathlib import Path

import pytest

from config.payers import SHIPPED, load_payers
from config.settings import SettingsProblem, load_settings

GOOD = '[connectors.p]\nkind = "sftp"\nreceiver_id = "CLEAR"\nhost = "h"\nuser = "u"\npassword = "p"\n'


def problems(home: Path, text: str) -> str:
    (home / "cleanclaim.toml").write_text(text)
    with pytest.raises(SettingsProblem) as refused:
        load_settings({"CLEANCLAIM_HOME": str(home)})
    return str(refused.value)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('host_keys = ["ssh-ed25519 AAAA"]', "connectors.p.host_keys.0: is a fingerprint"),
        ('upload_name = "claims.837"', "must contain {control}"),
        ('upload_name = "../{control}"', "no folder"),
        ('upload_name = "{control}.part"', "no .part"),
        ('pick_up = [""]', "connectors.p.pick_up.0: String should have at least 1 character"),
        ("whole_after_minutes = 99999999999", "connectors.p.whole_after_minutes: "),
        ('after_pick_up = "move"', "'delete' or 'leave'"),
        (
            'pgp = "key.asc"',
            "connectors.p.pgp: is a section with the keys key_file, passphrase",
        ),
        ('color = "key.asc"', "connectors.p.color: is no key of sftp"),
        ('pgp = { key_fil = "o.asc" }', "connectors.p.pgp.key_fil: is no key here; did you mean key_file?"),
    ],
)
def test_a_wrong_value_is_told_with_its_key(tmp_path, line, told):
    assert told in problems(tmp_path, GOOD + line)


def test_the_password_comes_from_the_environment_or_a_key_file_is_there(tmp_path):
    bare = GOOD.replace('password = "p"\n', "")
    assert "give key_file, or the password in the environment" in problems(tmp_path, bare)
    assert "key_file: no file ours" in problems(tmp_path, bare + 'key_file = "ours"')
    (tmp_path / "ours").touch()
    assert load_settings({"CLEANCLAIM_HOME": str(tmp_path)}).connectors["p"].kind == "sftp"
    (tmp_path / "cleanclaim.toml").write_text(bare)
    known = {"CLEANCLAIM_HOME": str(tmp_path), "CLEANCLAIM_CONNECTORS__P__PASSWORD": "s3cret"}
    settings = load_settings(known)
    assert "s3cret" not in repr(settings)


def test_folders_and_paper_name_where_their_files_lie(tmp_path):
    told = problems(tmp_path, '[connectors.p]\nkind = "folder"\nreceiver_id = "CLEAR"\n')
    assert "connectors.p.outbox: is missing" in told
    paper = (
        '[connectors.p]\nkind = "paper"\nreceiver_id = "CLEAR"\noutbox = "mail"\nblank_cms1500 = "no.pdf"\n'
    )
    assert "connectors.p: blank_cms1500: no file no.pdf" in problems(tmp_path, paper)


def test_a_payer_that_is_reached_by_file_says_where_its_questions_go(tmp_path):
    known = 'profile = "sandbox"\n' + GOOD.replace("connectors.p", "connectors.sandbox")
    (tmp_path / "cleanclaim.toml").write_text(known)
    settings = load_settings({"CLEANCLAIM_HOME": str(tmp_path)})
    wrong = (
        r"commercial\.toml: questions\.visits, questions\.claims, questions\.status: .* kind sftp.* say batch"
    )
    with pytest.raises(SettingsProblem, match=wrong):
        load_payers(settings)
    (tmp_path / "payers").mkdir()
    for path in (SHIPPED / "sandbox").glob("*.toml"):
        (tmp_path / "payers" / path.name).write_text('inquiries = "none"\n' + path.read_text())
    assert load_payers(settings)["SBXCO"].asked_through is None


@pytest.mark.parametrize(
    ("outbox", "inbox", "told"),
    [
        ("out", "", "connectors.f: inbox: is a folder for this alone"),
        ("..", "in", "connectors.f: outbox: is a folder for this alone"),
        ("mail", "./mail", "connectors.f: inbox: is another folder than the outbox"),
    ],
)
def test_our_keys_and_what_goes_out_never_lie_in_an_inbox(tmp_path: Path, outbox: str, inbox: str, told: str):
    section = '[connectors.f]\nkind = "folder"\nreceiver_id = "CLEAR"\n'
    assert told in problems(tmp_path, f'{section}outbox = "{outbox}"\ninbox = "{inbox}"\n')
