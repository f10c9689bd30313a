"""Ways that carry no letters: an appeal or records for such a partner go by post, fax or portal."""

from typing import NoReturn

from claims.connect import AppealMessage, NotCarried, Receipt, RecordsMessage

_TIP = "Send it by post, fax or the payer's portal, and close the item with what you sent."


def _not_carried() -> NoReturn:
    raise NotCarried("Appeals and records do not go over this connection.", tip=_TIP)


class Letterless:
    """The letters' part of a Connector that has no way for them."""

    async def appeal(self, message: AppealMessage, *, key: str) -> Receipt:
        _not_carried()

    async def find_appeal(self, key: str) -> Receipt | None:
        _not_carried()

    async def records(self, message: RecordsMessage, *, key: str) -> Receipt:
        _not_carried()

    async def find_records(self, key: str) -> Receipt | None:
        _not_carried()
