"""A practice whose claims are with their payer, and the files that the payer's mailbox brings it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from factories import Practice
from remits import PAID_ON
from sqlalchemy import Engine
from sqlmodel import col, select

from claims import responses
from claims.archive import archive
from claims.bundle import Bundle, load_bundle
from claims.database import reading, transaction
from claims.decisions import decide
from claims.events import Act
from claims.model import Actor, Posting, RemittanceClaim, WorkItem
from claims.money import ledger
from claims.responses import Applied
from claims.transitions import Event
from claims.x12.interchange import Envelope, write_interchange
from claims.x12.parts import Party, Reference, Trace
from claims.x12.remit835 import Payment, ProviderAdjustment, RemitClaim, Remittance835
from claims.x12.remit835_write import write_835
from config.payers import PayerProfile

ACCEPTED = (Event.QUEUED, Event.SEND_STARTED, Event.SENT, Event.ACCEPTED)
CREATED = datetime(2026, 3, 2, 9, 30)  # noqa: DTZ001 (an envelope has no zone)


def payment(
    *claims: RemitClaim,
    trace: str = "T1",
    payee: str = "1999999992",
    plb: Sequence[ProviderAdjustment] = (),
) -> Remittance835:
    """An 835 in balance about these claims."""
    amount = sum((claim.paid for claim in claims), Decimal("0.00")) - sum(
        (each.amount for each in plb), Decimal("0.00")
    )
    return Remittance835(
        Payment("I", abs(amount), "D" if amount < 0 else "C", "ACH", date=PAID_ON),
        Trace("1", trace, "1512345678"),
        Party("PR", "A PAYER", references=(Reference("2U", "SBXCO"),)),
        Party("PE", "A PRACTICE", id_qualifier="XX", id=payee),
        claims=claims,
        provider_adjustments=tuple(plb),
    )


def written(*payments: Remittance835, isa13: int = 1) -> bytes:
    return write_interchange(
        Envelope("SENDER", "RECEIVER"), [write_835(each) for each in payments], created=CREATED, isa13=isa13
    )


@dataclass
class Mailroom:
    engine: Engine
    act: Act
    payers: dict[str, PayerProfile]

    def claims(self, count: int, **fields) -> list[Bundle]:
        """Accepted by the payer, their charges posted, committed."""
        with transaction(self.engine) as session:
            practice = Practice(session, self.act)
            made = []
            for _ in range(count):
                bundle = practice.claim(**fields)
                practice.filing(bundle, *ACCEPTED, accepted_at=self.act.at.business)
                ledger.post_charges(session, self.act, [bundle.claim])
                made.append(load_bundle(session, bundle.claim.id))
            return made

    def receive(self, content: bytes, act: Act | None = None) -> Applied:
        with transaction(self.engine) as session:
            kept = archive(session, content, kind="835", direction="in", at=self.act.at.real)
        return responses.apply(self.engine, act or self.act, kept, self.payers, "sandbox")

    def decide(self, item: WorkItem, option: str) -> None:
        """As bea, a biller."""
        with transaction(self.engine) as session:
            if session.get(Actor, "bea") is None:
                session.add(Actor(name="bea", roles=["biller"], since=self.act.at.real))
                session.flush()
            decide(session, Act("bea", self.act.at), item.id, option, "asked the payer", self.payers)

    def balance(self, bundle: Bundle) -> ledger.Balance:
        with reading(self.engine) as session:
            return ledger.balance(session, bundle.claim.id)

    def rows(self, table, *where):
        with reading(self.engine) as session:
            return list(session.exec(select(table).where(*where).order_by(col(table.id))))

    def postings(self) -> int:
        """How many the payer's files have made."""
        return len(self.rows(Posting, col(Posting.kind) != "charge"))

    def unmatched(self) -> list[str]:
        """Why claims of a payment wait for a person."""
        return [row.matched_by for row in self.rows(RemittanceClaim, RemittanceClaim.state == "unmatched")]

    def work(self, kind: str) -> list[str]:
        return [item.reason for item in self.rows(WorkItem, WorkItem.kind == kind, WorkItem.state == "open")]

    def at(self, moment: datetime) -> Act:
        """The same actor at another time."""
        return replace(self.act, at=replace(self.act.at, real=moment, business=moment))
