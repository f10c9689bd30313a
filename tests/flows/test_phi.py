"""No PHI outside the claims database: planted in every encrypted field, and looked for everywhere else."""

import asyncio
import re
import sqlite3
import time as real_time
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import date, timedelta
from itertools import cycle
from pathlib import Path

import httpx
import pytest
from factories import Practice
from operations import go_to, run
from prefect_stack import FIRST_DAY
from sqlmodel import select

from claims import lifecycle, work
from claims.bundle import load_bundle
from claims.coding import queries
from claims.connect.http import HttpConnector
from claims.database import transaction
from claims.events import Story
from claims.lifecycle import Change
from claims.model import Actor, Queue, Stage, WorkItem
from claims.transitions import Event as E
from tasks.life import STEPS
from tasks.runtime import Runtime

BORN = date(1961, 7, 23)
PATIENT = {
    "family": "QUILLFEATHER",
    "given": "ZEPHYRINA",
    "middle": "OXBOWE",
    "birth_date": BORN,
    "record_number": "MRN77315501",
    "line1": "4417 WOBBLEGATE TER",
    "line2": "UNIT 90871",
    "city": "PLUMBRIDGEVILLE",
    "postal": "432158812",
    "phone": "5057731904",
}
SUBSCRIBER = {
    "subscriber_family": "THISTLEWAITE",
    "subscriber_given": "BARNABUS",
    "subscriber_birth_date": date(1959, 12, 29),
    "subscriber_line1": "9028 CROOKHAVEN LN",
    "subscriber_city": "SNODSBURYTON",
    "subscriber_postal": "432157755",
    "subscriber_state": "OH",
}
GROUP = "GRPX55190Q"
NOTE = "CONFIDED A MURMURATION"
MEMBERS = {"paid": "PAY8846102", "denied": "AUT7719203", "rejected": "REJ6620394", "dependent": "PAY5531485"}


def spellings() -> set[bytes]:
    """Every planted value, in lower case, as a person, a file or a program would write it."""
    texts = {
        value for value in {**PATIENT, **SUBSCRIBER}.values() if isinstance(value, str) and len(value) > 2
    }
    texts |= {GROUP, NOTE, *MEMBERS.values(), *(member[3:] for member in MEMBERS.values())}
    texts |= {"505-773-1904", "(505) 773-1904"}
    for day in (BORN, SUBSCRIBER["subscriber_birth_date"]):
        texts |= {f"{day:{style}}" for style in ("%Y%m%d", "%Y-%m-%d", "%m/%d/%Y", "%m/%d/%y", "%B %d, %Y")}
    return {text.lower().encode() for text in texts}


SECRET = " ".join(sorted(text.decode().upper() for text in spellings()))

# A claim that stands at each step of its life: the events that its filing has behind it.
FILED = (E.QUEUED, E.SEND_STARTED, E.SENT)
ANSWERED = (*FILED, E.ACCEPTED, E.REMIT_DENIED)
STANDING: tuple[tuple[E, ...], ...] = (
    FILED,
    ANSWERED,
    (*ANSWERED, E.DENIAL_OPENED),
    (*ANSWERED, E.SECONDARY_DUE),
    (*ANSWERED, E.DENIAL_OPENED, E.APPEAL_DRAFTED),
    (*ANSWERED, E.PATIENT_DUE),
)
SCHEDULED = (
    "daily-submission",
    "sweep-eligibility",
    "collect-responses",
    "poll-status",
    "work-denials",
    "work-appeals",
    "patient-statements",
    "weekly-review",
    "reconcile",
)


def plant(rt: Runtime) -> dict[str, str]:
    """Claims by what becomes of them, or by where they stand; each holds all that is secret."""
    planted = {}
    with transaction(rt.engine) as session:
        office = Practice(session, rt.act())

        def claim(member: str, **fields) -> str:
            coverage = {"member_id": MEMBERS[member], "group_number": GROUP}
            if member == "dependent":
                coverage |= {**SUBSCRIBER, "relationship": "19"}
            bundle = office.claim(patient=PATIENT, coverage=coverage, note=NOTE, **fields)
            kept = Story("somebody wrote a note", note=NOTE)
            lifecycle.apply(
                session,
                [Change(bundle.claim, "noted", kept, next_action_at=bundle.claim.next_action_at)],
                rt.act(),
            )
            return bundle.claim.id

        for member in MEMBERS:
            planted[member] = claim(member)
        for stage in (Stage.ELIGIBILITY, Stage.AUTHORIZATION, Stage.CODING_REVIEW, Stage.SCRUB):
            planted[stage] = claim("paid", stage=stage)
        for behind in STANDING:
            bundle = office.claim(
                patient=PATIENT, coverage={"member_id": MEMBERS["denied"], "group_number": GROUP}, note=NOTE
            )
            office.filing(bundle, *behind)
            planted[behind[-1]] = bundle.claim.id
        work.open_item(
            session,
            rt.act(),
            queue=Queue.BILLING,
            kind="question",
            reason="a question",
            subject="test:1",
            note=NOTE,
        )
    return planted


def ask_a_clinician(rt: Runtime, claim_id: str) -> str:
    """A query that tells what is secret; returns the work item of the clinician who is to answer it."""
    with transaction(rt.engine) as session:
        act = rt.act()
        for name, role in (("cleo", "coder"), ("hale", "clinician")):
            session.merge(Actor(name=name, roles=[role], since=act.at.real))
        session.flush()
        asked = queries.ask(
            session, rt.act(actor="cleo"), load_bundle(session, claim_id), "laterality", f"{NOTE} Which side?"
        )
        item = select(WorkItem).where(WorkItem.subject == f"query:{asked.id}", WorkItem.state == "open")
        return session.exec(item).one().id


def run_claims(claim_ids: Iterable[str]) -> None:
    """Each claim's own run, as a Retry would start it."""
    from flows.dispatch import Ticket, run_each
    from flows.life import claim_lifecycle

    tickets = [Ticket(id, f"claim-{id}", f"{id}:{n}", {"claim_id": id}, []) for n, id in enumerate(claim_ids)]
    asyncio.run(run_each(claim_lifecycle, tickets, at_once=1))


def spoil(*_arguments, **_named) -> None:
    raise ValueError(f"cannot do this for {SECRET}")


async def spoil_later(*_arguments, **_named) -> None:
    spoil()


def break_the_writing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(lifecycle, "apply", spoil)


def break_the_steps(patch: pytest.MonkeyPatch) -> None:
    for name in STEPS:
        patch.setitem(STEPS, name, spoil_later)


def break_the_runs(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Runtime, "act", spoil)


WRONGS = (
    lambda content: content[: len(content) // 2],
    lambda content: content.replace(b"~", b"*" + SECRET.encode()[:60] + b"~"),
    lambda content: re.sub(rb"\*\d{8}\b", b"*QUILLFEATHER", content),
    lambda content: re.sub(rb"\*[\d.]+\*", b"*ZEPHYRINA 1961-07-23*", content),
    lambda content: f"<html>no such member {SECRET}</html>".encode(),
    lambda content: content.replace(b"NM1*", b"NM1*QUILLFEATHER*19610723*"),
)


def answer_wrongly(patch: pytest.MonkeyPatch) -> None:
    """Payers whose answers are broken in ways that carry what is secret."""
    wrongs = cycle(WRONGS)
    for name in ("eligibility", "status", "fetch"):
        call = getattr(HttpConnector, name)

        async def called(self, content, call=call) -> bytes:
            return next(wrongs)(await call(self, content))

        patch.setattr(HttpConnector, name, called)


def files_below(*folders: Path) -> Iterator[tuple[str, bytes]]:
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file():
                yield str(path.relative_to(folder)), path.read_bytes()


def rows_of(database: Path) -> Iterator[tuple[str, bytes]]:
    """Every value of every column of every table, as text."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        connection.text_factory = bytes
        tables = connection.execute("select name from sqlite_master where type = 'table'").fetchall()
        for (table,) in tables:
            for row in connection.execute(f'select * from "{table.decode()}"'):
                yield (
                    table.decode(),
                    b"\n".join(str(v).encode() if not isinstance(v, bytes) else v for v in row),
                )


def written(database: Path, last: bytes) -> list[tuple[str, bytes]]:
    """All that Prefect keeps, once the events of the last run are in: they come a second or two late."""
    until = real_time.monotonic() + 20
    while True:
        rows = list(rows_of(database))
        if real_time.monotonic() > until or any(table == "events" and last in row for table, row in rows):
            return rows
        real_time.sleep(0.5)


def hits(places: Iterable[tuple[str, bytes]], wanted: Iterable[bytes]) -> set[tuple[str, bytes]]:
    wanted = list(wanted)
    return {(place, text) for place, content in places for text in wanted if text in content.lower()}


def test_planted_phi_is_nowhere_but_in_the_encrypted_columns(
    rt: Runtime, admin: httpx.Client, home: Path, prefect_home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    go_to(rt, admin, FIRST_DAY)
    planted = plant(rt)
    item = ask_a_clinician(rt, planted[Stage.CODING_REVIEW])
    with pytest.MonkeyPatch.context() as patch:
        break_the_writing(patch)
        run_claims(planted.values())
    with pytest.MonkeyPatch.context() as patch:
        break_the_steps(patch)
        run_claims([planted["paid"], planted["dependent"]])
    with pytest.MonkeyPatch.context() as patch:
        break_the_runs(patch)
        for name in SCHEDULED:
            run(name)
        run("decide", work_item_id="none", option_id="none", actor="nobody")
    with pytest.MonkeyPatch.context() as patch:
        answer_wrongly(patch)
        run("daily-submission")
        run("sweep-eligibility")
    run("daily-submission")
    with pytest.MonkeyPatch.context() as patch:
        answer_wrongly(patch)
        run("collect-responses")
        go_to(rt, admin, FIRST_DAY + timedelta(days=30))
        run("poll-status")
        run("collect-responses")  # the payments of a month
    assert run("decide", work_item_id=item, option_id="choice-2", actor="hale").state.name == "Decided"
    for name in ("work-denials", "reconcile"):
        ended = run(name)

    told = capfd.readouterr()
    database = written(prefect_home / "prefect" / "prefect.db", str(ended.run_id).encode())
    assert hits(database, [planted["paid"].encode()]), "the search finds what is there"
    everywhere = [*database, *files_below(home, prefect_home), ("terminal", (told.out + told.err).encode())]
    assert hits(everywhere, spellings()) == set()
