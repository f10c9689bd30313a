"""Whatever happens to a file of payments: what is posted adds up, and what is not waits for a person."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mailroom import Mailroom, payment, written
from remits import clp
from sqlmodel import col

from claims.bundle import Bundle
from claims.model import Account, Posting, ProviderAdjustment, Remittance, RemittanceClaim, WorkItem
from claims.x12.remit835 import ProviderAdjustment as Plb

VALUES = ("", "0", "-1", "1.005", "99999999999", "ABC", "22", "4", "23", "PR", "120.00", "é", "1E5", "NaN")
PLACE = st.integers(0, 10_000)
CHANGE = st.one_of(
    st.tuples(st.just("lost"), PLACE, PLACE),
    st.tuples(st.just("twice"), PLACE, PLACE),
    st.tuples(st.just("moved"), PLACE, PLACE),
    st.tuples(st.just("cut"), PLACE, PLACE),
    st.tuples(st.sampled_from(VALUES).map(lambda value: f"={value}"), PLACE, PLACE),
)


@pytest.fixture
def mail(sqlite_engine, act, payers) -> Mailroom:
    return Mailroom(sqlite_engine, act, payers)


def begin_anew(mail: Mailroom, empty_database: Path) -> list[Bundle]:
    """Three claims in a database without a past."""
    mail.engine.dispose()
    Path(mail.engine.url.database or "").write_bytes(empty_database.read_bytes())
    return mail.claims(3)


def broken(segments: list[str], change: tuple[str, int, int]) -> list[str]:
    what, first, second = change
    at, to = first % len(segments), second % len(segments)
    here = segments[at]
    if what == "lost":
        return segments[:at] + segments[at + 1 :]
    if what == "twice":
        return [*segments[:to], here, *segments[to:]]
    if what == "moved":
        rest = segments[:at] + segments[at + 1 :]
        return [*rest[:to], here, *rest[to:]]
    if what == "cut":
        return segments[: at + 1]
    elements = here.split("*")
    elements[second % len(elements)] = what[1:]
    return [*segments[:at], "*".join(elements), *segments[at + 1 :]]


def everything(mail: Mailroom, ours: list[Bundle], number: int) -> bytes:
    """A file with payments, a denial, a take-back, its correction, and interest."""
    day = mail.act.at.business.date()
    interest = Plb("1", day, "L6", Decimal("-5.00"), "I3")
    first, second, third = ours
    paid, again = clp(first, "CO-45 20.00", icn="I1"), clp(first, "CO-45 40.00", "PR-1 10.00", icn="I1")
    back = clp(first, "CO-45 20.00", icn="I1", status="22")
    return written(
        payment(paid, clp(second, "CO-16 120.00", icn="I2"), trace="T1"),
        payment(clp(third, "CO-45 20.00", icn="I3"), trace="T2", plb=[interest]),
        payment(back, again, trace="T3"),
        isa13=number,
    )


def adds_up(mail: Mailroom) -> None:
    """Each payment is what its claims and provider adjustments come to, each claim what was posted of it."""
    claims = mail.rows(RemittanceClaim)
    for told in mail.rows(Remittance, Remittance.state == "posted"):
        taken = mail.rows(ProviderAdjustment, ProviderAdjustment.remittance_id == told.id)
        of_it = sum((each.paid for each in claims if each.remittance_id == told.id), Decimal(0))
        assert of_it - sum((each.amount for each in taken), Decimal(0)) == told.amount
    for each in claims:
        if each.state == "posted":
            own = mail.rows(Posting, Posting.remittance_claim_id == each.id, Posting.kind == "payment")
            came = (p.amount if p.debit is Account.PAID_BY_PAYER else -p.amount for p in own)
            assert sum(came, Decimal(0)) == each.paid


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(CHANGE, min_size=1, max_size=3), min_size=1, max_size=4))
def test_what_is_posted_adds_up_and_what_is_not_waits(mail, empty_database, files):
    ours = begin_anew(mail, empty_database)
    for number, changes in enumerate(files, start=1):
        whole = everything(mail, ours, number).decode("ascii")
        segments = [each.strip() for each in whole.split("~") if each.strip()]
        for change in changes:
            segments = broken(segments, change)
            if not segments:
                break
        state = mail.receive(("~".join(segments) + "~").encode()).state
        adds_up(mail)
        assert state == "applied" or mail.rows(WorkItem, col(WorkItem.state) == "open")
