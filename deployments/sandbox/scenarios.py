"""The scripts of the sandbox: the letters before the first digit of a member id choose what happens.

``PAY1001`` is paid, ``AUT1002`` wants an authorization. A member id of any other shape is handled by the
payer's natural rules alone: fee schedule, cost sharing, duplicates, timely filing, coverage dates.
"""

import re
from dataclasses import dataclass, replace

from deployments.sandbox.cures import (
    Cure,
    after_another,
    authorized,
    fewer_units,
    modified,
    never,
    rediagnosed,
    referred,
    repeated,
    unbundled,
)


@dataclass(frozen=True)
class Denial:
    """Why lines are not paid: group, CARC, RARCs, and which lines (as in ``adjudication``)."""

    reason: str
    remarks: tuple[str, ...] = ()
    group: str = "CO"
    lines: str = "all"
    cure: Cure = never
    cured_by_records: bool = False


@dataclass(frozen=True)
class Scenario:
    """One script. ``eligibility`` is active, inactive, other_payer or the AAA03 code of a 271 rejection;
    ``review`` certified, modified, denied, pended, not_needed or the AAA03 code of a 278."""

    prefix: str
    words: str
    eligibility: str = "active"
    denial: Denial | None = None
    appeal: str = "upheld"
    rejection: str = ""
    deductible: str = "counted"
    slow_days: int = 0
    marks: frozenset[str] = frozenset()
    review: str = "certified"


def _denied(prefix: str, words: str, denial: Denial, appeal: str = "overturned") -> Scenario:
    return Scenario(prefix, words, denial=denial, appeal=appeal)


def _unknown(prefix: str, words: str, aaa: str, rejection: str) -> Scenario:
    return Scenario(prefix, words, eligibility=aaa, rejection=rejection)


NATURAL = Scenario(
    "", "Natural rules only: fee schedule, cost sharing, duplicates, filing limit, coverage dates."
)

SCENARIOS = {
    one.prefix: one
    for one in (
        Scenario("PAY", "Paid by the fee schedule; the deductible is met.", deductible="met"),
        Scenario("DED", "Everything allowed goes to the deductible: nothing paid, F4.", deductible="all"),
        _denied(
            "PRT",
            "Partly paid: the last line is denied CO-151 (half of it where it is the only one); "
            "other units or an appeal get it paid.",
            Denial("151", ("N362",), lines="last", cure=fewer_units),
        ),
        _denied(
            "AUT",
            "Denied CO-197; paid with an authorization number (REF G1), or on appeal.",
            Denial("197", cure=authorized),
        ),
        _denied(
            "MOD",
            "Denied CO-4 on the last line; paid once its modifiers change, or on appeal.",
            Denial("4", ("N519",), lines="last", cure=modified),
        ),
        _denied(
            "DXC",
            "Denied CO-11; paid once diagnoses or pointers change, or on appeal.",
            Denial("11", ("M76",), cure=rediagnosed),
        ),
        _denied(
            "INF",
            "Denied CO-16 N286 (with MA130 from SBXMC); paid with a referring provider's NPI. Appeals fail.",
            Denial("16", ("N286",), cure=referred),
            appeal="upheld",
        ),
        _denied(
            "DUP",
            "Denied CO-18 though it is the first; paid with modifier 76, 77 or 91, or on appeal.",
            Denial("18", ("N522",), cure=repeated),
        ),
        _denied(
            "BUN",
            "Lines after the first (or a lone one) denied CO-97; paid with 25, 59 or X{EPSU}, or on appeal.",
            Denial("97", ("M15",), lines="after_first", cure=unbundled),
        ),
        _denied("MED", "Denied CO-50; an appeal is won.", Denial("50", ("N115",))),
        _denied(
            "UPH",
            "Denied CO-50; every appeal is upheld and it stays denied.",
            Denial("50", ("N115",)),
            "upheld",
        ),
        _denied(
            "LAT",
            "Denied CO-29 whatever the dates; an appeal with proof is won (SBXMC dismisses it).",
            Denial("29"),
        ),
        _denied(
            "WRG",
            "Denied CO-109: it belongs to another payer. Appeals fail.",
            Denial("109", ("N418",)),
            "upheld",
        ),
        _denied(
            "NCV",
            "Denied PR-204: not in the plan, the patient owes it.",
            Denial("204", ("N130",), group="PR"),
            "upheld",
        ),
        _denied(
            "REC",
            "Denied CO-252; paid after POST /records, or on appeal.",
            Denial("252", ("M127",), cured_by_records=True),
        ),
        Scenario(
            "PND",
            "Pended for records (P3, R4 from SBXMC) until POST /records, then paid; CO-252 after 45 days.",
            denial=Denial("252", ("M127",), cured_by_records=True),
            marks=frozenset({"pends"}),
            appeal="overturned",
        ),
        Scenario(
            "DNY",
            "Denied as the rest of the member id spells out: DNY-CO-16-N290, DNY-PR-96-N130; a number at the "
            "end tells people apart. Appeals are won. Spelt wrong, it is paid.",
            appeal="overturned",
        ),
        Scenario(
            "COB",
            "Another payer is primary (271 EB R); CO-22 when billed first, paid as secondary with that "
            "payer's adjudication.",
            eligibility="other_payer",
            denial=Denial("22", ("N598",), cure=after_another),
        ),
        Scenario(
            "TRM",
            "Cover has ended (271 EB 6); CO-27 when billed.",
            eligibility="inactive",
            denial=Denial("27", ("N30",)),
        ),
        Scenario(
            "REJ",
            "Rejected at the payer's front door (277CA A7:164:IL); accepted once the member id, name or "
            "birth date differs.",
            rejection="A7:164:IL",
            marks=frozenset({"until_identity_changes"}),
        ),
        Scenario(
            "SIL",
            "Accepted over HTTP, then silence: no ack of any kind, 276 says A4.",
            marks=frozenset({"silent"}),
        ),
        _unknown("WID", "Wrong member id: 271 AAA 72; a claim is rejected A7:164:IL.", "72", "A7:164:IL"),
        _unknown("NFD", "Member not found: 271 AAA 75; a claim is rejected A7:33:IL.", "75", "A7:33:IL"),
        _unknown("DOB", "Birth date differs: 271 AAA 71; a claim is rejected A7:158:IL.", "71", "A7:158:IL"),
        _unknown("NAM", "Name differs: 271 AAA 73; a claim is rejected A7:125:IL.", "73", "A7:125:IL"),
        Scenario("AMO", "An authorization is modified: half of the units (278 A6).", review="modified"),
        Scenario("ADN", "An authorization is denied (278 A3).", review="denied"),
        Scenario("APE", "An authorization is pended (278 A4), certified from the next day.", review="pended"),
        Scenario("ANN", "No authorization is needed (278 NA).", review="not_needed"),
        Scenario("ARE", "A request for an authorization is refused (278 AAA 33).", review="33"),
        Scenario(
            "SLO", "Paid 45 days late, with interest (AMT I and PLB L6).", slow_days=45, deductible="met"
        ),
        Scenario(
            "RCP",
            "Paid; 20 days later half is taken back: reversal and correction, PLB WO now (−) and next (+).",
            deductible="met",
            marks=frozenset({"taken_back"}),
        ),
    )
}


ASKED = "DNY"
_ASKED = re.compile(r"DNY-(CO|PR|OA|PI)-([A-Z]?\d{1,3})((?:-[A-Z]{1,2}\d{1,4})*)(?:-\d+)?")


def _asked(member: str) -> Scenario:
    """The denial that a member id spells out: group, CARC, and any remarks, as in DNY-CO-16-N290."""
    found = _ASKED.fullmatch(member)
    if found is None:
        return SCENARIOS[ASKED]
    group, reason, remarks = found.groups()
    denial = Denial(reason, tuple(remarks.split("-")[1:]), group)
    return replace(SCENARIOS[ASKED], denial=denial)


def scenario_of(member: str) -> Scenario:
    """The script that a member id asks for."""
    if member.upper().startswith(ASKED):
        return _asked(member.upper())
    letters = re.match(r"[A-Z]*", member.upper())
    return SCENARIOS.get(letters.group() if letters else "", NATURAL)
