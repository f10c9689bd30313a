"""Column types: encrypted text and dates, exact money, zoned instants; and how ids are made."""

import json
import secrets
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import JSON, DateTime, LargeBinary, Numeric, TypeDecorator
from sqlalchemy.engine import Dialect

from claims.errors import KeyMissing
from claims.keys import Keyring

_ALPHABET = "23456789abcdefghjkmnpqrstvwxyz"  # no 0/o, 1/i/l, no u: ids are read aloud and typed
_ID_LENGTH = 12
_IDS = len(_ALPHABET) ** _ID_LENGTH

_CENT = Decimal("0.01")
_TOO_MUCH = Decimal(10**10)  # NUMERIC(12,2) ends below; SQLite would take more


def new_id() -> str:
    """An opaque id of 12 characters (59 bits); safe in Prefect, in file names and as a PCN."""
    number, letters = secrets.randbelow(_IDS), ""
    while len(letters) < _ID_LENGTH:
        number, place = divmod(number, len(_ALPHABET))
        letters += _ALPHABET[place]
    return letters


def keyring_of(dialect: Dialect) -> Keyring:
    """The keyring that `open_engine` gave this engine; each engine has its own, there is no global one."""
    keyring = getattr(dialect, "keyring", None)
    if keyring is None:
        raise KeyMissing("This database connection was opened without keys.", tip="Use `open_engine`.")
    return cast(Keyring, keyring)


class EncryptedValue(TypeDecorator[Any]):
    """AES-GCM over the value's text; ``place`` (table.column) is the associated data."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place

    def to_text(self, value: Any) -> str:
        return cast(str, value)

    def from_text(self, text: str) -> Any:
        return text

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:
        if value is None:
            return None
        return keyring_of(dialect).encrypt(self.to_text(value).encode(), self.place)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        return self.from_text(keyring_of(dialect).decrypt(bytes(value), self.place).decode())


class EncryptedText(EncryptedValue):
    cache_ok = True


class EncryptedDate(EncryptedValue):
    cache_ok = True

    def to_text(self, value: date) -> str:
        return value.isoformat()

    def from_text(self, text: str) -> date:
        return date.fromisoformat(text)


class EncryptedJson(EncryptedValue):
    cache_ok = True

    def to_text(self, value: Any) -> str:
        return json.dumps(value, separators=(",", ":"))

    def from_text(self, text: str) -> Any:
        return json.loads(text)


class EncryptedBytes(TypeDecorator[bytes]):
    """Raw files, encrypted whole."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        return None if value is None else keyring_of(dialect).encrypt(value, self.place)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        return None if value is None else keyring_of(dialect).decrypt(bytes(value), self.place)


class Money(TypeDecorator[Decimal]):
    """NUMERIC(12,2), Decimal on both sides; a float, or more than two decimals, is refused.

    SQLite has no exact numeric, so there the amount is stored as whole cents.
    """

    impl = Numeric(12, 2)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        from sqlalchemy import BigInteger

        return dialect.type_descriptor(BigInteger() if dialect.name == "sqlite" else Numeric(12, 2))

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if not isinstance(value, Decimal) or not _is_exact(value):
            raise TypeError("Money is a Decimal with at most ten digits and two decimals.")
        return int(value * 100) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        if value is None:
            return None
        return (Decimal(value) / 100 if dialect.name == "sqlite" else Decimal(value)).quantize(_CENT)


def _is_exact(amount: Decimal) -> bool:
    return amount.is_finite() and abs(amount) < _TOO_MUCH and amount == round(amount, 2)


class Instant(TypeDecorator[datetime]):
    """A zoned instant, stored and read as UTC; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError("An instant needs a time zone.")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Json = JSON
