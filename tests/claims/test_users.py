"""Named users with roles: who may act, and that the history tells who let them."""

import pytest
from sqlmodel import Session, select

from claims import users
from claims.errors import BadInput, NotAllowed, NotFound
from claims.events import PREFECT_UI, Act
from claims.model import EventRow, Role


def test_an_added_user_can_act_in_their_roles(session: Session, act: Act) -> None:
    users.add(session, act, "dana", ["biller", "ops"])
    dana = users.named(session, "dana")
    assert dana.has(Role.BILLER)
    assert not dana.has(Role.CODER)


def test_each_change_to_a_user_is_on_record(session: Session, act: Act) -> None:
    users.add(session, act, "dana", ["biller"])
    users.add(session, act, "dana", ["biller"])
    users.add(session, act, "dana", ["coder"])
    users.disable(session, act, "dana")
    users.disable(session, act, "dana")
    users.add(session, act, "dana", ["coder"])
    told = session.exec(select(EventRow).order_by(EventRow.number)).all()
    assert [event.kind for event in told] == ["user_added", "user_changed", "user_disabled", "user_changed"]
    assert told[1].facts == {"user": "dana", "roles": ["coder"], "before": ["biller"]}


def test_a_disabled_user_can_do_nothing_and_is_still_listed(session: Session, act: Act) -> None:
    users.add(session, act, "dana", ["ops"])
    users.add(session, act, "alex", ["auditor"])
    users.disable(session, act, "dana")
    with pytest.raises(NotAllowed, match="disabled"):
        users.named(session, "dana")
    assert [(user.name, user.active) for user in users.every(session)] == [("alex", True), ("dana", False)]


def test_an_unknown_name_is_not_found(session: Session, act: Act) -> None:
    with pytest.raises(NotFound):
        users.named(session, "nobody")
    with pytest.raises(NotFound):
        users.disable(session, act, "nobody")


@pytest.mark.parametrize("name", ["system", "prefect-ui", PREFECT_UI])
def test_the_names_that_mean_nobody_are_reserved(name: str, session: Session, act: Act) -> None:
    with pytest.raises(BadInput):
        users.add(session, act, name, ["admin"])
    with pytest.raises(NotAllowed):
        users.named(session, name)


@pytest.mark.parametrize("name", ["", "a", "Dana", "dana smith", "x" * 61, "dana\n"])
def test_a_name_is_short_and_plain(name: str, session: Session, act: Act) -> None:
    with pytest.raises(BadInput):
        users.add(session, act, name, ["ops"])


@pytest.mark.parametrize("roles", [[], ["king"], ["biller", "king"]])
def test_roles_are_known_ones(roles: list[str], session: Session, act: Act) -> None:
    with pytest.raises(BadInput):
        users.add(session, act, "dana", roles)


def test_once_there_is_an_admin_only_admins_manage_users(session: Session, act: Act) -> None:
    users.add(session, act, "dana", ["biller"])
    users.add(session, act, "root-admin", ["admin"])
    users.add(session, Act("root-admin", act.at), "alex", ["coder"])
    users.add(session, act, "alex", ["coder"])  # nothing changes, so nobody has to allow it
    for actor in ("dana", "system"):
        with pytest.raises(NotAllowed):
            users.add(session, Act(actor, act.at), "dana", ["admin"])
        with pytest.raises(NotAllowed):
            users.disable(session, Act(actor, act.at), "root-admin")


def test_with_the_last_admin_disabled_the_system_may_name_a_new_one(session: Session, act: Act) -> None:
    users.add(session, act, "root-admin", ["admin"])
    users.disable(session, Act("root-admin", act.at), "root-admin")
    users.add(session, act, "dana", ["admin"])
    assert users.named(session, "dana").has(Role.OPS)
