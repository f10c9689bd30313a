"""Posting the claims of one payment: each CLP once, reversals as contra entries, nothing ever deleted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select, update

from claims import lifecycle, work
from claims.events import Act, Story
from claims.lifecycle import Change
from claims.model import (
    Claim,
    Coverage,
    Denial,
    Filing,
    Posting,
    Remittance,
    RemittanceClaim,
    Submission,
)
from claims.model.among import among
from claims.money import denials
from claims.money.clp import (
    NOTED,
    POSTED,
    STANDING,
    UNMATCHED,
    Clp,
    change,
    clp_of,
    load,
    store,
    together,
)
from claims.money.course import busy, course
from claims.money.ledger import Movement, balance, bill_next_payer, post
from claims.money.matching import Known, Match, match, matched_lines, names_another, resembles
from claims.money.ruling import EVENTS, REVERSED, movements, outcome, refusals
from claims.money.said import REVERSAL, ZERO, Said, body_of, said_of, strange
from claims.transitions import PREPARING
from config.payers import PayerProfile

_TAKES_BACK = " takes back "


@dataclass(slots=True)
class Poster:
    """Takes the claims of one payment in their order; ``changes`` has what follows for each of our claims."""

    session: Session
    act: Act
    remittance: Remittance
    known: Known
    profile: PayerProfile | None
    unmatched: list[Clp] = field(default_factory=list)
    _changes: dict[str, list[Change]] = field(default_factory=dict)
    _gained: dict[str, Decimal] = field(default_factory=dict)
    _pending: list[Movement] = field(default_factory=list)
    _standing: dict[str, list[Clp]] = field(default_factory=dict)
    _waiting: dict[str, list[Clp]] = field(default_factory=dict)
    _new: list[Clp] = field(default_factory=list)
    _changed: dict[str, Clp] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for clp in load(self.session, among(col(RemittanceClaim.claim_id), self.known.claims)):
            if clp.undone_by is None and clp.outcome in STANDING:
                self._standing.setdefault(clp.claim_id or "", []).append(clp)
            if clp.state == UNMATCHED and clp.status == REVERSAL:
                self._waiting.setdefault(clp.claim_id or "", []).append(clp)

    def take(self, position: int, what: Said) -> None:
        """Match one CLP and post it; what matches nothing is kept for a person, and the rest goes on."""
        row = clp_of(self.remittance, position, what)
        self._new.append(row)
        found = match(self.known, what, self.remittance.payer_id)
        if why := strange(what):
            self._leave(row, what, why)
        elif found is not None and not resembles(self.known, found.claim.id, what):
            self._leave(row, what, "has our control number but nothing else of that claim")
        elif found is not None and names_another(self.known, found.claim.id, what):
            self._leave(row, what, "has the number of one of our claims and the lines of another")
        else:
            self._post(row, what, found)

    def place(self, row: Clp, what: Said, found: Match) -> None:
        """Post one that is stored already, on the claim that a person found for it."""
        self._changed[row.id] = row
        self._post(row, what, found)

    def _post(self, row: Clp, what: Said, found: Match | None) -> None:
        filing = self._filing(found) if found else None
        if found is None or filing is None:
            why = "matches none of our claims" if found is None else "was never filed there"
            return self._leave(row, what, why)
        what = matched_lines(self.known.lines.get(found.claim.id, []), what)
        row.claim_id, row.filing_id, row.matched_by = found.claim.id, filing.id, found.by
        row.body, row.state = body_of(what), POSTED
        if what.tells_no_money:
            row.state = NOTED
        elif what.is_reversal:
            self._reverse(row, what, found.claim, filing)
        else:
            self._adjudicate(row, what, found.claim, filing)

    def finish(self) -> list[Change]:
        """Write what is still pending; the changes of every claim, in order."""
        self._write()
        involved = busy(self.session, self._changes)
        return [
            change
            for claim_id, changes in self._changes.items()
            for change in self._course(claim_id, changes, claim_id in involved)
        ]

    def _course(self, claim_id: str, changes: list[Change], involved: bool) -> list[Change]:
        claim = self.known.claims[claim_id]
        if involved or claim.hold_reason or claim.stage in PREPARING:
            return course(self.session, self.act, claim, changes, self._gained)
        return changes

    def _filing(self, found: Match) -> Filing | None:
        """The filing that was found; for a payer to whom another one forwarded the claim, a new one."""
        if found.filing is not None:
            return found.filing
        coverage = self.session.exec(
            select(Coverage).where(
                Coverage.patient_id == found.claim.patient_id,
                Coverage.payer_id == self.remittance.payer_id,
                Coverage.sequence != "P",
            )
        ).first()
        if coverage is None or not any(r.crossed_over for r in self._standing.get(found.claim.id, [])):
            return None
        before = [f.version for f in self.known.filings[found.claim.id] if f.sequence == coverage.sequence]
        filing = Filing(
            claim_id=found.claim.id,
            coverage_id=coverage.id,
            payer_id=coverage.payer_id,
            sequence=coverage.sequence,
            version=max(before, default=0) + 1,
            frequency="1",
            pcn=found.claim.pcn,
            charge=found.claim.charge,
            submission=Submission.SENT,  # by the payer before, not by us
            created_at=self.act.at.business,
        )
        self.session.add(filing)
        self.session.flush()
        self.known.filings.setdefault(found.claim.id, []).append(filing)
        return filing

    def _leave(self, row: Clp, what: Said, why: str) -> None:
        row.state, row.matched_by, row.body = UNMATCHED, why, body_of(what)
        self.unmatched.append(row)

    def _reverse(self, row: Clp, what: Said, claim: Claim, filing: Filing) -> None:
        """Take back what the oldest standing adjudication of the same amounts had posted."""
        standing = self._standing.get(claim.id, [])
        taken = (filing.id, -what.charge, -what.paid)
        same = [r for r in standing if (r.filing_id, r.charge, r.paid) == taken]
        same.sort(key=lambda r: (r.icn != row.icn, r.is_apart(row)))
        if not same:
            self._waiting.setdefault(claim.id, []).append(row)
            return self._leave(row, what, "takes back what was never posted here")
        self._store(row, what, REVERSED)
        self._undo(same[0], row)
        self._change(claim, filing, row, what)
        left = [r for r in standing if r.filing_id == filing.id]
        if left:  # the correction came before its reversal
            story = Story("stands after the reversal of an earlier one", {"remittance_claim": left[-1].id})
            self._append(Change(claim, EVENTS[left[-1].outcome], story, filing=filing))

    def _adjudicate(self, row: Clp, what: Said, claim: Claim, filing: Filing) -> None:
        before = [r for r in self._standing.get(claim.id, []) if self._turn(claim, r) == filing.sequence]
        refused = refusals(what)
        ruled = outcome(what, refused)
        if ruled == "denied" and any(
            r.paid > 0 and r.charge == what.charge and not r.is_apart(row) for r in before
        ):
            return self._note_repeat(row, what, claim)
        self._store(row, what, ruled)
        for old in before:
            if not old.paid and (old.icn == row.icn or what.charge == filing.charge):
                self._undo(old, row)
        if filing.sequence != "P":
            self._ask_next_payer(claim)
        self._pending += movements(what, claim.id, row.id, row.position)
        denials.record(self.session, self.act, row, refused, filing, self.profile, self.remittance)
        self._standing.setdefault(claim.id, []).append(row)
        filed = {"icn": what.icn or filing.icn, "status_due_at": None}
        lifecycle.show(filing, filed)  # the payment's next claims may name the number
        self._change(claim, filing, row, what, filed)
        self._answer_waiting(row, claim, filing)

    def _answer_waiting(self, row: Clp, claim: Claim, filing: Filing) -> None:
        """A reversal that came in before the earlier payment that it takes back is posted behind it."""
        taken = (filing.id, -row.charge, -row.paid)
        waiting = self._waiting.get(claim.id, [])
        for back in [each for each in waiting if (each.filing_id, each.charge, each.paid) == taken]:
            if self.remittance.paid_on < self.session.get_one(Remittance, back.remittance_id).paid_on:
                waiting.remove(back)
                why = "what it takes back was posted"
                work.cancel_for(self.session, f"remittance_claim:{back.id}", self.act.at.business, why)
                back.state, self._changed[back.id] = POSTED, back
                return self._reverse(back, said_of(back.body), claim, filing)
        return None

    def _note_repeat(self, row: Clp, what: Said, claim: Claim) -> None:
        """A second bill refused while the first one is paid says nothing new of the claim."""
        row.state = NOTED
        why = f"refused once more (payer number {what.icn}), while the claim stands as paid"
        self._append(Change(claim, "denied_again", Story(why, {"remittance": self.remittance.id})))

    def _turn(self, claim: Claim, row: Clp) -> str:
        filings = self.known.filings.get(claim.id, [])
        return next((f.sequence for f in filings if f.id == row.filing_id), "")

    def _store(self, row: Clp, what: Said, ruled: str) -> None:
        row.outcome = ruled
        self._gained[row.filing_id or ""] = self._gained.get(row.filing_id or "", ZERO) + what.paid

    def _undo(self, old: Clp, by: Clp) -> None:
        """Contra entries of what the older adjudication posted; its denials are over unless appealed."""
        self._write()
        own = ~col(Posting.position).contains(_TAKES_BACK)
        posted = self.session.exec(select(Posting).where(Posting.remittance_claim_id == old.id, own))
        self._pending += [_contra(each, by) for each in posted]
        old.undone_by = by.id
        self._changed[old.id] = old
        self._standing[old.claim_id or ""].remove(old)
        still_open = (col(Denial.remittance_claim_id) == old.id) & (col(Denial.state) == "open")
        self.session.execute(update(Denial).where(still_open).values(state="ended"))

    def _ask_next_payer(self, claim: Claim) -> None:
        """A later payer pays from what the earlier ones left to the patient, whoever sent it the claim."""
        self._write()
        share = balance(self.session, claim.id).share
        if share > 0:
            bill_next_payer(self.session, self.act, claim.id, share)

    def _write(self) -> None:
        """In the order in which rows refer to each other."""
        store(self.session, self._new)
        change(self.session, self._changed.values())
        self._new, self._changed = [], {}
        self.session.flush()
        post(self.session, self.act, self._pending)
        self._pending = []

    def _change(
        self, claim: Claim, filing: Filing, row: Clp, what: Said, filed: Mapping[str, Any] | None = None
    ) -> None:
        why = f"payment {self.remittance.trace}: {what.paid} of {what.charge} {row.outcome.replace('_', ' ')}"
        facts = {
            "remittance": self.remittance.id,
            "position": row.position,
            "status": what.status,
            "icn": what.icn,
            "charge": what.charge,
            "paid": what.paid,
            "matched_by": row.matched_by,
        }
        event = EVENTS[row.outcome if what.is_reversal else self._together(row)]
        self._append(Change(claim, event, Story(why, facts), filing=filing, filed=filed or {}))

    def _together(self, row: Clp) -> str:
        """The outcome of the filing: of a claim that the payer split, all its parts'."""
        standing = self._standing.get(row.claim_id or "", [])
        parts = [r for r in standing if r.filing_id == row.filing_id and r.is_apart(row)]
        return together([row.outcome, *(part.outcome for part in parts)])

    def _append(self, change: Change) -> None:
        moves = change.claim.stage not in PREPARING
        change.next_action_at = self.act.at.business if moves else change.claim.next_action_at
        self._changes.setdefault(change.claim.id, []).append(change)


def _contra(posting: Posting, by: Clp) -> Movement:
    return Movement(
        posting.claim_id,
        posting.credit,
        posting.debit,
        posting.amount,
        posting.kind,
        posting.line_id,
        posting.group_code,
        posting.reason_code,
        by.id,
        f"CLP {by.position}{_TAKES_BACK}{posting.position}",
    )
