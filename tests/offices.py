"""A practice at work beside the other side's real servers, each in its own way: what all of them can do."""

import asyncio

from sqlmodel import select

from claims.database import reading
from tasks.runtime import Runtime


class AnyOffice:
    """``rt`` is set by each kind of office."""

    rt: Runtime

    def run(self, work):
        """What the work brings; its connections are closed, since each loop has its own."""

        async def once():
            try:
                return await work
            finally:
                await self.rt.hang_up()

        return asyncio.run(once())

    def one(self, table):
        with reading(self.rt.engine) as session:
            return session.exec(select(table)).one()
