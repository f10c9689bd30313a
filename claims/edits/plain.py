"""Plain twins of rows: what predicates read some thousand times a claim must cost no more than a look-up.

An attribute of a mapped row is a descriptor call, which took half of a claim's judgement. A twin has the
same names and values, is never written, and dies with the judgement.
"""

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from typing import Any, TypeVar, cast

from sqlmodel import SQLModel

from claims.bundle import Bundle

Row = TypeVar("Row", bound=SQLModel)


class _Twin:
    """Holds a row's values; typed as the row that it stands for."""


def twin(row: Row) -> Row:
    """The row's values without the row; what is not loaded any more is loaded again."""
    values: dict[str, Any] = row.__dict__
    plain = _Twin()
    if isinstance(row, _Twin) or values.keys() >= (names := _names(type(row))):
        plain.__dict__.update(values)
    else:
        plain.__dict__.update({name: getattr(row, name) for name in names})
    return cast(Row, plain)


@cache
def _names(table: type[SQLModel]) -> frozenset[str]:
    return frozenset(table.model_fields)


def twins(bundle: Bundle, providers: dict[str, Any]) -> Bundle:
    """The bundle in twins. ``providers`` keeps those of the whole batch, which name the same ones again."""
    coverages = [twin(coverage) for coverage in bundle.coverages]
    own = bundle.coverage
    there = None if own is None else next((c for c in coverages if c.id == own.id), None)
    for id, provider in bundle.providers.items():
        if id not in providers:
            providers[id] = twin(provider)
    return replace(
        bundle,
        claim=twin(bundle.claim),
        patient=twin(bundle.patient),
        coverage=there or (twin(own) if own is not None else None),
        coverages=coverages,
        lines=_all(bundle.lines),
        diagnoses=_all(bundle.diagnoses),
        filings=_all(bundle.filings),
        providers={id: providers[id] for id in bundle.providers},
    )


def _all(rows: Iterable[Row]) -> list[Row]:
    return [twin(row) for row in rows]
