"""The sandbox payer by each of its doors: the settings that make one kind of connector carry the claims."""

import json
from pathlib import Path

from config.partners import Way
from config.payers import SHIPPED
from deployments.bench.doors import BY_FILE, DOORS, Address, address

KINDS = tuple(DOORS)
BATCH_KINDS = ("core-rest", "core-soap", "sftp")
"""Those that carry questions in batch by themselves; a folder's files want a person."""
_SENDER = "CLEANCLAIM"
# The bench measures us: no payer's pace, and as many calls side by side as a busy clearinghouse allows.
_PAYER = (
    '\ninquiries = "{inquiries}"\n\n[pace]\nat_once = 8\nper_second = 10000\n'
    '\n[questions]\nvisits = "{way}"\nclaims = "{way}"\nstatus = "{way}"\n'
)
_BEFORE = "\n[limits]"


def sections(kind: str, url: str) -> str:
    """``[connectors.sandbox]`` of that kind; beside one that carries files, another for the questions."""
    at = address(url) if kind == "sftp" else Address(url)
    made = _section("sandbox", kind, at)
    return made + (_section("questions", "http", at) if kind in BY_FILE else "")


def _section(name: str, kind: str, at: Address) -> str:
    known = {"receiver_id": "SANDBOX", **at.fill(DOORS[kind], _SENDER)}
    return f"\n[connectors.{name}]\n" + "".join(
        f"{key} = {json.dumps(value)}\n" for key, value in known.items()
    )


def connect(home: Path, kind: str, url: str, questions: Way = "real_time") -> None:
    """Add to the home's settings what reaches the sandbox payer's plans by a connector of that kind."""
    with (home / "cleanclaim.toml").open("a") as settings:
        settings.write(sections(kind, url))
    (home / "payers").mkdir()
    for shipped in (SHIPPED / "sandbox").glob("*.toml"):
        (home / "payers" / shipped.name).write_text(payer_file(kind, shipped.read_text(), questions))


def payer_file(kind: str, shipped: str, questions: Way = "real_time") -> str:
    """A plan's file as it ships, with the way of its questions and its pace."""
    head, before, rest = shipped.partition(_BEFORE)
    elsewhere = "questions" if kind in BY_FILE and questions == "real_time" else ""
    return head + _PAYER.format(inquiries=elsewhere, way=questions) + before + rest
