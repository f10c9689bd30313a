"""One question about many: an unsound part does not stop the rest."""

import pytest

from claims.inquiry import BadQuestion
from tasks.ask import divided


def test_one_bad_patient_is_left_alone_and_the_others_are_asked_about():
    waiting, asked, refused = [list(range(20))], [], []
    while waiting:
        some = waiting.pop(0)
        try:
            with divided(some, waiting):
                if 13 in some:
                    raise BadQuestion("Our 270 does not keep to its guide.")
                asked += some
        except BadQuestion:
            refused += some
    assert refused == [13]
    assert sorted(asked) == [n for n in range(20) if n != 13]


def test_other_trouble_is_not_divided():
    waiting = []
    with pytest.raises(ConnectionError), divided([1, 2], waiting):
        raise ConnectionError
    assert waiting == []
