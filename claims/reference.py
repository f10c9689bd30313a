"""Rule 12: each payer file, edit catalogue and set of codes that was ever in force is kept under its hash.

A decision's event names the hashes; `claims.model.ReferenceVersion` says what they stand for. Of code sets
the editions are kept, with a hash over the files that they were made of: the files themselves are published.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine
from sqlmodel import col, select

from claims.codes import open_codes
from claims.database import add_if_absent, reading, transaction
from claims.edits import catalogue, digest
from claims.model import ReferenceVersion
from claims.model.among import among
from config.payers import PayerProfile
from config.settings import Settings


@dataclass(frozen=True, slots=True)
class Version:
    """One version of something; its content is made only when it is new."""

    kind: str
    name: str
    digest: str
    content: Callable[[], dict[str, Any]]


def in_force(settings: Settings, payers: Mapping[str, PayerProfile]) -> list[Version]:
    """What decisions are made by now: payer profiles, the catalogue of edits, the code sets."""
    codes = open_codes(settings.home)
    return [
        *(Version("payer", id, each.digest, _dumped(each)) for id, each in payers.items()),
        Version("edits", "catalogue", digest(), lambda: {each.id: each.as_json() for each in catalogue()}),
        Version("codes", "sets", codes.version, lambda: {e.set: e.as_json() for e in codes.editions()}),
    ]


def _dumped(profile: PayerProfile) -> Callable[[], dict[str, Any]]:
    return lambda: profile.model_dump(mode="json")


def remember(engine: Engine, versions: Sequence[Version], at: datetime) -> int:
    """Keep what is new, once; returns how many were. Of two processes that start together one writes."""
    fresh = _missing(engine, versions)
    if not fresh:
        return 0
    with transaction(engine) as session:
        return sum(add_if_absent(session, _row(version, at)) for version in fresh)


def _row(version: Version, at: datetime) -> ReferenceVersion:
    row = ReferenceVersion(kind=version.kind, name=version.name, digest=version.digest, since=at)
    row.content = json.loads(json.dumps(version.content(), default=str))
    return row


def _missing(engine: Engine, versions: Sequence[Version]) -> list[Version]:
    digests = [version.digest for version in versions]
    with reading(engine) as session:
        known = set(
            session.exec(select(ReferenceVersion.digest).where(among(col(ReferenceVersion.digest), digests)))
        )
    return [version for version in versions if version.digest not in known]
