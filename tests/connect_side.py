"""The other side of every connector: the sandbox payer, once a module, and what is sent to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from typing import Any

import httpx
from sandbox_practice import NPI, envelope

from deployments.sandbox import running

KEY = "s3cret"
BEARER = {"authorization": f"Bearer {KEY}"}
NUMBERS = count(1)


@dataclass
class OtherSide:
    """The sandbox as a test sees it: where it is, the faults it suffers, and what it says it received."""

    url: str
    http: httpx.Client = field(repr=False)

    def fault(self, on: str, how: str, times: int = 1) -> None:
        rows = [{"on": on, "how": how, "times": times}]
        self.http.put("/sandbox/faults", json=rows).raise_for_status()

    def fresh(self) -> None:
        """Without faults, and with an empty mailbox."""
        self.http.delete("/sandbox/faults")
        for file in self.http.get("/mailbox").json()["files"]:
            self.http.delete(f"/mailbox/{file['id']}")

    def ledger(self) -> dict[str, Any]:
        found: dict[str, Any] = self.http.get("/sandbox/ledger").raise_for_status().json()
        return found

    def arrived(self, control: str) -> bool:
        """Whether that interchange was ever received, by the sandbox's own record."""
        return self.http.get(f"/submissions/{control}").status_code == 200

    def times(self, control: str) -> int:
        """How many interchanges of that number were taken in: a second one has TA1 note 025."""
        files = self.http.get("/mailbox").json()["files"]
        told = [self.http.get(f"/mailbox/{file['id']}").text for file in files if file["kind"] == "TA1"]
        return sum(f"TA1*{control}*" in text for text in told)


@contextmanager
def opened() -> Iterator[OtherSide]:
    with (
        running(today=date(2026, 3, 2), api_key=KEY, sftp_port=0) as url,
        httpx.Client(base_url=url, headers=BEARER, timeout=30) as http,
    ):
        yield OtherSide(url, http)


def next_control() -> str:
    return f"{next(NUMBERS):09d}"


def claim_file(control: str) -> bytes:
    """An 837 whose IEA has another number: it is answered with a TA1, which costs no judging by pyx12."""
    whole = envelope(("HC", "837", "005010X222A1"), int(control), ["BHT*0019*00*1*20260302*0930*CH"])
    return whole.replace(f"IEA*1*{control}".encode(), b"IEA*1*999999999")


def question(kind: str = "270") -> bytes:
    """A 270 about cover, a 276 about a claim, or a 278 for a scan, of a member that the sandbox knows."""
    rows = [
        "BHT*0022*13*ASK1*20260302*0930",
        "HL*1**20*1",
        "NM1*PR*2*SANDBOX*****PI*SBXCO",
        "HL*2*1*21*1",
        f"NM1*1P*2*SYNTHETIC CLINIC*****XX*{NPI}",
        "HL*3*2*22*0",
        "TRN*1*T1*9SYNTHETIC",
        "NM1*IL*1*DOE*JANE****MI*PAY1001",
        "DMG*D8*19800101",
        "DTP*291*D8*20260302",
        "EQ*30",
    ]
    if kind == "276":
        rows = [
            "BHT*0010*13*ASK1*20260302*0930",
            "HL*1**20*1",
            "NM1*PR*2*SANDBOX*****PI*SBXCO",
            "HL*2*1*21*1",
            "NM1*41*2*SYNTHETIC CLINIC*****46*PRACTICE1",
            "HL*3*2*19*1",
            f"NM1*1P*2*SYNTHETIC CLINIC*****XX*{NPI}",
            "HL*4*3*22*0",
            "DMG*D8*19800101*F",
            "NM1*IL*1*DOE*JANE****MI*PAY1001",
            "TRN*1*VISIT1",
        ]
    if kind == "278":
        rows = [
            "BHT*0007*13*ASK1*20260302*0930",
            "HL*1**20*1",
            "NM1*X3*2*SANDBOX*****PI*SBXCO",
            "HL*2*1*21*1",
            f"NM1*1P*2*SYNTHETIC CLINIC*****XX*{NPI}",
            "HL*3*2*22*1",
            "NM1*IL*1*DOE*JANE****MI*PAY1001",
            "DMG*D8*19800101",
            "HL*4*3*EV*1",
            "TRN*1*T1*9SYNTHETIC",
            "UM*HS*I*3",
            "HL*5*4*SS*0",
            "SV1*HC:70551*500*UN*1",
        ]
    guide = {
        "278": ("HI", "278", "005010X217"),
        "270": ("HS", "270", "005010X279A1"),
        "276": ("HR", "276", "005010X212"),
    }[kind]
    return envelope(guide, int(next_control()), rows)
