"""Whatever a payer sends, in whatever order and how often: each claim's ledger balances to the cent."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from remits import clp
from sqlmodel import col, select

from claims.model import Account, Posting, RemittanceClaim
from claims.money import said
from claims.money.treatment import treatment

RULINGS = (
    ("CO-45 20.00",),
    ("CO-45 20.00", "PR-1 40.00"),
    ("CO-45 20.00", "PR-1 100.00"),
    ("CO-45 20.00", "CO-50 100.00"),
    ("CO-197 120.00",),
    ("PR-204 120.00",),
    ("CO-151 60.00", "PR-2 10.10"),
    ("CO-59 60.00", "PR-2 10.10"),
    ("CO-59 120.00",),
    ("OA-18 120.00",),
    ("CO-94 -15.55",),
)
LEAST = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
one_clp = st.tuples(st.sampled_from(RULINGS), st.booleans(), st.sampled_from(("A", "B")))
payments = st.lists(st.lists(one_clp, min_size=1, max_size=3), min_size=1, max_size=6)


def posted_rows(session, claim_id: str) -> list[RemittanceClaim]:
    session.flush()
    rows = select(RemittanceClaim).where(
        RemittanceClaim.claim_id == claim_id, RemittanceClaim.state == "posted"
    )
    return list(session.exec(rows.execution_options(populate_existing=True)))


def said_of(rows: list[RemittanceClaim], account: str) -> Decimal:
    """What the adjudications that still stand say goes to an account."""
    bodies = [said.said_of(r.body) for r in rows if r.outcome != "reversed" and r.undone_by is None]
    every = ((each, (line or body).paid > 0) for body in bodies for line, each in body.every_adjustment)
    own = (a.amount for a, paid in every if treatment(a.group, a.reason, paid).account == account)
    return sum(own, Decimal(0))


def send(payer, bundle, payment) -> Callable[[], object]:
    claims = [clp(bundle, *words, status="22" if back else "1", icn=icn) for words, back, icn in payment]
    sent = payer.payment(*claims)
    payer.receive(sent)
    return lambda: payer.receive(sent)


@LEAST
@given(payments)
def test_the_ledger_is_the_sum_of_what_the_payer_said_and_stands(accepted, payer, owed, session, sequence):
    bundle = accepted()
    for payment in sequence:
        send(payer, bundle, payment)
        now, rows = owed(bundle), posted_rows(session, bundle.claim.id)
        assert now.charge == Decimal("120.00")
        assert now.charge == now.paid + now.patient + now.adjusted + now.open
        assert now.paid == sum((row.paid for row in rows), Decimal(0))
        assert now.patient == said_of(rows, "patient")
        assert now.adjusted == said_of(rows, "contractual")


@LEAST
@given(payments, st.data())
def test_any_payment_sent_again_at_any_time_changes_nothing(accepted, payer, owed, session, sequence, data):
    bundle = accepted()
    repeats = [send(payer, bundle, payment) for payment in sequence]
    before, postings = owed(bundle), len(session.exec(select(Posting.id)).all())
    stage, version = bundle.claim.stage, bundle.claim.version
    for repeat in data.draw(st.lists(st.sampled_from(repeats), max_size=4)):
        assert repeat().state == "repeated"
    assert owed(bundle) == before
    assert len(session.exec(select(Posting.id)).all()) == postings
    assert (bundle.claim.stage, bundle.claim.version) == (stage, version)


@LEAST
@given(st.permutations(RULINGS), st.integers(min_value=1, max_value=5))
def test_taking_everything_back_leaves_the_whole_charge_open(accepted, payer, owed, order, count):
    bundle = accepted()
    paying = [words for words in order if clp(bundle, *words).paid][:count]
    for words in paying:
        send(payer, bundle, [(words, False, "A")])
    for words in reversed(paying):
        send(payer, bundle, [(words, True, "A")])
    assert (owed(bundle).paid, owed(bundle).open) == (Decimal("0.00"), Decimal("120.00"))


PAYERS = {"SBXCO": ("1", "19", "4", "22"), "SBXMC": ("2", "22", "3")}
one_of_two = st.sampled_from([(payer, status) for payer, known in PAYERS.items() for status in known])
two_payers = st.lists(
    st.tuples(one_of_two, st.integers(0, 1), st.sampled_from(RULINGS), st.sampled_from("ABM")),
    min_size=1,
    max_size=8,
)


def paid_by(session, row: RemittanceClaim) -> Decimal:
    """What the CLP's own postings take from its payer, without what it takes back for others."""
    own = ~col(Posting.position).contains("takes back")
    postings = session.exec(select(Posting).where(Posting.remittance_claim_id == row.id, own))
    moved = [p for p in postings if Account.PAID_BY_PAYER in (p.debit, p.credit)]
    return sum((p.amount if p.debit is Account.PAID_BY_PAYER else -p.amount for p in moved), Decimal(0))


@LEAST
@given(two_payers)
def test_what_two_payers_say_of_parts_of_a_claim_is_kept_whole_and_posted_as_they_say_it(
    accepted, second, payer, owed, session, sequence
):
    charge = Decimal("120.00")
    bundle = accepted(lines=({"charge": charge}, {"procedure_code": "99214", "charge": charge}))
    second(bundle)
    for (name, status), line, words, icn in sequence:
        payer.say(clp(bundle, *words, status=status, icn=icn, line=line), payer=name)
    kept = select(RemittanceClaim).where(
        RemittanceClaim.pcn == bundle.claim.pcn, RemittanceClaim.state == "posted"
    )
    rows = session.exec(kept.execution_options(populate_existing=True)).all()
    assert all(row.claim_id and row.filing_id and row.outcome and row.body for row in rows)
    decided = [row for row in rows if row.outcome != "reversed"]
    assert [paid_by(session, row) for row in decided] == [row.paid for row in decided]
    assert owed(bundle).paid == sum((row.paid for row in rows), Decimal(0))


FIRST_DAY = date(2026, 1, 5)
AMOUNTS = st.lists(st.integers(min_value=1, max_value=9999), min_size=1, max_size=4, unique=True)


def life_of_a_claim(payer, bundle, cents: list[int]) -> list:
    """A payment, then for each further amount a take-back and its correction; a day apart, each in a file."""
    words = [f"CO-45 {Decimal(each) / 100}" for each in cents]
    sayings = [[clp(bundle, words[0])]]
    sayings += [[clp(bundle, old, status="22"), clp(bundle, new)] for old, new in pairwise(words)]
    files = [payer.payment(*claims) for claims in sayings]
    return [
        replace(each, payment=replace(each.payment, date=FIRST_DAY + timedelta(days=number)))
        for number, each in enumerate(files)
    ]


@LEAST
@given(AMOUNTS, AMOUNTS, st.data())
def test_in_whatever_order_files_come_and_come_again_the_last_word_of_the_payer_stands(
    accepted, payer, owed, session, one, two, data
):
    bundles = [accepted(), accepted()]
    lives = list(zip(bundles, (one, two), strict=True))
    files = [file for bundle, cents in lives for file in life_of_a_claim(payer, bundle, cents)]
    order = data.draw(st.permutations([*files, *data.draw(st.lists(st.sampled_from(files), max_size=3))]))
    for file in order:
        payer.receive(file)
    for bundle, cents in lives:
        now, last = owed(bundle), Decimal(cents[-1]) / 100
        assert (now.adjusted, now.paid) == (last, Decimal("120.00") - last)
        assert now.charge == now.paid + now.patient + now.adjusted + now.open
    waiting = select(RemittanceClaim).where(RemittanceClaim.state == "unmatched")
    assert session.exec(waiting.execution_options(populate_existing=True)).all() == []
