"""Leases: one holder, whoever asks at the same moment; the dead lose theirs at once, the living do not."""

from datetime import UTC, datetime, timedelta

import processes
import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from claims import leases
from claims.database import open_engine, transaction
from claims.keys import Keyring
from claims.model import Lease
from tasks.process import is_dead, owner

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
LASTS = timedelta(minutes=2)


@pytest.fixture
def session(any_session: Session) -> Session:
    return any_session


def alive(_owner: str) -> bool:
    return False


def gone(_owner: str) -> bool:
    return True


def ask(session: Session, owner: str, *, now=NOW, is_dead=alive) -> Lease | None:
    return leases.acquire(
        session, "claim:c1", owner=owner, run_id=f"run of {owner}", now=now, lasts=LASTS, is_dead=is_dead
    )


def test_a_free_lease_is_given_and_the_next_one_is_told_who_has_it(session: Session):
    assert ask(session, "first") is None
    other = ask(session, "second")
    assert other is not None
    assert (other.owner, other.run_id, other.expires_at) == ("first", "run of first", NOW + LASTS)


def test_of_many_leases_all_are_given_but_those_that_another_holds(session: Session):
    ask(session, "first")
    wanted = ["claim:c0", "claim:c1", "claim:c2"]
    how = {"owner": "second", "run_id": None, "now": NOW, "lasts": LASTS}
    standing = leases.acquire_all(session, wanted, **how, is_dead=alive)
    assert {resource: lease.owner for resource, lease in standing.items()} == {"claim:c1": "first"}
    assert leases.acquire_all(session, wanted, **how, is_dead=gone) == {}
    leases.release(session, "second")
    assert session.exec(select(Lease.resource).where(Lease.owner == "second")).all() == []


def test_the_same_owner_prolongs_its_lease(session: Session):
    ask(session, "first")
    assert ask(session, "first", now=NOW + timedelta(minutes=1)) is None
    assert session.get_one(Lease, "claim:c1").expires_at == NOW + timedelta(minutes=3)


@pytest.mark.parametrize(
    ("later", "dead"), [(LASTS, alive), (timedelta(0), gone)], ids=["expired", "its owner is dead"]
)
def test_a_lease_is_taken_over_when_it_expired_or_its_owner_is_dead(session: Session, later, dead):
    ask(session, "first")
    assert ask(session, "second", now=NOW + later, is_dead=dead) is None
    lease = session.get_one(Lease, "claim:c1")
    assert (lease.owner, lease.run_id) == ("second", "run of second")
    lost = leases.dead(session, NOW + later, dead)[-1]
    assert (lost.owner, lost.run_id) == ("first", "run of first"), "so that reconcile finds its run"


def test_a_lease_that_has_not_expired_stays_with_a_living_owner(session: Session):
    ask(session, "first")
    assert ask(session, "second", now=NOW + LASTS - timedelta(microseconds=1)) is not None


def test_a_lease_given_back_is_free(session: Session):
    ask(session, "first")
    leases.release(session, "first")
    assert ask(session, "second") is None


def test_who_lost_a_lease_cannot_give_it_back(session: Session):
    ask(session, "first")
    ask(session, "second", is_dead=gone)
    leases.release(session, "first")
    assert session.get_one(Lease, "claim:c1").owner == "second"


def test_a_run_that_lost_its_lease_is_still_found_by_reconcile(session: Session):
    ask(session, "first")
    ask(session, "second", is_dead=gone)
    session.flush()
    found = leases.dead(session, NOW, lambda owner: owner == "first")
    assert [(lease.resource, lease.run_id) for lease in found] == [("lost:run of first", "run of first")]


def test_a_lease_is_prolonged_by_its_owner_alone(session: Session):
    ask(session, "first")
    assert leases.prolong(session, "first", NOW + timedelta(minutes=5))
    assert not leases.prolong(session, "second", NOW + timedelta(minutes=9))
    assert session.get_one(Lease, "claim:c1").expires_at == NOW + timedelta(minutes=5)


def test_a_lease_that_was_given_back_does_not_come_back_when_it_is_prolonged(session: Session):
    ask(session, "first")
    leases.release(session, "first")
    assert not leases.prolong(session, "first", NOW + LASTS)
    assert session.get(Lease, "claim:c1") is None


def test_dead_leases_are_those_that_expired_or_whose_owner_is_gone(session: Session):
    for resource, holder, expires in (
        ("claim:a", "living", NOW + LASTS),
        ("claim:b", "living", NOW),
        ("claim:c", "killed", NOW + LASTS),
    ):
        session.add(Lease(resource=resource, owner=holder, expires_at=expires))
    session.flush()
    found = leases.dead(session, NOW, lambda owner: owner == "killed")
    assert [lease.resource for lease in found] == ["claim:b", "claim:c"]


def url_of(any_engine: Engine) -> str:
    return any_engine.url.render_as_string(hide_password=False)


def test_of_eight_processes_exactly_one_gets_the_lease(any_engine: Engine, keyring: Keyring):
    def work() -> bool:
        with transaction(open_engine(url_of(any_engine), keyring)) as mine:
            return ask(mine, owner(), is_dead=is_dead) is None

    assert sorted(processes.together(8, work)) == [False] * 7 + [True]


@pytest.mark.crash
def test_the_lease_of_a_killed_process_is_taken_over_at_once_and_a_living_ones_is_not(
    any_engine: Engine, keyring: Keyring
):
    def hold(say) -> None:
        me = owner()
        with transaction(open_engine(url_of(any_engine), keyring)) as mine:
            ask(mine, me, is_dead=is_dead)
        say(me)

    def try_it() -> Lease | None:
        with transaction(any_engine) as mine:
            return ask(mine, owner(), is_dead=is_dead)

    with processes.waiting(hold) as (holder, process):
        held = try_it()
        assert held is not None
        assert held.owner == holder
        process.kill()
        process.join()
        assert try_it() is None
