"""A practice's side of the conversation, in plain text: what it sends, and a client to send it with."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from typing import Any

import httpx

from deployments.sandbox import running
from deployments.sandbox.segments import Interchange, Segment, at, read

DAY = date(2026, 3, 2)  # a Monday
NPI = "1234567893"


@dataclass
class Service:
    code: str = "99213"
    charge: str = "150.00"
    modifiers: str = ""
    units: str = "1"
    pointers: str = "1"
    authorization: str = ""
    prior: str = ""


@dataclass
class Bill:
    """A valid professional claim; a test states only what it is about."""

    member: str = "PAY1001"
    pcn: str = "VISIT1"
    payer: str = "SBXCO"
    last: str = "DOE"
    first: str = "JANE"
    born: str = "19800101"
    day: date = date(2026, 2, 27)
    frequency: str = "1"
    icn: str = ""
    authorization: str = ""
    referring: str = ""
    diagnoses: tuple[str, ...] = ("J069", "R05")
    sequence: str = "P"
    others: str = ""
    lines: tuple[Service, ...] = (Service(), Service("87880", "40.00"))
    npi: str = NPI

    @property
    def charge(self) -> str:
        return f"{sum(float(line.charge) for line in self.lines):.2f}"

    def segments(self, level: int) -> list[str]:
        codes = [f"{'ABF' if n else 'ABK'}:{dx}" for n, dx in enumerate(self.diagnoses)]
        referring = f"NM1*DN*1*SMITH*ANN****XX*{self.referring}" if self.referring else ""
        rows = [
            f"HL*{level}**20*1",
            f"NM1*85*2*SYNTHETIC CLINIC*****XX*{self.npi}",
            "N3*1 MAIN ST",
            "N4*SPRINGFIELD*IL*627010001",
            "REF*EI*123456789",
            f"HL*{level + 1}*{level}*22*0",
            f"SBR*{self.sequence}*18*******CI",
            f"NM1*IL*1*{self.last}*{self.first}****MI*{self.member}",
            "N3*2 OAK ST",
            "N4*SPRINGFIELD*IL*62701",
            f"DMG*D8*{self.born}*F",
            f"NM1*PR*2*SANDBOX*****PI*{self.payer}",
            f"CLM*{self.pcn}*{self.charge}***11:B:{self.frequency}*Y*A*Y*Y",
            f"REF*G1*{self.authorization}" if self.authorization else "",
            f"REF*F8*{self.icn}" if self.icn else "",
            f"REF*D9*D9{self.pcn}",
            "HI*" + "*".join(codes),
            referring,
            *self.others.split("\n"),
        ]
        for number, line in enumerate(self.lines, 1):
            code = ":".join(["HC", line.code, *line.modifiers.split()])
            rows += [
                f"LX*{number}",
                f"SV1*{code}*{line.charge}*UN*{line.units}***{line.pointers}",
                f"DTP*472*D8*{self.day:%Y%m%d}",
                f"REF*G1*{line.authorization}" if line.authorization else "",
                f"REF*6R*{self.pcn}L{number}",
                *line.prior.split("\n"),
            ]
        return [row for row in rows if row]


def envelope(kind: tuple[str, str, str], control: int, rows: list[str]) -> bytes:
    """One interchange of one set around the rows, from PRACTICE1."""
    group, code, version = kind
    head = [
        f"ISA*00*          *00*          *ZZ*{'PRACTICE1':<15}*ZZ*{'SBXCLEAR':<15}*260302*0930*^*00501"
        f"*{control:09d}*0*T*:",
        f"GS*{group}*PRACTICE1*SBXCLEAR*20260302*0930*{control}*X*{version}",
        f"ST*{code}*0001*{version}",
    ]
    tail = [f"SE*{len(rows) + 2}*0001", f"GE*1*{control}", f"IEA*1*{control:09d}"]
    return "".join(f"{row}~\n" for row in [*head, *rows, *tail]).encode()


def batch(control: int, *bills: Bill) -> bytes:
    rows = [
        f"BHT*0019*00*B{control}*20260302*0930*CH",
        "NM1*41*2*SYNTHETIC CLINIC*****46*PRACTICE1",
        "PER*IC*BILLING*TE*5551234567",
        "NM1*40*2*SANDBOX CLEARINGHOUSE*****46*SBXCLEAR",
    ]
    for number, bill in enumerate(bills):
        rows += bill.segments(number * 2 + 1)
    return envelope(("HC", "837", "005010X222A1"), control, rows)


@dataclass
class Practice:
    """A client of the sandbox that counts its own control numbers."""

    url: str
    http: httpx.Client
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def send(self, *bills: Bill) -> httpx.Response:
        return self.deliver(batch(control := next(self.numbers), *bills), f"key-{control}")

    def deliver(self, content: bytes, key: str) -> httpx.Response:
        headers = {"Idempotency-Key": key, "X-Sender": "PRACTICE1"}
        return self.http.post("/submissions", content=content, headers=headers)

    def files(self, kind: str = "", **query: str) -> list[dict[str, Any]]:
        listed = self.http.get("/mailbox", params=query).json()["files"]
        return [f for f in listed if not kind or f["kind"] == kind]

    def contents(self, kind: str) -> list[bytes]:
        return [self.http.get(f"/mailbox/{f['id']}").content for f in self.files(kind)]

    def segments(self, kind: str, id: str) -> list[Segment]:
        """All segments of that name in all files of that kind, in order."""
        return [s for raw in self.contents(kind) for s in rows_of(read(raw)) if s[0] == id]

    def wait_until(self, day: date) -> None:
        self.http.put("/sandbox/clock", json={"today": day.isoformat()}).raise_for_status()

    def ledger(self) -> dict[str, Any]:
        return self.http.get("/sandbox/ledger").json()

    def entry(self, pcn: str, frequency: str = "1") -> dict[str, Any]:
        found = [c for c in self.ledger()["claims"] if (c["pcn"], c["frequency"]) == (pcn, frequency)]
        return found[-1]

    def ask_status(self, *rows: str, payer: str = "SBXCO") -> list[Segment]:
        """The segments of the 277 that answers about one subscriber; ``rows`` follow its NM1."""
        asked = [
            "BHT*0010*13*ASK1*20260302*0930",
            "HL*1**20*1",
            f"NM1*PR*2*SANDBOX*****PI*{payer}",
            "HL*2*1*21*1",
            "NM1*41*2*SYNTHETIC CLINIC*****46*PRACTICE1",
            "HL*3*2*19*1",
            f"NM1*1P*2*SYNTHETIC CLINIC*****XX*{NPI}",
            "HL*4*3*22*0",
            "DMG*D8*19800101*F",
            *rows,
        ]
        content = envelope(("HR", "276", "005010X212"), next(self.numbers), asked)
        return rows_of(read(self.http.post("/status", content=content).content))

    def status_of(self, bill: Bill) -> str:
        rows = self.ask_status(
            f"NM1*IL*1*{bill.last}*{bill.first}****MI*{bill.member}",
            f"TRN*1*{bill.pcn}",
            f"REF*EJ*{bill.pcn}",
            payer=bill.payer,
        )
        return next(at(s, 1) for s in rows if s[0] == "STC")

    def ask_cover(self, *people: Bill) -> bytes:
        """The 271 that answers a 270 about each person."""
        rows = [
            "BHT*0022*13*ASK2*20260302*0930",
            "HL*1**20*1",
            f"NM1*PR*2*SANDBOX*****PI*{people[0].payer}",
            "HL*2*1*21*1",
            f"NM1*1P*2*SYNTHETIC CLINIC*****XX*{NPI}",
        ]
        for number, person in enumerate(people, 3):
            rows += [
                f"HL*{number}*2*22*0",
                f"TRN*1*T{number}*9SYNTHETIC",
                f"NM1*IL*1*{person.last}*{person.first}****MI*{person.member}",
                f"DMG*D8*{person.born}" if person.born else "",
                f"DTP*291*D8*{person.day:%Y%m%d}",
                "EQ*30",
            ]
        asked = envelope(("HS", "270", "005010X279A1"), next(self.numbers), [r for r in rows if r])
        return self.http.post("/eligibility", content=asked).content


def rows_of(interchange: Interchange) -> list[Segment]:
    return [segment for one in interchange.sets for segment in one.segments]


@contextmanager
def opened() -> Iterator[Practice]:
    with running(today=DAY) as url, httpx.Client(base_url=url, timeout=30) as http:
        yield Practice(url, http)
