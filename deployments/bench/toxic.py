"""A bad network on loopback: a TCP proxy whose connections each fall ill in one way, chosen by a seed."""

import asyncio
import random
import socket
import struct
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

_BLOCK = 4096
_SILENCE = 5.0
"""Seconds for which a silent way stays open: longer than anybody here is patient."""


@dataclass(frozen=True, slots=True)
class Illness:
    """What befalls a connection. ``delay``: seconds before each block, up to so much; ``drip``: its bytes.

    ``end`` comes after ``within`` bytes at most, on the way up (to the server) or down: ``reset``, ``cut``
    (an orderly end in the middle), or ``silence``: that way is open still and nothing comes through any more.
    """

    delay: float = 0.0
    drip: int = _BLOCK
    way: str = ""
    end: str = ""
    within: int = 2000


ILLNESSES: Mapping[str, Illness] = {
    "well": Illness(),
    "latency": Illness(delay=0.15),
    "slow drip": Illness(delay=0.02, drip=200),
    "reset on the way up": Illness(way="up", end="reset"),
    "reset on the way down": Illness(way="down", end="reset", within=1200),
    "cut on the way up": Illness(way="up", end="cut"),
    "cut on the way down": Illness(way="down", end="cut", within=1200),
    "half closed, nothing goes up": Illness(way="up", end="silence"),
    "half closed, nothing comes down": Illness(way="down", end="silence", within=1200),
}


@dataclass
class Network:
    """Which illness each new connection gets; ``healed`` ends them all. ``seen`` counts them.

    ``handshake``: so many bytes go each way before a line carries anything, and it may end in them or after.
    """

    target: int
    seed: int
    handshake: int = 0
    healed: bool = False
    port: int = 0
    seen: Counter[str] = field(default_factory=Counter)
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    lines: set[asyncio.Task[Any]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)

    async def serve(self, client: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
        line = asyncio.current_task()
        if line is None:
            raise TypeError("a line is served in a task of its own")
        self.lines.add(line)  # the loop itself would let it go while it waits
        line.add_done_callback(self.lines.discard)
        name = "well" if self.healed else self._dice.choice(list(ILLNESSES))
        self.seen[name] += 1
        illness = ILLNESSES[name]
        server, requests = await asyncio.open_connection("127.0.0.1", self.target)
        ways = [
            self._carry(client, requests, illness, "up"),
            self._carry(server, answers, illness, "down"),
        ]
        tasks = {asyncio.create_task(way) for way in ways}
        try:
            ended = ""
            while tasks and not ended:
                done, tasks = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                ended = max(task.result() for task in done)
            if ended == "reset":
                _reset(answers)
                _reset(requests)
        except asyncio.CancelledError:
            pass  # the network itself ends, and all its lines with it
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for writer in (answers, requests):
                writer.close()

    async def _carry(
        self, source: asyncio.StreamReader, to: asyncio.StreamWriter, illness: Illness, way: str
    ) -> str:
        """Block by block until that way's orderly end, which is passed on; says any other end it came to."""
        left = self._dice.randint(1, self.handshake + illness.within) if illness.way == way else -1
        with suppress(OSError):
            while block := await source.read(illness.drip):
                await asyncio.sleep(self._dice.uniform(0, illness.delay))
                if 0 <= left <= len(block):
                    return await self._end(illness, source, to, block[:left])
                left -= len(block) if left > 0 else 0
                to.write(block)
                await to.drain()
            to.write_eof()
        return ""

    async def _end(
        self, illness: Illness, source: asyncio.StreamReader, to: asyncio.StreamWriter, last: bytes
    ) -> str:
        to.write(last)
        await to.drain()
        if illness.end != "silence":
            return illness.end
        while await source.read(_BLOCK):
            pass
        await asyncio.sleep(_SILENCE)
        return ""


def _reset(writer: asyncio.StreamWriter) -> None:
    """RST instead of an orderly end: what was under way is lost."""
    line = writer.get_extra_info("socket")
    if line is not None:
        with suppress(OSError):
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@contextmanager
def bad_network(target: int, seed: int, handshake: int = 0) -> Iterator[Network]:
    """A proxy before the port ``target`` of this machine, in a thread; its own port is in the value."""
    network, up = Network(target, seed, handshake), threading.Event()
    loops: list[asyncio.AbstractEventLoop] = []

    async def run() -> None:
        server = await asyncio.start_server(network.serve, "127.0.0.1", 0)
        network.port = server.sockets[0].getsockname()[1]
        loops.append(asyncio.get_running_loop())
        up.set()
        await network.stop.wait()
        server.close()
        for line in network.lines:
            line.cancel()
        await asyncio.gather(*network.lines, return_exceptions=True)

    thread = threading.Thread(target=lambda: asyncio.run(run()), daemon=True)
    thread.start()
    up.wait()
    try:
        yield network
    finally:
        loops[0].call_soon_threadsafe(network.stop.set)
        thread.join()
