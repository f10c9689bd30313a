"""The operator's home: its folder, keys and database, made on first use."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from claims import schema
from claims.codes.shipped import ship
from claims.database import open_engine
from claims.errors import BadSettings
from claims.keys import load_keyring, make_keyring, write_key_file
from config.settings import Settings, SettingsProblem, load_settings

SANDBOX_SETTINGS = """# Made for the sandbox payer: people who do not exist, and a clock that can be moved.
profile = "sandbox"
synthetic_identifiers = true

[connectors.sandbox]
base_url = "http://127.0.0.1:{sandbox}"
receiver_id = "SANDBOX"
receiver_name = "SANDBOX CLEARINGHOUSE"

[prefect]
api_url = "http://127.0.0.1:{prefect}/api"
"""


@dataclass(frozen=True, slots=True)
class Prepared:
    home: Path
    revision: str
    new_keys: bool


def settings_of(environ: Mapping[str, str] = os.environ) -> Settings:
    try:
        return load_settings(environ)
    except SettingsProblem as problem:
        raise BadSettings(str(problem), tip="Correct it and start again.") from problem


def sandbox_settings(prefect_port: int, sandbox_port: int, environ: Mapping[str, str] = os.environ) -> None:
    """Settings for a home that has none yet; raises BadSettings where they are those of a real practice."""
    settings = settings_of(environ)
    if settings.sandbox:
        return
    path = settings.home / "cleanclaim.toml"
    if path.exists() or (settings.home / "claims.db").exists():
        raise BadSettings(
            f"The home {settings.home} is not one of the sandbox profile.",
            tip="Give the sandbox a home of its own: set CLEANCLAIM_HOME to a new folder.",
        )
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.write_text(SANDBOX_SETTINGS.format(prefect=prefect_port, sandbox=sandbox_port))


def prepare_home(environ: Mapping[str, str] = os.environ) -> Prepared:
    """Make what is missing; keys are made only when there are none, never for a database that is there."""
    settings = settings_of(environ)
    _make_folder(settings.home)
    new_keys = "CLEANCLAIM_KEYS" not in environ and not settings.key_file.exists()
    if new_keys:
        _refuse_orphaned_database(settings)
        write_key_file(settings.key_file, make_keyring())
    if not settings.database_url:
        (settings.home / "claims.db").touch(mode=0o600)
    engine = open_engine(settings.database, load_keyring(settings.key_file, environ))
    revision = schema.upgrade(engine)
    engine.dispose()
    return Prepared(settings.home, revision, new_keys)


def empty_home(environ: Mapping[str, str] = os.environ) -> Engine:
    """The database of a home into which a copy is to be restored; its keys must be there already."""
    settings = settings_of(environ)
    _make_folder(settings.home)
    if "CLEANCLAIM_KEYS" not in environ and not settings.key_file.exists():
        raise BadSettings(
            f"There is no key file at {settings.key_file}.",
            tip="Put the keys.json there that belongs to the copy: nothing else can read it.",
        )
    if not settings.database_url:
        (settings.home / "claims.db").touch(mode=0o600)
    return open_engine(settings.database, load_keyring(settings.key_file, environ))


def prepare_codes(home: Path) -> None:
    """ICD-10 as a file of the home's own: some seconds the first time, nothing later."""
    ship(home)


def _make_folder(home: Path) -> None:
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as trouble:
        raise BadSettings(
            f"The folder {home} cannot be made: {trouble.strerror}.", tip="Set CLEANCLAIM_HOME to another."
        ) from trouble


def _refuse_orphaned_database(settings: Settings) -> None:
    if not settings.database_url and (settings.home / "claims.db").exists():
        raise BadSettings(
            f"There is a claims database in {settings.home} but no key file.",
            tip="Restore its keys.json; new keys could not read it.",
        )
