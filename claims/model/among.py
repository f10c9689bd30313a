"""Whether a column has one of many values, as one parameter: thousands of ids are as cheap to ask for as two.

`IN` with a parameter for each value has a limit in every database, and the statement is written, read and
planned anew for each number of them; that takes longer than the rows do.
"""

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ARRAY, BindParameter, Integer, String, TypeDecorator, bindparam, select
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine


class _Many(TypeDecorator[Any]):
    """An array where the database has them, JSON elsewhere."""

    impl = String
    cache_ok = True

    def __init__(self, of: type[TypeEngine[Any]]) -> None:
        super().__init__()
        self.of = of

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return ARRAY(self.of) if dialect.name == "postgresql" else String()

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return value if dialect.name == "postgresql" else json.dumps(value)


_IDS, _NUMBERS = _Many(String), _Many(Integer)


class _each(FunctionElement[Any]):
    """The values of one parameter, as rows."""

    inherit_cache = True
    name = "each"


@compiles(_each)
def _of_json(element: _each, compiler: SQLCompiler, **kw: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **kw)})"


@compiles(_each, "postgresql")
def _of_array(element: _each, compiler: SQLCompiler, **kw: Any) -> str:
    return f"unnest({compiler.process(element.clauses, **kw)})"


def among(column: Any, values: Iterable[str] | Iterable[int]) -> ColumnElement[bool]:
    """Whether ``column``, of ids or other text or of integers, has one of the values; false for none."""
    many = _NUMBERS if isinstance(column.type, Integer) else _IDS
    return _in(column, bindparam(None, list(values), many, unique=True))


def among_named(column: Any, name: str) -> ColumnElement[bool]:
    """The same for a statement that is built once: the values are its parameter of that name, a list."""
    return _in(column, bindparam(name, type_=_IDS))


def _in(column: Any, many: BindParameter[Any]) -> ColumnElement[bool]:
    found: ColumnElement[bool] = column.in_(select(_each(many).column_valued("value")))
    return found
