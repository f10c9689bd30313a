"""Denials from the sandbox's remittance to their desk; an appeal through every level, in simulated time."""

from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO

import httpx
import pytest
from factories import Practice
from offices import AnyOffice
from pypdf import PdfReader
from sqlalchemy import Engine
from sqlmodel import select

from claims import appeal_outcomes, decisions, lifecycle
from claims.database import reading, transaction
from claims.model import (
    Actor,
    Appeal,
    Batch,
    Claim,
    Denial,
    Document,
    Payer,
    Role,
    Stage,
    WorkItem,
    WorkState,
)
from claims.money.ledger import post_charges
from claims.reports.kpi import kpi
from claims.reports.report import Period
from config.connectors import ConnectorSettings
from deployments.sandbox import running
from tasks.assemble import assemble
from tasks.letters import send_letters
from tasks.life import STEPS
from tasks.responses import collect
from tasks.runtime import Runtime
from tasks.send import send_batch
from tasks.step import Outcome

DAY = date(2026, 3, 2)

# Group-CARC-RARC: class, root cause, action, appealable, desk. `by` names the payer where it matters.
PAIRS = """
CO-16-N290   billing           billing     correct            yes billing
CO-16-N286   billing           billing     correct            yes billing
CO-16-N265   billing           billing     correct            yes billing
CO-16-MA130  billing           billing     new_claim          no  billing
CO-16-M51    coding            coding      correct            yes coding
CO-16-M76    coding            coding      correct            yes coding
CO-16-N382   registration      front desk  correct            yes front_desk
CO-16-MA04   coordination      billing     correct            yes billing
CO-18-N522   duplicate         billing     find_original      yes denials
CO-22-N598   coordination      front desk  bill_next_payer    yes front_desk
CO-27-N30    eligibility       front desk  reverify           yes front_desk
CO-29-N211   timely_filing     billing     write_off          no  denials
CO-29        timely_filing     billing     appeal             yes denials
CO-31-N382   eligibility       front desk  reverify           yes front_desk
CO-4-N519    coding            coding      correct            yes coding
CO-11-M76    coding            coding      correct            yes coding
CO-50-N115   medical_necessity coding      appeal             yes denials
CO-55        medical_necessity coding      appeal             yes denials
CO-96-N425   coverage          front desk  appeal             yes denials
CO-97-M15    coding            coding      correct            yes coding
CO-109-N418  eligibility       front desk  reverify           yes front_desk
CO-119-N362  coverage          front desk  appeal             yes denials
CO-151-N362  coding            coding      correct            yes coding
CO-167-N569  coding            coding      correct            yes coding
CO-183-N574  credentialing     billing     enroll             yes billing
CO-197-M62   authorization     front desk  get_authorization  yes authorization
CO-204-N130  coverage          front desk  appeal             yes denials
CO-226-N706  documentation     billing     send_records       yes denials
CO-227-N686  patient           front desk  contact_patient    yes front_desk
CO-236-N20   coding            coding      correct            yes coding
CO-252-M127  documentation     billing     send_records       yes denials
CO-B7-N570   credentialing     billing     enroll             yes billing
CO-A1-N130   coverage          front desk  appeal             yes denials
OA-18-N522   duplicate         billing     find_original      yes denials
"""


@pytest.fixture
def engine(sqlite_engine: Engine) -> Engine:
    return sqlite_engine


class Office(AnyOffice):
    """A practice beside a sandbox that really runs; both live on the same day."""

    def __init__(self, rt: Runtime, url: str) -> None:
        way = ConnectorSettings(base_url=url, receiver_id="SBXCLEAR", attempts=1)
        known = {"connectors": {"sandbox": way}}
        self.rt = Runtime(rt.settings.model_copy(update=known), rt.engine, rt.payers, rt.clock)
        self.url = url

    def file(self, *members: str, payer: str = "SBXCO", **fields) -> dict[str, str]:
        """A claim of each member, sent and acknowledged; gives their ids."""
        with transaction(self.rt.engine) as session:
            practice = Practice(session, self.rt.act())
            if payer != practice.payer.id:
                session.add(Payer(id=payer, name=payer))
                session.flush()
            made = {}
            for member in members:
                bundle = practice.claim(coverage={"member_id": member, "payer_id": payer}, **fields)
                practice.filing(bundle)
                post_charges(session, self.rt.act(), [bundle.claim])
                made[member] = bundle.claim.id
            session.add(Actor(name="bea", roles=[Role.BILLER], since=self.rt.act().at.real))
        self.run(assemble(self.rt, None, None))
        with reading(self.rt.engine) as session:
            batches = session.exec(select(Batch.id)).all()
        for batch in batches:
            self.run(send_batch(self.rt, batch, None))
        self.collect()
        return made

    def collect(self) -> None:
        assert self.run(collect(self.rt, None)).problems == []

    def go(self, days: int) -> date:
        """Both sides live so many days on."""
        self.rt.clock.move(timedelta(days=days))
        today = self.rt.clock.now().business.date()
        httpx.put(f"{self.url}/sandbox/clock", json={"today": today.isoformat()}).raise_for_status()
        return today

    def settle(self, claims) -> set[str]:
        """What follows from the remittance, as outcomes of the step."""
        return {each.outcome for each in self.run(STEPS["denial"](self.rt, list(claims), None))}

    def item(self, claim: str) -> WorkItem:
        with reading(self.rt.engine) as session:
            query = select(WorkItem).where(WorkItem.claim_id == claim, WorkItem.state == WorkState.OPEN)
            return session.exec(query).one()

    def decide(self, claim: str, option: str) -> None:
        item = self.item(claim)
        with transaction(self.rt.engine) as session:
            act = self.rt.act(actor="bea")
            decisions.decide(session, act, item.id, option, "as the record says", self.rt.payers)

    def one(self, table, **where):
        with reading(self.rt.engine) as session:
            return session.exec(select(table).filter_by(**where)).one()


@pytest.fixture
def office(rt: Runtime):
    with running(today=DAY) as url:
        yield Office(rt, url)


def test_the_commonest_pairs_come_from_the_remittance_to_their_desk(office: Office):
    wanted = [line.split(maxsplit=1) for line in PAIRS.strip().splitlines()]
    claims = office.file(*(f"DNY-{pair}" for pair, _ in wanted), "DNY-PR-96-N130")
    office.go(14)
    office.collect()
    owed_by_patient = claims.pop("DNY-PR-96-N130")
    assert office.settle(claims.values()) == {Outcome.HELD}
    assert office.settle([owed_by_patient]) == {Outcome.DONE}  # billed to the patient: no desk
    for pair, told in wanted:
        claim = claims[f"DNY-{pair}"]
        denial, item = office.one(Denial, claim_id=claim), office.item(claim)
        appealable = "yes" if denial.appealable else "no"
        found = (denial.denial_class, denial.root_cause, denial.action, appealable, denial.queue)
        assert " ".join(found) == " ".join(told.split()), pair
        assert (item.queue, item.kind) == (denial.queue, "denial"), pair
        code = "-".join(pair.split("-")[:2])
        amount = denial.amount
        assert item.reason.startswith(f"Denied {amount}: {code} {denial.words} ({amount})"), pair
        offered = [option["id"] for option in item.options]
        assert ("appeal" in offered) is denial.appealable, pair
        assert ("bill_patient" in offered) is not pair.startswith("CO"), pair
        assert all(option["effect"] for option in item.options), pair
    denial = office.one(Denial, claim_id=owed_by_patient)
    assert (denial.denial_class, denial.action) == ("coverage", "bill_patient")
    assert office.one(Claim, id=owed_by_patient).stage is Stage.PATIENT


def test_an_appeal_goes_through_every_level_of_medicare(office: Office):
    charge = {"charge": Decimal("2500.00")}
    (claim,) = office.file("UPH1001", payer="SBXMC", lines=(charge,)).values()
    office.go(15)
    office.collect()
    assert office.settle([claim]) == {Outcome.HELD}
    told = []
    for level in range(1, 6):
        assert f"level {level}, " in next(
            o["effect"] for o in office.item(claim).options if o["id"] == "appeal"
        )
        office.decide(claim, "appeal")
        office.decide(claim, "approve")
        office.run(send_letters(office.rt, None))
        if level > 1:  # beyond the payer nobody is reached by a connector
            office.decide(claim, "mailed")
        appeal = office.one(Appeal, level=level)
        told.append((appeal.name, appeal.way, appeal.state))
        assert appeal.file_by > office.rt.clock.now().business.date()
        today = office.go(50)
        if level == 1:
            office.collect()  # the sandbox's own letter
        else:
            with transaction(office.rt.engine) as session:
                row, act = session.get_one(Appeal, appeal.id), office.rt.act(actor="bea")
                changes = appeal_outcomes.enter(session, act, row, "upheld", today, office.rt.payers)
                lifecycle.apply(session, changes, act)
        assert office.one(Appeal, level=level).outcome == "upheld"
    assert told == [
        ("Redetermination", "payer", "sent"),
        ("Reconsideration", "post", "sent"),
        ("Hearing before an administrative law judge", "post", "sent"),
        ("Review by the Medicare Appeals Council", "post", "sent"),
        ("Judicial review", "post", "sent"),
    ]
    item = office.item(claim)
    assert "level 5 was the last" in item.reason
    assert "appeal" not in [option["id"] for option in item.options]
    last = office.one(Document, id=office.one(Appeal, level=5).letter_document_id)
    packet = " ".join(page.extract_text() for page in PdfReader(BytesIO(last.content)).pages)
    assert "Decisions so far" in packet
    assert packet.count("upheld") >= 5  # four rows and the opening
    letters = httpx.get(f"{office.url}/sandbox/ledger").json()["letters"]
    assert [each["kind"] for each in letters] == ["appeal"]  # the payer had one, once
    with reading(office.rt.engine) as session:
        rate = kpi(session, Period(DAY, office.rt.clock.now().business.date())).figure("overturn_rate")
        assert (rate.value, rate.of) == (Decimal(0), "0 of 5")
        assert session.get_one(Claim, claim).stage is Stage.DENIAL
