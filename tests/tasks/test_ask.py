"""Many questions: they go in waves, and an unsound part does not stop the rest."""

import asyncio

from claims.connect import Unavailable
from claims.inquiry import BadQuestion
from tasks.ask import WAVE, in_waves


def asked(rt, items, put):
    """What was heard, wave after wave, and what was not asked."""
    heard = []
    unasked = asyncio.run(in_waves(rt, "SBXCO", items, put, heard.append))
    return heard, unasked


def test_one_bad_patient_is_left_alone_and_the_others_are_asked_about(rt):
    async def put(groups):
        return [BadQuestion("no") if 13 in some else ("e", []) for some in groups]

    heard, unasked = asked(rt, list(range(20)), put)
    assert [some for some, _ in unasked] == [[13]]
    assert sorted(n for wave in heard for each in wave for n in each.about) == [
        n for n in range(20) if n != 13
    ]


def test_what_a_payer_does_not_answer_is_not_divided(rt):
    async def put(groups):
        return [Unavailable("nobody") for _ in groups]

    heard, unasked = asked(rt, [1, 2], put)
    assert (heard, [some for some, _ in unasked]) == ([], [[1, 2]])


def test_what_cannot_be_applied_stops_no_other_of_its_wave(rt, monkeypatch):
    monkeypatch.setattr("tasks.ask.portions", lambda _rt, _payer, items: [[each] for each in items])

    async def put(groups):
        assert len(groups) <= WAVE
        return [(str(some[0]), []) for some in groups]

    def apply(heard):
        if any(each.about == [30] for each in heard):
            raise ValueError

    unasked = asyncio.run(in_waves(rt, "SBXCO", list(range(40)), put, apply))
    assert [some for some, _ in unasked] == [[30]]
