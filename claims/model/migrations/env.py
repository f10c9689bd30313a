"""Alembic's entry: migrate the connection that `claims.schema` hands over, or the URL given with -x url=."""

from typing import Literal

from alembic import context
from sqlalchemy import Connection, Enum, String, create_engine
from sqlmodel import AutoString, SQLModel

import claims.model
from claims.model import triggers, types

assert claims.model.__all__  # the import above registers the tables


def render_type(kind: str, item: object, _context: object) -> str | Literal[False]:
    """Name column types so that a migration still runs when the model's own types have moved on."""
    if kind != "type":
        return False
    if isinstance(item, types.Money | types.Instant):
        return f"types.{type(item).__name__}()"
    if isinstance(item, types.EncryptedBytes | types.EncryptedValue):
        return "sa.LargeBinary()"
    if isinstance(item, Enum | String | AutoString):
        return f"sa.String({getattr(item, 'length', None) or ''})"
    return False


def migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        render_item=render_type,
        compare_type=False,
    )
    with context.begin_transaction():
        triggers.lift(connection)
        context.run_migrations()
        triggers.install(connection)


given = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    engine = create_engine(context.get_x_argument(as_dictionary=True)["url"])
    with engine.begin() as fresh:
        migrate(fresh)
