"""Publishing an account as a Prefect artifact: counts, dollars and opaque ids only."""

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from prefect.artifacts import acreate_markdown_artifact

from claims.day import Table


async def publish(kind: str, day: date, account: dict[str, Any]) -> None:
    body = json.dumps(account, indent=2)
    await acreate_markdown_artifact(f"```json\n{body}\n```", key=kind, description=f"{kind} {day}")


async def publish_tables(kind: str, day: date, tables: Sequence[Table]) -> None:
    body = "\n".join(table.as_markdown() for table in tables)
    await acreate_markdown_artifact(body, key=kind, description=f"{kind} {day}")
