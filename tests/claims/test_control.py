"""Control numbers: nine digits, rising, never one twice, whoever asks at the same moment."""

import processes
from sqlalchemy import Engine
from sqlmodel import Session

from claims.control import next_number, next_numbers
from claims.database import open_engine, transaction
from claims.keys import Keyring
from claims.model import ControlNumber


def test_a_sequence_begins_at_one_and_rises_for_each_partner_and_kind(any_session: Session):
    asked = [("A", "isa"), ("A", "isa"), ("A", "gs"), ("B", "isa"), ("A", "isa")]
    given = [next_number(any_session, partner, kind) for partner, kind in asked]
    assert given == ["000000001", "000000002", "000000001", "000000001", "000000003"]


def test_after_the_highest_number_the_sequence_starts_over(any_session: Session):
    any_session.add(ControlNumber(partner="A", kind="isa", last=999_999_998))
    any_session.flush()
    assert [next_number(any_session, "A", "isa") for _ in range(3)] == ["999999999", "000000001", "000000002"]


def test_numbers_taken_together_are_one_after_another_beyond_the_highest_too(any_session: Session):
    any_session.add(ControlNumber(partner="A", kind="isa", last=999_999_997))
    any_session.flush()
    taken = next_numbers(any_session, "A", "isa", 4)
    assert taken == ["999999998", "999999999", "000000001", "000000002"]
    assert next_number(any_session, "A", "isa") == "000000003"
    assert next_numbers(any_session, "A", "isa", 0) == []


def test_a_number_whose_transaction_failed_is_given_out_again(any_engine: Engine):
    with transaction(any_engine) as session:
        next_number(session, "A", "isa")
    with Session(any_engine) as session:
        next_number(session, "A", "isa")
        session.rollback()
    with transaction(any_engine) as session:
        assert next_number(session, "A", "isa") == "000000002"


def test_four_processes_never_get_a_number_twice(any_engine: Engine, keyring: Keyring):
    url = any_engine.url.render_as_string(hide_password=False)

    def draw() -> list[str]:
        engine = open_engine(url, keyring)
        numbers = []
        for _ in range(50):
            with transaction(engine) as session:
                numbers.append(next_number(session, "A", "isa"))
        return numbers

    drawn = processes.together(4, draw)
    assert all(numbers == sorted(numbers) for numbers in drawn)
    assert sorted(number for numbers in drawn for number in numbers) == [f"{n:09d}" for n in range(1, 201)]


def test_a_killed_process_leaves_no_number_twice_and_holds_no_other_up(any_engine: Engine, keyring: Keyring):
    url = any_engine.url.render_as_string(hide_password=False)

    def committed(say) -> None:
        with transaction(open_engine(url, keyring)) as session:
            number = next_number(session, "A", "isa")
        say(number)

    def in_hand(say) -> None:
        with transaction(open_engine(url, keyring)) as session:
            say(next_number(session, "A", "isa"))

    with processes.waiting(committed) as (kept, _):
        pass
    with processes.waiting(in_hand) as (dropped, _):
        pass
    with transaction(any_engine) as session:
        after = next_number(session, "A", "isa")
    # What was committed may have been sent; what was not, cannot have been.
    assert (kept, dropped, after) == ("000000001", "000000002", "000000002")
