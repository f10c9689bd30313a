"""The paper connector: claims become claim forms in the outbox, a person prints and mails them and says when.

That word is the receipt (`claims.mailing`). Whether a file lies in the outbox or not, nobody but that person
knows whether it was mailed (``Unmailed``); only a file that never got its name was certainly not.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from claims.connect import NotCarried, Receipt, RefusedClaims, RemoteFile, Unmailed
from claims.connect.folder import LeftFiles, leave_in
from claims.connect.letterless import Letterless
from claims.documents import cms1500, ub04
from claims.documents.forms import Form, Page, TooLong, form
from claims.documents.printing import render
from claims.x12.claim837 import Claim837
from claims.x12.claim837_read import read_837, read_header_837
from claims.x12.envelope import Transaction, read_file
from config.file_partners import PART, PaperPartner


class PaperConnector(Letterless):
    """A payer that takes nothing else. There is no mailbox: what it answers comes by mail too."""

    def __init__(self, name: str, settings: PaperPartner, home: Path, left: LeftFiles) -> None:
        self.name = name
        self.settings = settings
        self._home, self._outbox = home, home / settings.outbox
        self._left = left

    async def close(self) -> None:
        """Nothing is held open."""

    async def eligibility(self, inquiry: bytes) -> bytes:
        raise NotCarried("Paper carries no inquiries.", tip='Say inquiries = "none" in the payer\'s file.')

    async def status(self, inquiry: bytes) -> bytes:
        raise NotCarried("Paper carries no inquiries.", tip='Say inquiries = "none" in the payer\'s file.')

    async def submit(self, interchange: bytes, *, control_number: str, key: str) -> Receipt:
        """Writes the forms and raises Unmailed, always; a second time it writes nothing.

        Raises RefusedClaims where a value does not fit its box: nothing is printed then.
        """
        return await asyncio.to_thread(self._print, interchange, control_number)

    async def find_submission(
        self, control_number: str, *, first_sent: datetime | None = None
    ) -> Receipt | None:
        name = _name(control_number)
        never_named = (self._outbox / (name + PART)).exists() or not self._left.has(self.name, name)
        if never_named and not (self._outbox / name).exists():
            return None
        raise _to_mail(name)

    async def mailbox(self) -> list[RemoteFile]:
        return []

    async def fetch(self, remote_id: str) -> bytes:
        raise NotCarried("Paper has no mailbox.")

    async def done(self, remote_id: str) -> None:
        raise NotCarried("Paper has no mailbox.")

    async def acknowledge(self, interchange: bytes, *, key: str) -> None:
        """Nothing is acknowledged on paper."""

    def _print(self, interchange: bytes, control_number: str) -> Receipt:
        name = _name(control_number)
        if not (self._outbox / name).exists():
            content = self._forms(interchange)
            leave_in(self._outbox, name, content, lambda: self._left.note(self.name, name, content))
        raise _to_mail(name)

    def _forms(self, interchange: bytes) -> bytes:
        """One PDF of all claims of the interchange, in its order."""
        printed = [_pages(transaction) for transaction in read_file(interchange).transactions]
        which, pages = printed[0][0], [page for _, some in printed for page in some]
        named = {"cms1500": self.settings.blank_cms1500, "ub04": self.settings.blank_ub04}[which.name]
        blank = (self._home / named).read_bytes() if named else None
        offset = (self.settings.offset_x, self.settings.offset_y)
        return render(which, pages, offset=offset, blank=blank)


def _name(control_number: str) -> str:
    return f"{control_number}.pdf"


def _to_mail(name: str) -> Unmailed:
    return Unmailed(f"Print {name} of the outbox and mail it.")


def _pages(transaction: Transaction) -> tuple[Form, list[Page]]:
    claims, written = read_837(transaction), read_header_837(transaction).created
    created = written.date() if written else None
    match transaction.type:
        case "837P":
            return form(cms1500.FORM), _each(claims, lambda claim: cms1500.pages(claim, created))
        case "837I":
            return form(ub04.FORM), _each(claims, lambda claim: ub04.pages(claim, created))
    raise NotCarried(f"There is no form here for {transaction.type}.", tip="Send it another way.")


def _each(claims: Sequence[Claim837], pages: Callable[[Claim837], list[Page]]) -> list[Page]:
    made: list[Page] = []
    refused: dict[str, str] = {}
    for claim in claims:
        try:
            made += pages(claim)
        except TooLong as trouble:
            refused[claim.pcn] = str(trouble)
    if refused:
        raise RefusedClaims(refused)
    return made
