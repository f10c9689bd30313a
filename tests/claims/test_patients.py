"""What patients owe: when they are billed and when not, plans, credits, and what only a person sends."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from io import BytesIO

import pytest
from pypdf import PdfReader
from remits import Payer, clp
from sqlmodel import select

from claims import lifecycle, patients, plans
from claims.bundle import Bundle, load_bundle
from claims.decisions import decide
from claims.documents.statement import words_of
from claims.errors import BadInput, NotAllowed
from claims.events import Act
from claims.model import Actor, Appeal, Document, PaymentPlan, Stage, Submission
from claims.money import ledger
from claims.money.settle import after_adjudication
from claims.patient_credits import apply_credit
from claims.plans import schedule
from claims.transitions import Event

OWED = Decimal("100.00")


@pytest.fixture
def office(accepted, session, act, payers, biller):
    return Office(accepted, session, act, biller, payers)


class Office:
    """A claim whose patient owes 100.00 of 120.00, and the days that pass."""

    def __init__(self, accepted, session, act, biller, payers) -> None:
        self.accepted, self.session, self.act, self.biller, self.payers = (
            accepted,
            session,
            act,
            biller,
            payers,
        )
        self.payer = Payer(session, act, payers)

    def owing(self, **fields) -> Bundle:
        bundle = self.accepted(**fields)
        self.payer.say(clp(bundle, "CO-45 20.00", "PR-1 100.00"))
        self.apply(after_adjudication(self.session, self.act, [self.fresh(bundle)], self.payers))
        return self.fresh(bundle)

    def fresh(self, bundle: Bundle) -> Bundle:
        return load_bundle(self.session, bundle.claim.id)

    def apply(self, changes, act: Act | None = None) -> list[str]:
        lifecycle.apply(self.session, changes, act or self.act)
        self.session.flush()
        return [change.event for change in changes]

    def on(self, days: int, who: str = "system") -> Act:
        later = self.act.at.business + timedelta(days=days)
        return Act(who, replace(self.act.at, business=later))

    def run(self, bundle: Bundle, days: int = 0) -> list[str]:
        """The statement run so many days later."""
        at = self.on(days)
        return self.apply(patients.statements(self.session, at, [self.fresh(bundle)], self.payers), at)

    def pay(self, bundle: Bundle, amount: str, receipt: str, days: int = 0) -> None:
        at = self.on(days, "bea")
        self.apply(patients.pay(self.session, at, self.fresh(bundle), Decimal(amount), receipt), at)

    def plan(self, *bundles: Bundle, installment: str = "40.00", first: date = date(2026, 3, 15)):
        claims = [self.fresh(bundle) for bundle in bundles]
        plan, changes = plans.agree(self.session, self.biller, claims, Decimal(installment), first)
        self.apply(changes, self.biller)
        return plan

    def stage(self, bundle: Bundle) -> tuple[Stage, str | None]:
        claim = self.fresh(bundle).claim
        return claim.stage, claim.hold_reason

    def statement(self) -> str:
        rows = select(Document).where(Document.kind == "statement").order_by(Document.archived_at)
        paper = self.session.exec(rows).all()[-1].content
        return " ".join(PdfReader(BytesIO(paper)).pages[0].extract_text().split())


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("99213", "Visit"),
        ("80053", "Laboratory test"),
        ("71046", "Imaging"),
        ("20610", "Procedure or surgery"),
        ("00100", "Anesthesia"),
        ("J1100", "Medicine"),
        ("D0120", "Dental service"),
    ],
)
def test_a_service_is_named_in_our_own_plain_words(code, words):
    assert words_of(code) == words


def test_no_statement_goes_while_an_appeal_is_open(office):
    bundle = office.owing()
    row = Appeal(
        claim_id=bundle.claim.id,
        filing_id=bundle.filing.id,
        level=1,
        state="sent",
        amount=OWED,
        file_by=date(2026, 8, 1),
        at=office.act.at.business,
    )
    office.session.add(row)
    office.session.flush()
    assert office.run(bundle) == [Event.PATIENT_WAITS]
    assert office.run(bundle, 13) == []
    row.state = "lost"
    office.session.flush()
    assert office.run(bundle, 14) == [Event.STATEMENT_SENT]


def test_no_statement_goes_while_another_payer_has_the_claim(office, practice):
    bundle = office.owing()
    second = practice.coverage(bundle.patient, sequence="S")
    fields = {"sequence": "S", "coverage_id": second.id, "submission": Submission.SENT}
    office.session.add(bundle.filing.__class__(**{**_of(bundle.filing), **fields}))
    office.session.flush()
    assert office.run(bundle) == [Event.PATIENT_WAITS]


def _of(filing) -> dict:
    names = ("claim_id", "payer_id", "version", "frequency", "pcn", "charge", "created_at")
    return {name: getattr(filing, name) for name in names}


def test_what_a_next_payer_takes_over_is_no_reason_any_more(office, session):
    bundle = office.owing()
    ledger.bill_next_payer(session, office.act, bundle.claim.id, OWED)
    moved = ledger.Movement(
        bundle.claim.id, ledger.Account.PATIENT, ledger.Account.PAYER, Decimal("10.00"), "copay"
    )
    paid = ledger.Movement(
        bundle.claim.id, ledger.Account.PAID_BY_PAYER, ledger.Account.PAYER, Decimal("90.00"), "payment"
    )
    ledger.post(session, office.act, [moved, paid])
    office.run(bundle)
    assert "$10.00: your fixed fee (copay)" in office.statement()
    assert "deductible" not in office.statement()


def test_the_notice_before_collection_is_sent_by_a_person_alone(office, open_work):
    bundle = office.owing()
    for days in (0, 30, 60, 90, 120):
        office.run(bundle, days)
    assert office.stage(bundle) == (Stage.PATIENT, "patient_unpaid")
    [item] = open_work("patient_unpaid")
    decide(office.session, office.on(121, "bea"), item.id, "last_notice", "called twice", office.payers)
    assert office.stage(bundle) == (Stage.PATIENT, None)
    assert "Last notice" in office.statement()
    assert "collection agency" in office.statement()
    office.run(bundle, 152)
    [item] = open_work("patient_unpaid")
    assert "last_notice" not in [option["id"] for option in item.options]


@pytest.mark.parametrize(
    ("amount", "installment", "first", "due"),
    [
        ("100.00", "40.00", date(2026, 1, 31), ["01-31 40.00", "02-28 40.00", "03-31 20.00"]),
        ("50.00", "50.00", date(2026, 12, 1), ["12-01 50.00"]),
        ("30.01", "15.00", date(2026, 11, 30), ["11-30 15.00", "12-30 15.00", "01-30 0.01"]),
    ],
)
def test_installments_fall_due_monthly_and_sum_to_what_is_owed(amount, installment, first, due):
    found = schedule(Decimal(amount), Decimal(installment), first)
    assert [f"{each.due:%m-%d} {each.amount}" for each in found] == due
    assert sum(each.amount for each in found) == Decimal(amount)


def test_while_a_plan_is_kept_no_statement_goes_and_its_end_closes_the_claims(office, session):
    one, two = office.owing(), office.owing()
    two.claim.patient_id = one.claim.patient_id
    session.flush()
    plan = office.plan(one, two, installment="100.00")
    assert office.run(one, 1) == []
    office.pay(one, "100.00", "R1", days=10)
    assert office.stage(one) == (Stage.CLOSED, None)
    assert office.run(two, 19) == [Event.PATIENT_WAITS]
    office.pay(two, "100.00", "R2", days=40)
    assert (office.stage(two)[0], plan.state) == (Stage.CLOSED, "kept")


def test_a_missed_payment_is_a_persons_work_until_it_comes(office, open_work):
    bundle = office.owing()
    office.plan(bundle)
    assert office.run(bundle, 17) == []
    assert office.run(bundle, 18) == [Event.HELD]
    assert "40.00 that was due has not come" in open_work("plan_missed")[0].reason
    office.pay(bundle, "15.00", "R1", days=19)
    assert office.stage(bundle) == (Stage.PATIENT, "plan_missed")
    office.pay(bundle, "25.00", "R2", days=20)
    assert office.stage(bundle) == (Stage.PATIENT, None)
    assert not open_work("plan_missed")
    assert office.run(bundle, 21) == [Event.PATIENT_WAITS]


def test_a_plan_that_is_over_brings_statements_back(office, open_work, session):
    bundle = office.owing()
    plan = office.plan(bundle)
    office.run(bundle, 18)
    [item] = open_work("plan_missed")
    decide(session, office.on(18, "bea"), item.id, "end_plan", "will not pay", office.payers)
    assert session.get_one(PaymentPlan, plan.id).state == "cancelled"
    assert office.run(bundle, 18) == [Event.STATEMENT_SENT]


def test_a_plan_settles_the_work_on_unpaid_statements(office, open_work):
    bundle = office.owing()
    for days in (0, 30, 60, 90):
        office.run(bundle, days)
    office.plan(bundle)
    assert office.stage(bundle) == (Stage.PATIENT, None)
    assert not open_work("patient_unpaid")


def test_plans_that_cannot_be_are_refused(office, accepted, session, act):
    bundle, strangers = office.owing(), office.owing()
    session.add(Actor(name="cody", roles=["coder"], since=act.at.real))
    session.flush()
    refused = [
        ([bundle], "0.00", date(2026, 3, 15)),
        ([bundle], "100.01", date(2026, 3, 15)),
        ([bundle], "1.005", date(2026, 3, 15)),
        ([bundle], "1.00", date(2026, 3, 15)),
        ([bundle], "40.00", date(2026, 3, 1)),
        ([bundle], "40.00", date(2026, 6, 1)),
        ([bundle, strangers], "40.00", date(2026, 3, 15)),
    ]
    for claims, installment, first in refused:
        with pytest.raises(BadInput):
            office.plan(*claims, installment=installment, first=first)
    with pytest.raises(NotAllowed, match="does not wait for its patient"):
        office.plan(accepted())
    with pytest.raises(NotAllowed, match="needs the role"):
        plans.agree(session, Act("cody", act.at), [bundle], Decimal("40.00"), date(2026, 3, 15))
    office.plan(bundle)
    with pytest.raises(NotAllowed, match="has a plan"):
        office.plan(bundle)


def test_a_patients_credit_is_work_until_it_is_given_back(office, open_work, session):
    bundle = office.owing()
    office.pay(bundle, "130.00", "R1")
    assert office.run(bundle) == [Event.HELD]
    [item] = open_work("patient_credit")
    decide(session, office.on(1, "bea"), item.id, "refund", "cheque 1007", office.payers)
    assert ledger.balance(session, bundle.claim.id).patient == Decimal("0.00")
    assert office.stage(bundle) == (Stage.CLOSED, None)


@pytest.fixture
def relative(office, session):
    """Another claim that waits for its patient: of the same one, or of somebody else."""

    def make(bundle: Bundle, member: str | None = None) -> Bundle:
        other = office.owing()
        if member is None:
            other.claim.patient_id = bundle.patient.id
        else:
            other.coverage.member_id_index = member
        session.flush()
        return other

    return make


def balance_of(office, bundle: Bundle) -> Decimal:
    return ledger.balance(office.session, bundle.claim.id).patient


def test_a_credit_may_pay_what_the_patient_owes_on_another_claim(office, relative, open_work, session):
    bundle = office.owing()
    other = relative(bundle)
    office.pay(bundle, "230.00", "R1")
    office.run(bundle)
    [item] = open_work("patient_credit")
    assert f"or apply it: 100.00 is owed on {other.claim.pcn}" in item.reason
    decide(session, office.biller, item.id, "apply_credit", "she asked", office.payers, other.claim.pcn)
    assert (balance_of(office, bundle), balance_of(office, other)) == (Decimal("-30.00"), Decimal("0.00"))
    assert office.stage(bundle) == (Stage.PATIENT, "patient_credit")
    assert office.stage(other) == (Stage.CLOSED, None)
    [left] = open_work("patient_credit")
    assert left.reason == "The patient has paid 30.00 too much: give it back."


def test_part_of_a_closed_claims_credit_may_be_applied_and_nothing_twice(office, relative, open_work):
    bundle = office.owing()
    other = relative(bundle)
    office.pay(bundle, "100.00", "R1")
    office.pay(bundle, "60.00", "R2")
    apply = partial(apply_credit, office.session, office.biller)
    office.apply(apply(office.fresh(bundle), other.claim, "so", Decimal("25.00")), office.biller)
    assert (balance_of(office, bundle), balance_of(office, other)) == (Decimal("-35.00"), Decimal("75.00"))
    assert "paid 35.00 too much" in open_work("patient_credit")[0].reason
    with pytest.raises(BadInput, match="cannot be applied"):
        apply(office.fresh(bundle), other.claim, "so", Decimal("35.01"))
    office.apply(apply(office.fresh(bundle), other.claim, "so"), office.biller)
    assert (open_work("patient_credit"), office.stage(bundle)) == ([], (Stage.CLOSED, None))
    with pytest.raises(NotAllowed, match=r"0\.00 is too much here and 40\.00 is owed there"):
        apply(office.fresh(bundle), other.claim, "so")


def test_a_credit_goes_to_the_family_under_one_number_and_to_nobody_else(office, relative):
    bundle = office.owing()
    family, stranger = relative(bundle, bundle.coverage.member_id_index), relative(bundle, "another")
    office.pay(bundle, "130.00", "R1")
    with pytest.raises(NotAllowed, match="another patient's"):
        apply_credit(office.session, office.biller, office.fresh(bundle), stranger.claim, "so")
    with pytest.raises(NotAllowed, match="needs a named user"):
        apply_credit(office.session, office.act, office.fresh(bundle), family.claim, "so")
    changes = apply_credit(office.session, office.biller, office.fresh(bundle), family.claim, "so")
    office.apply(changes, office.biller)
    assert balance_of(office, family) == Decimal("70.00")


def test_what_was_paid_before_a_payer_decided_is_no_credit(office, relative, accepted):
    early = accepted()
    other = relative(early)
    office.pay(early, "30.00", "R1")
    with pytest.raises(NotAllowed, match="still to decide"):
        apply_credit(office.session, office.biller, office.fresh(early), other.claim, "so")
    with pytest.raises(NotAllowed, match="does not wait for its patient"):
        apply_credit(office.session, office.biller, office.fresh(other), early.claim, "so")


def test_a_payment_on_a_closed_claim_is_a_credit_in_a_queue(office, open_work, session):
    bundle = office.owing()
    office.pay(bundle, "100.00", "R1")
    office.pay(bundle, "30.00", "R2", days=3)
    [item] = open_work("patient_credit")
    decide(session, office.on(4, "bea"), item.id, "refund", "cheque 1008", office.payers)
    assert ledger.balance(session, bundle.claim.id).patient == Decimal("0.00")


def test_the_list_says_what_is_owed_and_what_holds_it(office):
    bundle = office.owing()
    office.run(bundle)
    assert patients.waiting(office.session) == [
        {
            "claim": bundle.claim.pcn,
            "owed": "100.00",
            "sent": 1,
            "last": "2026-03-02",
            "next": "2026-04-01",
            "holds": "",
        }
    ]
