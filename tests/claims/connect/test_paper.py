"""The paper connector: forms in the outbox, and nobody but the person who mails them knows the rest."""

import asyncio
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader, PdfWriter
from sandbox_practice import Bill, Service, batch

from claims.connect import NotCarried, Refused, Unmailed
from claims.connect.paper import PaperConnector
from config.file_partners import PaperPartner

NAME = "000000001.pdf"
INTERCHANGE = batch(1, Bill(), Bill(pcn="VISIT2", lines=(Service(),) * 7))


class Office:
    def __init__(self, home: Path) -> None:
        self.home, self.written = home, []

    def note(self, connector: str, name: str, content: bytes) -> None:
        self.written.append((connector, name))

    def has(self, connector: str, name: str) -> bool:
        return (connector, name) in self.written

    def call(self, method: str, *arguments, **named):
        fields = named.pop("fields", {})
        settings = PaperPartner(outbox=Path("mail"), receiver_id="PAPERPAYER", **fields)
        connector = PaperConnector("paper", settings, self.home, self)
        return asyncio.run(getattr(connector, method)(*arguments, **named))

    def send(self, content: bytes = INTERCHANGE, **fields):
        with pytest.raises(Unmailed, match=f"Print {NAME}"):
            self.call("submit", content, control_number="000000001", key="k", fields=fields)

    @property
    def printed(self) -> list[str]:
        pages = PdfReader(BytesIO((self.home / "mail" / NAME).read_bytes())).pages
        return [page.extract_text() for page in pages]


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def test_claims_are_printed_one_form_after_the_other(office):
    office.send()
    assert ["VISIT1" in page for page in office.printed] == [True, False, False]
    assert "CONTINUED" in office.printed[1]
    assert "1050 00" in office.printed[2]
    assert (office.home / "mail" / NAME).stat().st_mode & 0o777 == 0o600
    assert office.written == [("paper", NAME)]


def test_a_second_try_prints_nothing_again(office):
    office.send()
    office.send()
    assert office.written == [("paper", NAME)]


def test_whether_it_was_mailed_only_a_person_knows(office):
    assert office.call("find_submission", "000000001") is None, "it was never printed"
    (office.home / "mail").mkdir()
    (office.home / "mail" / f"{NAME}.part").write_bytes(b"half")
    assert office.call("find_submission", "000000001") is None
    office.send()
    (office.home / "mail" / NAME).unlink()
    with pytest.raises(Unmailed):
        office.call("find_submission", "000000001")


def test_the_operators_blank_is_printed_under_the_values(office):
    blank = PdfWriter()
    blank.add_blank_page(612, 792)
    blank.write(office.home / "blank.pdf")
    office.send(blank_cms1500=Path("blank.pdf"))
    assert "VISIT1" in office.printed[0]


def test_a_value_that_fits_no_box_is_refused_with_the_claims_number(office):
    with pytest.raises(Refused, match="Claim VISIT1: Box 1a holds 29"):
        office.call("submit", batch(1, Bill(member="M" * 30)), control_number="000000001", key="k")
    assert not (office.home / "mail").exists()


def test_a_blank_that_is_not_there_is_told_at_the_start(office):
    partner = PaperPartner(outbox=Path("mail"), receiver_id="PAPERPAYER", blank_ub04=Path("none.pdf"))
    assert list(partner.problems(office.home)) == ["blank_ub04: no file none.pdf"]


def test_paper_carries_nothing_else(office):
    assert office.call("mailbox") == []
    for method in ("eligibility", "status", "find_appeal", "find_records"):
        with pytest.raises(NotCarried):
            office.call(method, b"")
