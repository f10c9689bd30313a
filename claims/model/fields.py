"""Short names for the columns that every table uses."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Column, Enum, ForeignKey, Integer, String
from sqlmodel import Field

from claims.model.types import EncryptedDate, EncryptedJson, EncryptedText, Instant, Json, Money, new_id


def key() -> Any:
    """An opaque text id as the primary key."""
    return Field(default_factory=new_id, primary_key=True, max_length=20)


def serial() -> Any:
    """A rising number as the primary key, for rows whose order is their meaning."""
    return Field(
        default=None,
        sa_column=Column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    )


def choice(of: type[StrEnum], *, index: bool = True, **options: Any) -> Any:
    """One of an enumeration's values, stored as its text; indexed, since states are what people select by."""
    kind = Enum(of, native_enum=False, length=30, values_callable=lambda members: [m.value for m in members])
    return Field(sa_column=Column(kind, nullable=False, index=index), **options)


def ref(target: str, *, nullable: bool = False, index: bool = True) -> Any:
    """The key of another row. No ``index`` of its own where one begins with it, or nothing is found by it."""
    column: Column[Any] = Column(String(20), ForeignKey(target), nullable=nullable, index=index)
    return Field(default=None, sa_column=column) if nullable else Field(sa_column=column)


def secret(place: str) -> Any:
    """Encrypted text; ``place`` is table.column. Not shown when a row is printed, like all encrypted ones."""
    return Field(default=None, repr=False, sa_column=Column(EncryptedText(place), nullable=True))


def secret_date(place: str) -> Any:
    return Field(default=None, repr=False, sa_column=Column(EncryptedDate(place), nullable=True))


def secret_json(place: str) -> Any:
    return Field(default=None, repr=False, sa_column=Column(EncryptedJson(place), nullable=True))


def money(**options: Any) -> Any:
    nullable = "default" in options and options["default"] is None
    return Field(sa_column=Column(Money(), nullable=nullable), **options)


def instant(*, nullable: bool = False, index: bool = False) -> Any:
    column: Column[datetime] = Column(Instant(), nullable=nullable, index=index)
    return Field(default=None, sa_column=column) if nullable else Field(sa_column=column)


def clear_json(default: type[list[Any]] | type[dict[str, Any]]) -> Any:
    """JSON in clear: codes, dates and amounts only, never a name."""
    return Field(default_factory=default, sa_column=Column(Json(), nullable=False))
