"""Writing the claims of one batch as one interchange, and taking out those that must not go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from sqlmodel import Session

from claims import control, inquiry, lifecycle, outbound, work
from claims.bundle import load_bundles
from claims.errors import CleanclaimError
from claims.events import Act, Story
from claims.findings import Finding, Severity
from claims.model import Claim, Queue
from claims.money.prior import priors
from claims.portions import in_portions
from claims.submission import Due
from claims.x12.claim837 import Claim837
from claims.x12.claim837_write import write_837
from claims.x12.interchange import write_interchange
from config.payers import PayerProfile, Transaction
from config.settings import Settings

TYPES: dict[str, Transaction] = {"P": "837P", "I": "837I"}


@dataclass(slots=True)
class Written:
    """A batch as bytes, its claims as they stand in it (each with its set's ST02), and those that could not
    be written."""

    content: bytes
    control_number: str
    claim_ids: list[str]
    charges: list[Decimal]
    pcns: dict[str, str]
    set_numbers: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)


def write(
    session: Session,
    act: Act,
    due: Due,
    claim_ids: Sequence[str],
    settings: Settings,
    payers: Mapping[str, PayerProfile],
) -> Written:
    """The interchange of these claims under its own control number; nothing else is stored.

    They go in several transaction sets, since a receiver's 999 accepts or refuses each set as a whole.
    """
    connector = payers[due.payer_id].connector
    partner = settings.connectors[connector]
    number = control.next_number(session, connector, "isa")
    made = Written(b"", number, [], [], {})
    claims = _claims(session, claim_ids, payers, made)
    size = payers[due.payer_id].claims_per_set
    sets = list(in_portions(claims, size)) or [[]]
    made.set_numbers = [f"{place // size + 1:04d}" for place in range(len(claims))]
    made.content = write_interchange(
        inquiry.envelope_to(partner, settings.submitter),
        [
            write_837(outbound.header(settings.submitter, partner, reference, act.at.business), some)
            for reference, some in zip(control.references(number, len(sets)), sets, strict=True)
        ],
        created=act.at.real,
        isa13=int(number),
        gs06=int(number),
    )
    return made


def _claims(
    session: Session, claim_ids: Sequence[str], payers: Mapping[str, PayerProfile], made: Written
) -> list[Claim837]:
    bundles = [(b, b.filing) for b in load_bundles(session, claim_ids) if b.filing is not None]
    before = priors(session, {bundle.claim.id: filing.sequence for bundle, filing in bundles})
    claims = []
    for bundle, filing in sorted(bundles, key=lambda pair: outbound.outgoing_order(*pair)):
        try:
            claims.append(outbound.to_837(bundle, filing, payers, before.get(bundle.claim.id, [])))
        except CleanclaimError as refused:
            made.refused[bundle.claim.id] = str(refused)
            continue
        made.claim_ids.append(bundle.claim.id)
        made.charges.append(filing.charge)
        made.pcns[filing.pcn] = bundle.claim.id
    return claims


def refusals(written: Written, findings: Sequence[Finding]) -> tuple[dict[str, str], list[str]]:
    """The gate's errors: by claim, and those that concern the file as a whole."""
    by_claim, whole = dict(written.refused), []
    for finding in findings:
        if finding.severity is not Severity.ERROR:
            continue
        claim_id = written.pcns.get(finding.claim or "")
        told = f"{finding.code} {finding.element or finding.loop or ''}: {finding.message}"
        if claim_id is None:
            whole.append(told)
        else:
            by_claim.setdefault(claim_id, told)
    return by_claim, whole


def take_out(session: Session, act: Act, refused: Mapping[str, str]) -> None:
    """Hold the claims that the gate does not pass; the rest of their batch goes without them."""
    changes = [
        work.hold(
            session,
            act,
            session.get_one(Claim, claim_id),
            queue=Queue.BILLING,
            kind="gate_refused",
            reason=f"The independent check of the outgoing file does not pass this claim. {why}",
            story=Story("the gate refused the claim"),
            options=[{"id": "release", "title": "It is corrected: try again"}],
        )
        for claim_id, why in refused.items()
    ]
    lifecycle.apply(session, changes, act)
