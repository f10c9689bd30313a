"""Every file that the sandbox writes for every scenario, judged by readers that did not write it."""

from collections.abc import Iterator
from datetime import date

import oxedi
import pytest
from sandbox_practice import Bill, Practice, opened
from x12sdk.io import X12ModelReader

from claims.x12.check import check
from claims.x12.gate import gate
from deployments.sandbox.scenarios import SCENARIOS

PAYERS = ("SBXCO", "SBXMC", "SBXMD")
# x12sdk holds a person's AAA against the list for providers, and wants more EB than a refusal has.
REFUSED = ("WID", "NFD", "DOB", "NAM")
BILLS = [
    Bill(pcn=f"{letters}{number}", member=f"{letters}1", payer=payer)
    for letters in SCENARIOS
    for number, payer in enumerate(PAYERS)
]


@pytest.fixture(scope="module")
def spring() -> Iterator[Practice]:
    """Every scenario at every payer, billed on 2 March and lived through until May."""
    with opened() as practice:
        practice.send(*BILLS)
        practice.wait_until(date(2026, 5, 20))
        yield practice


@pytest.mark.parametrize("kind", ["999", "277CA", "835"])
def test_pyx12_and_our_own_check_find_no_fault_in_any_file(spring: Practice, kind: str):
    files = spring.contents(kind)
    assert files
    for raw in files:
        assert gate(raw) == []
        assert check(raw, name=kind).findings == ()


def test_oxedi_reads_every_payment_without_a_diagnostic(spring: Practice):
    for raw in spring.contents("835"):
        assert oxedi.parse(raw).diagnostics == []


def models(content: bytes) -> list[object]:
    with X12ModelReader(content.decode().replace("\n", "")) as reader:
        return list(reader.models())


@pytest.mark.parametrize("payer", PAYERS)
def test_x12sdk_reads_every_answer_about_coverage(spring: Practice, payer: str):
    people = [bill for bill in BILLS if bill.payer == payer and bill.member[:3] not in REFUSED]
    assert len(models(spring.ask_cover(*people))) == 1


@pytest.mark.parametrize("payer", PAYERS)
def test_our_own_check_finds_no_fault_in_any_answer_about_coverage(spring: Practice, payer: str):
    answer = spring.ask_cover(*[bill for bill in BILLS if bill.payer == payer])
    assert check(answer, name="271").findings == ()
