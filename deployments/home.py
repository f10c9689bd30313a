"""The operator's home: its folder, keys and database, made on first use."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from claims import schema
from claims.database import open_engine
from claims.errors import BadSettings
from claims.keys import load_keyring, make_keyring, write_key_file
from config.settings import Settings, SettingsProblem, load_settings


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


def prepare_home(environ: Mapping[str, str] = os.environ) -> Prepared:
    """Make what is missing; keys are made only when there are none, never for a database that is there."""
    settings = settings_of(environ)
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    new_keys = "CLEANCLAIM_KEYS" not in environ and not settings.key_file.exists()
    if new_keys:
        _refuse_orphaned_database(settings)
        write_key_file(settings.key_file, make_keyring())
    engine = open_engine(settings.database, load_keyring(settings.key_file, environ))
    revision = schema.upgrade(engine)
    engine.dispose()
    return Prepared(settings.home, revision, new_keys)


def _refuse_orphaned_database(settings: Settings) -> None:
    if not settings.database_url and (settings.home / "claims.db").exists():
        raise BadSettings(
            f"There is a claims database in {settings.home} but no key file.",
            tip="Restore its keys.json; new keys could not read it.",
        )
