"""Control numbers: one sequence per trading partner and kind, persistent, never used twice."""

import re

from sqlalchemy import update
from sqlmodel import Session, col

from claims.database import add_if_absent
from claims.model import ControlNumber

_HIGHEST = 999_999_999


def next_number(session: Session, partner: str, kind: str) -> str:
    """The next number as nine digits, safe between processes: the row is locked until the commit.

    A number whose transaction fails was never seen by the partner, so it may be given out again. After
    999,999,999 the sequence starts over at 1, as every partner's does.
    """
    return next_numbers(session, partner, kind, 1)[0]


def next_numbers(session: Session, partner: str, kind: str, count: int) -> list[str]:
    """As many numbers in a row, as `next_number` gives one."""
    if not count:
        return []
    table = ControlNumber
    here = (col(table.partner) == partner) & (col(table.kind) == kind)
    raised = (col(table.last) + (count - 1)) % _HIGHEST + 1
    take = update(table).where(here).values(last=raised).returning(col(table.last))
    last = session.execute(take).scalar()
    if last is None:
        add_if_absent(session, ControlNumber(partner=partner, kind=kind))
        last = session.execute(take).scalar_one()
    return [f"{(last - count + place) % _HIGHEST + 1:09d}" for place in range(count)]


def references(control_number: str, sets: int) -> list[str]:
    """BHT03 of each set of an interchange: a receiver gives it back, and it is to be found again by it."""
    return [f"B{control_number}" + (f"-{place}" if place > 1 else "") for place in range(1, sets + 1)]


def of_reference(reference: str) -> str:
    """The control number in a reference of ours; of any other what it is, with its leading zeros."""
    found = place_of_reference(reference)
    return found[0] if found else reference.zfill(9)


def place_of_reference(reference: str) -> tuple[str, int] | None:
    """The control number in a reference of ours, and the place of the set that it names; None of others."""
    found = re.fullmatch(r"B(\d{9})(?:-(\d+))?", reference)
    return (found[1], int(found[2] or 1)) if found else None
