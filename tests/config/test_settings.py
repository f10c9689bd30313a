"""Settings: from the home's file and the environment, every problem said at once, secrets never shown."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from config.settings import Settings, SettingsProblem, home_of, load_settings

TOML = """
profile = "sandbox"
zone = "America/Chicago"

[submitter]
id = "PRACTICE01"

[connectors.sandbox]
base_url = "http://127.0.0.1:9"
receiver_id = "SANDBOX"
api_key = "from-the-file"

[dispatch]
runs_at_once = 2
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "cleanclaim.toml").write_text(TOML)
    return tmp_path


def load(home: Path, **environ: str) -> Settings:
    return load_settings({"CLEANCLAIM_HOME": str(home), "PATH": "/bin", **environ})


def problems(home: Path, **environ: str) -> list[str]:
    with pytest.raises(SettingsProblem) as refused:
        load(home, **environ)
    return refused.value.problems


def test_a_home_without_a_file_has_the_defaults(tmp_path: Path):
    settings = load(tmp_path)
    assert (settings.profile, settings.sandbox, settings.zone_info.key) == (
        "production",
        False,
        "America/New_York",
    )
    assert settings.database == f"sqlite:///{tmp_path / 'claims.db'}"
    assert settings.key_file == tmp_path / "keys.json"
    assert settings.connectors == {}


def test_the_file_is_read(home: Path):
    settings = load(home)
    assert (settings.sandbox, settings.zone, settings.submitter.id) == (True, "America/Chicago", "PRACTICE01")
    assert settings.connectors["sandbox"].api_key.get_secret_value() == "from-the-file"


def test_the_environment_wins_over_the_file(home: Path):
    settings = load(
        home,
        CLEANCLAIM_ZONE="America/Denver",
        CLEANCLAIM_DISPATCH__RUNS_AT_ONCE="3",
        CLEANCLAIM_CONNECTORS__SANDBOX__API_KEY="from-the-environment",
        CLEANCLAIM_DATABASE_URL="postgresql+psycopg://claims@db/claims",
    )
    assert (settings.zone, settings.dispatch.runs_at_once) == ("America/Denver", 3)
    assert settings.connectors["sandbox"].api_key.get_secret_value() == "from-the-environment"
    assert settings.connectors["sandbox"].receiver_id == "SANDBOX"
    assert settings.database == "postgresql+psycopg://claims@db/claims"


def test_the_keys_and_other_programs_variables_are_no_settings(home: Path):
    assert load(home, CLEANCLAIM_KEYS="{}", PREFECT_API_URL="http://x").sandbox


def test_every_problem_is_said_at_once(home: Path):
    told = problems(
        home,
        CLEANCLAIM_ZONE="Mars/Olympus",
        CLEANCLAIM_DISPATCH__RUNS_AT_ONCE="many",
        CLEANCLAIM_SUBMITTER__PHONE="555",
        CLEANCLAIM_COLOUR="blue",
        CLEANCLAIM_PROFILE__X="1",
    )
    for name in ("zone", "dispatch.runs_at_once", "submitter.phone", "colour", "CLEANCLAIM_PROFILE__X"):
        assert sum(line.startswith(name) for line in told) == 1, name
    assert len(told) == 5


@pytest.mark.parametrize("zone", ["", "America", "../etc/passwd", "New York", "a\0b"])
def test_a_zone_that_is_none_is_refused_in_plain_words(home: Path, zone: str):
    (home / "cleanclaim.toml").unlink()
    (home / "cleanclaim.toml").write_text(f"zone = {zone!r}".replace("'", '"').replace("\\x00", "\\u0000"))
    (told,) = problems(home)
    assert told.startswith("zone: ")
    assert told.endswith("is not a time zone name such as America/New_York")


@pytest.mark.parametrize("content", [b"zone = ", b"\xff\xfe", b"[dispatch\n"])
def test_a_file_that_is_not_toml_is_named(home: Path, content: bytes):
    (home / "cleanclaim.toml").write_bytes(content)
    with pytest.raises(SettingsProblem, match=r"cleanclaim\.toml.*is not TOML"):
        load(home)


def test_a_section_that_is_none_is_a_problem_and_no_traceback(home: Path):
    (home / "cleanclaim.toml").write_text('dispatch = "all"\n')
    assert any("dispatch" in line for line in problems(home, CLEANCLAIM_DISPATCH__RUNS_AT_ONCE="2"))


def test_secrets_are_never_shown(home: Path):
    url = "postgresql+psycopg://claims:s3cret@db/claims"
    settings = load(home, CLEANCLAIM_DATABASE_URL=url)
    for shown in (repr(settings), str(settings)):
        assert "from-the-file" not in shown
        assert "s3cret" not in shown
    told = " ".join(problems(home, CLEANCLAIM_CONNECTORS__SANDBOX__API_KEY__X="s3cret"))
    assert "s3cret" not in told


def test_settings_cannot_be_changed_once_they_are_made(home: Path):
    settings = load(home)
    with pytest.raises(ValidationError):
        settings.zone = "America/Denver"
    with pytest.raises(ValidationError):
        settings.dispatch.runs_at_once = 9


def test_the_home_is_the_variables_folder_or_the_users_own():
    assert home_of({"CLEANCLAIM_HOME": "/srv/claims"}) == Path("/srv/claims")
    assert home_of({}) == home_of({"CLEANCLAIM_HOME": ""}) == Path.home() / ".cleanclaim"
    assert home_of({"CLEANCLAIM_HOME": "~/claims"}) == Path.home() / "claims"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[submitter]\nid = "ME*YOU"', "submitter.id: String should match pattern"),
        ('[submitter]\nname = ""', "submitter.name: String should have at least 1 character"),
        ('[prefect]\napi_url = "Mars"', "prefect.api_url: String should match pattern"),
        ('[connectors.a]\nbase_url = ""\nreceiver_id = "AB"', "connectors.a.base_url: "),
        (
            '[connectors.a]\nbase_url = "https://x.example"\nreceiver_id = "A\\nB"',
            "connectors.a.receiver_id: ",
        ),
        ("[dispatch]\nclaims_per_chunk = true", "dispatch.claims_per_chunk: is a number"),
    ],
)
def test_what_no_envelope_or_address_can_hold_is_refused_at_the_start(tmp_path: Path, text: str, told: str):
    (tmp_path / "cleanclaim.toml").write_text(text)
    assert any(told in line for line in problems(tmp_path))
