"""A payer's circuit, and its pace."""

import asyncio

import pytest

from claims.connect import Garbled, Refused, Unavailable
from claims.connect.circuit import FAILURES, REST_SECONDS, Circuit, CircuitOpen
from claims.connect.pace import LocalLimits
from config.payers import Pace


def failed(times: int) -> Circuit:
    circuit = Circuit()
    for _ in range(times):
        circuit.check(0.0)
        circuit.ended(Unavailable("down"), 0.0)
    return circuit


def test_a_payer_that_failed_often_enough_rests_and_then_one_call_tries():
    circuit = failed(FAILURES)
    with pytest.raises(CircuitOpen, match="60 seconds"):
        circuit.check(0.0)
    circuit.check(REST_SECONDS)
    with pytest.raises(CircuitOpen):
        circuit.check(REST_SECONDS)
    circuit.ended(None, REST_SECONDS)
    circuit.check(REST_SECONDS)


@pytest.mark.parametrize("answer", [None, Refused("no"), Garbled("?")])
def test_whoever_answers_is_there(answer):
    circuit = failed(FAILURES - 1)
    circuit.ended(answer, 0.0)
    assert circuit.failures == 0


def test_a_try_that_fails_begins_another_rest():
    circuit = failed(FAILURES)
    circuit.check(REST_SECONDS)
    circuit.ended(Unavailable("still down"), REST_SECONDS)
    with pytest.raises(CircuitOpen):
        circuit.check(2 * REST_SECONDS - 1)


def test_a_payer_is_called_by_so_many_at_once_and_so_often():
    async def calls() -> tuple[int, float]:
        clock = asyncio.get_running_loop().time
        limits, inside, most, begun = LocalLimits(clock), 0, 0, clock()

        async def call() -> None:
            nonlocal inside, most
            async with limits.turn("SBXCO", Pace(at_once=2, per_second=100)):
                inside += 1
                most = max(most, inside)
                await asyncio.sleep(0.03)
                inside -= 1

        await asyncio.gather(*(call() for _ in range(6)))
        return most, clock() - begun

    most, seconds = asyncio.run(calls())
    assert most == 2
    assert seconds >= 0.05
