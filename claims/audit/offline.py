"""Checking an exported bundle with nothing but the bundle: no keys, no database."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from claims.audit import seals
from claims.audit.chains import Chain, Row
from claims.audit.export import EVENTS, FORMAT, MANIFEST, PUBLIC_KEY, SEALS, SIGNATURE
from claims.audit.report import Break, Report, Verification
from claims.audit.seals import Link
from claims.errors import BadInput
from claims.model import Seal


def verify_bundle(folder: Path, public_key: str | None = None) -> Verification:
    """Recompute the signature, every file's hash, every chain and every seal of a bundle.

    Whoever can rewrite a bundle can sign it anew with a key of their own: compare ``public_key`` (hex) with
    the one that the practice told by another road; where it is None the bundle's own key is believed.
    Raises BadInput when the folder is no bundle at all.
    """
    manifest, body = _manifest(folder)
    key = _key(folder)
    report = Report()
    _check_signature(folder, key, body, public_key, report)
    _check_files(folder, manifest["files"], report)
    if report.count:  # what is said in files that were changed proves nothing
        return Verification.of(report, 0, 0)
    links = _check_chains(folder, report)
    sealed = _check_seals(folder, key.public_bytes_raw().hex(), links, report)
    return Verification.of(report, len(links), sealed)


def _manifest(folder: Path) -> tuple[dict[str, Any], bytes]:
    try:
        body = (folder / MANIFEST).read_bytes()
        manifest: dict[str, Any] = json.loads(body)
        if manifest["format"] != FORMAT or not isinstance(manifest["files"], dict):
            raise ValueError("another format")
    except (OSError, ValueError, KeyError, TypeError) as wrong:
        raise BadInput(
            f"{folder} is not an audit bundle: its {MANIFEST} cannot be read.",
            tip="Name the folder that `cleanclaim audit export --out` wrote.",
        ) from wrong
    return manifest, body


def _key(folder: Path) -> Ed25519PublicKey:
    try:
        key = load_pem_public_key((folder / PUBLIC_KEY).read_bytes())
    except (OSError, ValueError) as wrong:
        raise BadInput(
            f"The {PUBLIC_KEY} of {folder} cannot be read.", tip="Ask for the bundle again."
        ) from wrong
    if not isinstance(key, Ed25519PublicKey):
        raise BadInput(f"The {PUBLIC_KEY} of {folder} is no Ed25519 key.", tip="Ask for the bundle again.")
    return key


def _check_signature(
    folder: Path, key: Ed25519PublicKey, body: bytes, expected: str | None, report: Report
) -> None:
    if expected not in (None, key.public_bytes_raw().hex()):
        report.add(Break.SEAL, "The bundle was signed with another key than the practice's.")
    try:
        key.verify((folder / SIGNATURE).read_bytes(), body)
    except (InvalidSignature, OSError):
        report.add(Break.SEAL, f"{MANIFEST} does not bear its signature: it was changed.")


def _check_files(folder: Path, told: dict[str, dict[str, Any]], report: Report) -> None:
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    for name in sorted({*told, EVENTS, SEALS} - there):
        report.add(Break.FILE, f"{name} is gone.")
    for name in sorted(there - set(told) - {MANIFEST, SIGNATURE}):
        report.add(Break.FILE, f"{name} was put in: the manifest does not tell of it.")
    for name in sorted(there & set(told)):
        with (folder / name).open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != told[name]["sha256"]:
            report.add(Break.FILE, f"{name} was changed.")
        elif name.startswith("raw/") and Path(name).stem != found:
            report.add(Break.FILE, f"{name} is not named after its content.")


def _check_chains(folder: Path, report: Report) -> dict[int, str]:
    """Follow every chain of the bundle, one event in memory at a time; gives id and hash of each."""
    chains: dict[str, Chain] = {}
    links: dict[int, str] = {}
    for row in _rows(folder / EVENTS):
        chain = chains.setdefault(row["subject"], Chain(row["subject"]))
        chain.follow(row, report)
        links[row["id"]] = row["hash"]
    return links


def _rows(path: Path) -> Iterator[Row]:
    with path.open("rb") as lines:
        for line in lines:
            yield json.loads(line)


def _check_seals(folder: Path, public_key: str, links: dict[int, str], report: Report) -> int:
    genuine = seals.check_chain(_read_seals(folder / SEALS), public_key, report)
    sealed = 0
    for each in genuine:
        path = folder / "hashes" / f"{each.id}.txt"
        if path.exists():
            seals.check_content(each, _hash_lines(path), report)
            sealed += _check_members(each, path, links, report)
    return sealed


def _read_seals(path: Path) -> list[Seal]:
    told: Sequence[dict[str, Any]] = json.loads(path.read_bytes())
    return [Seal(**seal | {"sealed_at": datetime.fromisoformat(seal["sealed_at"])}) for seal in told]


def _hash_lines(path: Path) -> Iterator[Link]:
    with path.open() as lines:
        for line in lines:
            id, _, event_hash = line.strip().partition(" ")
            yield int(id), event_hash


def _check_members(each: Seal, path: Path, links: dict[int, str], report: Report) -> int:
    """The bundle's events under this seal are the very ones that were sealed; returns how many."""
    members = 0
    for id, event_hash in _hash_lines(path):
        if id in links:
            members += 1
            if links[id] != event_hash:
                report.add(Break.SEAL, f"Event {id} is not the one under seal {each.id}.", event=id)
    return members
