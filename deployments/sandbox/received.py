"""Claims out of the 837s that arrive: professional, institutional and dental alike."""

import hashlib
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from deployments.sandbox.segments import Interchange, Segment, TransactionSet, at
from deployments.sandbox.values import ZERO, Adjustment, Claim, Line, Person, Prior

# The loops above a claim, by HL03; a new one drops what hung below its own level.
LEVELS = {"20": 0, "22": 1, "23": 2}


def money(value: str) -> Decimal:
    try:
        return Decimal(value)
    except InvalidOperation:
        return ZERO


def day(value: str) -> date | None:
    """A D8 date, or the first of an RD8 or DT one."""
    try:
        return datetime.strptime(value[:8], "%Y%m%d").date()  # noqa: DTZ007 - a calendar day, no zone
    except ValueError:
        return None


def claims(interchange: Interchange, one: TransactionSet) -> Iterator[Claim]:
    """Every claim of one 837 set, in file order."""
    return _Reader(interchange.component, one).claims()


def triplets(cas: Segment) -> list[Adjustment]:
    rows = [cas[n : n + 2] for n in range(2, len(cas), 3)]
    return [
        Adjustment(group=at(cas, 1), reason=r[0], amount=money(r[1])) for r in rows if len(r) == 2 and r[0]
    ]


def _dated(claim: Claim) -> Claim:
    """Lines without a day take the claim's; a claim without one takes its lines'."""
    for line in claim.lines:
        line.first, line.last = line.first or claim.first, line.last or claim.last
    claim.first = min((x.first for x in claim.lines if x.first), default=claim.first)
    claim.last = max((x.last for x in claim.lines if x.last), default=claim.last)
    return claim


class _Reader:
    """Walks the segments of one set; ``_draft`` holds the claim in hand, from the billing provider down."""

    def __init__(self, component: str, one: TransactionSet) -> None:
        self.component = component
        self.one = one
        self.levels: list[list[Segment]] = [[], [], []]
        self.batch = next((at(s, 3) for s in one.segments if s[0] == "BHT"), "")

    def claims(self) -> Iterator[Claim]:
        """Cut the set at each CLM; the loops above come along with every claim under them."""
        level, body = 0, list[Segment]()
        for segment in self.one.segments:
            if segment[0] in ("HL", "CLM"):
                if body:
                    yield self._claim(body)
                body = []
            if segment[0] == "HL":
                level = LEVELS.get(at(segment, 3), 0)
                self.levels[level:] = [[] for _ in self.levels[level:]]
            elif segment[0] == "CLM" or body:
                body.append(segment)
            else:
                self.levels[level].append(segment)
        if body:
            yield self._claim(body)

    def _claim(self, body: list[Segment]) -> Claim:
        above = [segment for level in self.levels for segment in level]
        bytes_of = "~".join("*".join(s) for s in [*above, *body] if s[0] not in ("ST", "BHT"))
        claim = Claim(group=self.one.group, set_control=self.one.control, batch=self.batch)
        claim.version = hashlib.sha256(bytes_of.encode()).hexdigest()
        _Header(claim).take(above)
        _Body(claim, self.component).take(body)
        return _dated(claim)


class _Taker:
    """Sends each segment to the method named after it."""

    def take(self, segments: list[Segment]) -> None:
        for segment in segments:
            method: Callable[[Segment], None] | None = getattr(self, f"_{segment[0].lower()}", None)
            if method:
                method(segment)


class _Header(_Taker):
    """Loops 2000A to 2010CA: who bills, who is insured, who is the patient, who is to pay."""

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self.person = claim.subscriber
        self.loop = ""

    def _sbr(self, s: Segment) -> None:
        self.claim.sequence = at(s, 1)

    def _nm1(self, s: Segment) -> None:
        self.loop = at(s, 1)
        if self.loop == "85":
            self.claim.provider_name, self.claim.provider = at(s, 3), at(s, 9)
        elif self.loop == "PR":
            self.claim.payer = at(s, 9)
        elif self.loop in ("IL", "QC"):
            self.person = Person(last=at(s, 3), first=at(s, 4), member=at(s, 9))
            setattr(self.claim, "subscriber" if self.loop == "IL" else "patient", self.person)

    def _ref(self, s: Segment) -> None:
        if self.loop == "85" and at(s, 1) in ("EI", "SY"):
            self.claim.tax_id = at(s, 2)

    def _dmg(self, s: Segment) -> None:
        self.person.born = at(s, 2)


class _Body(_Taker):
    """Loops 2300 to 2430: the claim, the payers before us, and the lines."""

    def __init__(self, claim: Claim, component: str) -> None:
        self.claim = claim
        self.component = component
        self.line: Line | None = None
        self.other: Prior | None = None

    def _clm(self, s: Segment) -> None:
        place, _, frequency = [*at(s, 5).split(self.component), "", ""][:3]
        self.claim.pcn, self.claim.charge = at(s, 1), money(at(s, 2))
        self.claim.place, self.claim.frequency = place, frequency

    def _dtp(self, s: Segment) -> None:
        first, last = day(at(s, 3)), day(at(s, 3)[-8:])
        if at(s, 1) == "472" and self.line:
            self.line.first, self.line.last = first, last
        elif at(s, 1) in ("434", "472") and not self.line:
            self.claim.first, self.claim.last = first, last

    def _ref(self, s: Segment) -> None:
        if self.line is None:
            # The references of another payer (2330) are not this claim's own.
            if self.other is None:
                self.claim.refs[at(s, 1)] = at(s, 2)
        elif at(s, 1) == "6R":
            self.line.control = at(s, 2)
        elif at(s, 1) == "G1":
            self.line.authorization = at(s, 2)

    def _hi(self, s: Segment) -> None:
        parts = [element.split(self.component) for element in s[1:]]
        found = [p[1] for p in parts if p[0] in ("ABK", "ABF", "BK", "BF") and len(p) > 1]
        self.claim.diagnoses = [*self.claim.diagnoses, *found]

    def _sbr(self, s: Segment) -> None:
        self.other = Prior(sequence=at(s, 1))
        self.claim.others = [*self.claim.others, self.other]

    def _nm1(self, s: Segment) -> None:
        if at(s, 1) == "PR" and self.other and not self.line:
            self.other.payer = at(s, 9)
        elif at(s, 1) in ("DN", "P3") and (self.line or not self.other):
            self.claim.referring = self.claim.referring or at(s, 9)

    def _amt(self, s: Segment) -> None:
        if at(s, 1) == "D" and self.other and not self.line:
            self.other.paid = money(at(s, 2))

    def _cas(self, s: Segment) -> None:
        target = self.line.prior[-1] if self.line and self.line.prior else self.other
        if target:
            target.adjustments = [*target.adjustments, *triplets(s)]

    def _lx(self, s: Segment) -> None:
        self.line = Line(number=at(s, 1))
        self.claim.lines = [*self.claim.lines, self.line]

    def _service(self, procedure: str, charge: str, units: str) -> None:
        if self.line:
            qualifier, code, *modifiers = [*procedure.split(self.component), ""][:6]
            self.line.qualifier, self.line.code = qualifier, code
            self.line.modifiers = [m for m in modifiers if m]
            self.line.charge, self.line.units = money(charge), money(units) or Decimal(1)

    def _sv1(self, s: Segment) -> None:
        # Minutes of anesthesia are no multiple of a fee.
        self._service(at(s, 1), at(s, 2), at(s, 4) if at(s, 3) == "UN" else "1")
        if self.line:
            self.line.pointers = at(s, 7).split(self.component)

    def _sv2(self, s: Segment) -> None:
        revenue = at(s, 1)
        self._service(at(s, 2) or f"NU{self.component}{revenue}", at(s, 3), at(s, 5))
        if self.line:
            self.line.revenue = revenue

    def _sv3(self, s: Segment) -> None:
        self._service(at(s, 1), at(s, 2), at(s, 6) or "1")

    def _svd(self, s: Segment) -> None:
        if self.line:
            self.line.prior = [*self.line.prior, Prior(payer=at(s, 1), paid=money(at(s, 2)))]
