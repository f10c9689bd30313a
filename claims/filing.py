"""Which filing comes next: its turn, version, frequency, number and reference to what it replaces.

How it is known why a claim came back: by its filings alone.

* An unsent filing (``submission`` none) is a decision already made: it is used again. So a second run makes
  no second filing, and an intention (bill the secondary payer, void) is written down as its unsent filing
  (`claims.money.next_payer`, `request_void`).
* The latest filing was rejected at the front door: it never counted, so the next one says the same again
  (frequency and original number) as a new version.
* The latest filing was adjudicated: the next one replaces it (7, with the payer's number) where the payer
  takes that; else, and where the payer called it unprocessable (MA130), it is a new claim (1).
* The latest filing is on its way or undecided: none. A second one would be a duplicate. Where the payer takes
  changes before its decision, one that it accepted is replaced or voided by the number of its 277CA.

How long each filing may take says `claims.limits`. Source: `domain/rules.md` section 5 (resubmission).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session

from claims.bundle import Bundle
from claims.errors import NotAllowed
from claims.events import Act, Story
from claims.lifecycle import Change
from claims.model import Adjudication, Claim, Coverage, Filing, Submission
from claims.transitions import Event
from config.payers import PayerProfile

REJECTED = (Submission.REJECTED_FORMAT, Submission.REJECTED_CLEARINGHOUSE, Submission.REJECTED_PAYER)
UNDECIDED = (Adjudication.NONE, Adjudication.PENDING, Adjudication.INFO_REQUESTED)
STANDING = (Adjudication.PAID, Adjudication.PARTIALLY_PAID, Adjudication.DENIED, Adjudication.ZERO_PAID)
"""A payer's decision that is in force."""
DECIDED = (*STANDING, Adjudication.REVERSED)
TURNS = "PST"
LONGEST_PCN = 20

Payers = Mapping[str, PayerProfile]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a filing will be: its turn (P, S, T), to whom, and whether and what it changes."""

    sequence: str
    coverage_id: str
    payer_id: str
    version: int
    frequency: str = "1"
    original_icn: str | None = None


def next_filing(bundle: Bundle, payers: Payers, at: datetime) -> Filing | None:
    """The filing that the claim would go out in now, not yet stored unless it is an unsent one.

    None while the latest filing is undecided, or without a coverage to file with.
    """
    if (waiting := unsent(bundle)) is not None:
        return waiting
    planned = plan(bundle, payers)
    return _filing(bundle, planned, payers, at) if planned else None


def plan(bundle: Bundle, payers: Payers) -> Plan | None:
    """As `next_filing`, as a plain value."""
    latest = bundle.filing
    if latest is not None and latest.submission is Submission.NONE:
        return Plan(
            latest.sequence,
            latest.coverage_id,
            latest.payer_id,
            latest.version,
            latest.frequency,
            latest.original_icn,
        )
    coverage = _coverage(bundle, latest)
    if coverage is None or not (latest is None or is_settled(latest) or changes_undecided(latest, payers)):
        return None
    turn = latest.sequence if latest else coverage.sequence
    if latest is not None and latest.submission in REJECTED and latest.payer_id == coverage.payer_id:
        return _plan(bundle, coverage, turn, latest.frequency, latest.original_icn)
    replaced = _replaceable(bundle, turn, coverage.payer_id, payers)
    if replaced is None:
        return _plan(bundle, coverage, turn)
    return _plan(bundle, coverage, turn, "7", replaced.icn)


def unsent(bundle: Bundle) -> Filing | None:
    """The latest filing, if it has not begun its way to the payer."""
    latest = bundle.filing
    return latest if latest is not None and latest.submission is Submission.NONE else None


def is_settled(filing: Filing) -> bool:
    """Whether the other side is through with the filing: turned away at the door, or decided."""
    return filing.submission in REJECTED or filing.adjudication in DECIDED


def changes_undecided(filing: Filing, payers: Payers) -> bool:
    """Whether the payer, which accepted the filing and has not decided it, takes a 7 or 8 for it by now."""
    profile = payers.get(filing.payer_id)
    return (
        filing.submission is Submission.ACCEPTED
        and filing.adjudication not in DECIDED
        and bool(filing.icn)
        and profile is not None
        and profile.corrections.frequency_codes
        and profile.corrections.before_decision
    )


def secondary_filing(bundle: Bundle, payers: Payers, at: datetime) -> Filing | None:
    """The first filing with the payer whose turn comes after the latest one's; None without such a payer."""
    latest = bundle.filing
    later = TURNS[TURNS.index(latest.sequence) + 1 :] if latest else ""
    coverage = next((c for turn in later for c in bundle.coverages if c.sequence == turn), None)
    return _filing(bundle, _plan(bundle, coverage, coverage.sequence), payers, at) if coverage else None


def void_filing(bundle: Bundle, payers: Payers, at: datetime) -> Filing:
    """A frequency 8 for the latest filing. Raises NotAllowed when the payer takes none or gave no number."""
    latest = bundle.filing
    coverage = _filed_under(bundle, latest)
    if latest is None or coverage is None or not latest.icn:
        raise NotAllowed(
            "The payer has given this claim no number yet, so it cannot be voided there.",
            tip="Wait for the payer's answer, or correct the claim while it is still here.",
        )
    if not _takes_changes(latest.payer_id, payers):
        raise NotAllowed(
            f"{latest.payer_id} takes no electronic void.",
            tip="Return the payment by the payer's own procedure, then close the claim.",
        )
    if latest.adjudication not in DECIDED and not changes_undecided(latest, payers):
        raise NotAllowed(
            f"{latest.payer_id} has not decided this claim, and takes no void before that.",
            tip="Wait for it; where the payer's guide says otherwise, set corrections.before_decision.",
        )
    return _filing(bundle, _plan(bundle, coverage, latest.sequence, "8", latest.icn), payers, at)


def refresh(filing: Filing, bundle: Bundle, payers: Payers, at: datetime) -> None:
    """Let an unsent filing say what the claim says now: charge, payer and all may have been corrected since.

    A void and a later payer's turn were somebody's decision and stay what they are.
    """
    filing.charge = bundle.claim.charge
    if filing.frequency == "8" or bundle.coverage is None or filing.sequence != bundle.coverage.sequence:
        return
    earlier = [f for f in bundle.filings if f.id != filing.id]
    again = next_filing(replace(bundle, filings=earlier), payers, at)
    if again is not None:
        filing.coverage_id, filing.payer_id, filing.pcn = again.coverage_id, again.payer_id, again.pcn
        filing.frequency, filing.original_icn = again.frequency, again.original_icn


def request_void(session: Session, act: Act, bundle: Bundle, payers: Payers, story: Story) -> Change:
    """Write down the void that a person decided on; raises NotAllowed where it cannot be (`void_filing`)."""
    filing = void_filing(bundle, payers, act.at.business)
    session.add(filing)
    bundle.filings.append(filing)
    return Change(bundle.claim, Event.VOID_REQUESTED, story, filing=filing, next_action_at=act.at.business)


def _coverage(bundle: Bundle, latest: Filing | None) -> Coverage | None:
    """What the next filing is made under: in its turn the claim's own coverage, which may be corrected."""
    own = bundle.coverage
    if latest is None or (own is not None and own.sequence == latest.sequence):
        return own
    return _filed_under(bundle, latest)


def _filed_under(bundle: Bundle, filing: Filing | None) -> Coverage | None:
    return next((c for c in bundle.coverages if filing and c.id == filing.coverage_id), None)


def _replaceable(bundle: Bundle, turn: str, payer_id: str, payers: Payers) -> Filing | None:
    """The latest decision of this payer that still stands and that a replacement can name."""
    decided = [
        f
        for f in bundle.filings
        if f.sequence == turn
        and f.payer_id == payer_id
        and (f.adjudication in DECIDED or changes_undecided(f, payers))
    ]
    if not decided or decided[-1].frequency == "8" or decided[-1].unprocessable:
        return None
    if not _takes_changes(payer_id, payers):
        return None
    return decided[-1]


def _takes_changes(payer_id: str, payers: Payers) -> bool:
    profile = payers.get(payer_id)
    return profile is None or profile.corrections.frequency_codes


def _plan(
    bundle: Bundle, coverage: Coverage, turn: str, frequency: str = "1", original: str | None = None
) -> Plan:
    version = 1 + max((f.version for f in bundle.filings if f.sequence == turn), default=0)
    return Plan(turn, coverage.id, coverage.payer_id, version, frequency, original)


def _filing(bundle: Bundle, planned: Plan, payers: Payers, at: datetime) -> Filing:
    return Filing(
        claim_id=bundle.claim.id,
        coverage_id=planned.coverage_id,
        payer_id=planned.payer_id,
        sequence=planned.sequence,
        version=planned.version,
        frequency=planned.frequency,
        pcn=_pcn(bundle.claim, planned, payers.get(planned.payer_id)),
        original_icn=planned.original_icn,
        charge=bundle.claim.charge,
        created_at=at,
    )


def _pcn(claim: Claim, planned: Plan, profile: PayerProfile | None) -> str:
    """The claim's own number; a later version has a suffix where the payer wants a new number each time.

    A long imported number gives way to our own id, since cutting it could make two alike.
    """
    if planned.version == 1 or profile is None or not profile.corrections.new_pcn_each_time:
        return claim.pcn
    suffix = f"{planned.sequence}{planned.version}"
    base = claim.pcn if len(claim.pcn) + len(suffix) <= LONGEST_PCN else claim.id.upper()
    return base + suffix
