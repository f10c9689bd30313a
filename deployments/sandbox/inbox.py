"""A payer's inbox: which claims it lets in, under which number, and for which day it puts them down."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from sqlite3 import Row

from deployments.sandbox.acks import Verdict
from deployments.sandbox.clock import Clock
from deployments.sandbox.payers import Market, Payer
from deployments.sandbox.scenarios import scenario_of
from deployments.sandbox.store import Store
from deployments.sandbox.values import ZERO, Claim

UNKNOWN_PAYER = "A7:153:PR"
PENDED_AFTER_DAYS = 3
OPEN = ("waiting", "pended")


@dataclass
class Inbox:
    store: Store
    market: Market
    clock: Clock

    def take(self, submission: Row, control: str, claim: Claim) -> Verdict | None:
        """Put one claim into the ledger and judge it; None for the one that is met with silence."""
        payer = self.market.payers.get(claim.payer)
        code = self._code(claim, payer)
        state = "silent" if is_silent(claim) else "waiting" if code.startswith("A2") else "rejected"
        id = self.store.insert(
            "claim", **self._columns(submission, claim), isa13=control, state=state, code=code
        )
        if state == "waiting" and payer:
            return Verdict(claim, code, self._admit(id, claim, payer))
        return None if state == "silent" else Verdict(claim, code)

    def _columns(self, submission: Row, claim: Claim) -> dict[str, object]:
        seen = """select 1 from claim where payer = ? and pcn = ? and frequency = ? and version = ?
            and state != 'rejected'"""
        repeated = self.store.row(seen, claim.payer, claim.pcn, claim.frequency, claim.version)
        return {
            "submission": submission["id"],
            "payer": claim.payer,
            "sender": submission["sender"],
            "provider": claim.provider,
            "pcn": claim.pcn,
            "frequency": claim.frequency,
            "sequence": claim.sequence,
            "member": claim.member,
            "year": f"{claim.first or self.clock.today:%Y}",
            "content": claim.content,
            "version": claim.version,
            "repeated": int(repeated is not None),
            "gs06": claim.group,
            "st02": claim.set_control,
            "received_at": self.clock.now.isoformat(),
            "claim": claim.model_dump_json(),
        }

    def _admit(self, id: int, claim: Claim, payer: Payer) -> str:
        """Give the claim its number and its day; what it replaces and is still open drops out."""
        icn = f"{payer.icn_prefix}{self.clock.today:%y%j}{id:07d}"
        script = scenario_of(claim.member)
        days = PENDED_AFTER_DAYS if "pends" in script.marks else payer.adjudication_days + script.slow_days
        target = self.original(claim)
        family = target["family"] if target else id
        due = (self.clock.today + timedelta(days=days)).isoformat()
        self.store.update("claim", id, icn=icn, family=family, due_on=due)
        if target and target["state"] in OPEN:
            state = "voided" if claim.frequency == "8" else "replaced"
            self.store.update("claim", target["id"], state=state, due_on=None)
        return icn

    def original(self, claim: Claim) -> Row | None:
        """The live version of what a frequency 7 or 8 names by its REF*F8."""
        if claim.frequency not in ("7", "8"):
            return None
        sql = """select * from claim where payer = ? and state in ('waiting', 'pended', 'decided')
            and family = (select family from claim where payer = ? and icn = ?)
            and frequency != '8' order by id desc limit 1"""
        return self.store.row(sql, claim.payer, claim.payer, claim.refs.get("F8", ""))

    def _code(self, claim: Claim, payer: Payer | None) -> str:
        """The status that the claim meets at the door; A2:20:PR is accepted."""
        if payer is None:
            return UNKNOWN_PAYER
        checks: list[Callable[[Claim, Payer], str]] = [
            self._identity,
            self._scripted,
            self._frequency,
            _amounts,
        ]
        return next((code for check in checks if (code := check(claim, payer))), "A2:20:PR")

    def _identity(self, claim: Claim, payer: Payer) -> str:
        """A member on the roster must be called and born as the roster says."""
        sql = "select * from member where payer = ? and member = ?"
        known, given = self.store.row(sql, payer.id, claim.member), claim.subscriber
        if known is None:
            return ""
        if (known["last"], known["first"]) != (given.last.upper(), given.first.upper()):
            return "A7:125:IL"
        return "" if known["born"] == given.born else "A7:158:IL"

    def _scripted(self, claim: Claim, payer: Payer) -> str:
        script = scenario_of(claim.member)
        if script.rejection and "until_identity_changes" in script.marks and self._changed(claim, payer):
            return ""
        return script.rejection

    def _changed(self, claim: Claim, payer: Payer) -> bool:
        """Was the same service rejected before under another member id, name or birth date?"""
        sql = "select claim from claim where payer = ? and state = 'rejected' and year = ?"
        before = [
            Claim.model_validate_json(r[0]) for r in self.store.rows(sql, payer.id, f"{claim.first:%Y}")
        ]
        same = [b for b in before if (b.first, b.charge) == (claim.first, claim.charge)]
        return any(b.subscriber != claim.subscriber for b in same)

    def _frequency(self, claim: Claim, payer: Payer) -> str:
        names = "F8" in claim.refs
        if claim.frequency == "1":
            return "A8:535" if names else ""
        if claim.frequency not in ("7", "8") or not payer.takes_replacement:
            return "A7:535"
        if not names:
            return "A6:464"
        return "" if self.original(claim) else "A7:464"


def _amounts(claim: Claim, payer: Payer) -> str:
    """Lines must be there, add up to the claim, and have a day."""
    if claim.first is None:
        return "A6:187"
    total = sum((line.charge for line in claim.lines), ZERO)
    return "" if claim.lines and total == claim.charge else "A8:178"


def is_silent(claim: Claim) -> bool:
    """Is this a claim that nobody will ever answer?"""
    return "silent" in scenario_of(claim.member).marks
