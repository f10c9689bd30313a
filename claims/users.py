"""The people who act: named users with roles. Adding, changing and disabling one is on record."""

import re
from collections.abc import Collection

from sqlmodel import Session, col, select

from claims import events
from claims.errors import BadInput, NotAllowed, NotFound
from claims.events import PREFECT_UI, SYSTEM, Act, Story
from claims.model import Actor, Role
from claims.work import require_role

RESERVED = frozenset({SYSTEM, "prefect-ui", PREFECT_UI})
"""Names that stand in the history for nobody in particular; no person can have or use one."""

_NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{1,59}")
_SEE = "See `cleanclaim users list`."


def add(session: Session, act: Act, name: str, roles: Collection[str]) -> Actor:
    """Add a user; one who is there gets these roles instead and is enabled again. A repetition does nothing.

    Raises BadInput for a name or role that cannot be, NotAllowed when a person who is not an admin asks.
    """
    _may_manage(session, act)
    wanted = _roles(roles)
    if name in RESERVED or not _NAME.fullmatch(name):
        tip = "Use 2 to 60 small letters, digits and . _ @ -; system and prefect-ui are taken."
        raise BadInput(f"{name!r} cannot be a user's name.", tip=tip)
    user = session.get(Actor, name)
    if user is None:
        user = Actor(name=name, since=act.at.real)
        kind, before = "user_added", []
    elif user.active and user.roles == wanted:
        return user
    else:
        kind, before = "user_changed", user.roles
    user.roles, user.active = wanted, True
    _store(session, act, user, kind, {"user": name, "roles": wanted, "before": before})
    return user


def disable(session: Session, act: Act, name: str) -> Actor:
    """From now on the user can do nothing; what they did stays. Disabling twice does nothing."""
    _may_manage(session, act)
    user = _known(session, name)
    if user.active:
        user.active = False
        _store(session, act, user, "user_disabled", {"user": name, "roles": user.roles})
    return user


def every(session: Session) -> list[Actor]:
    """All users by name, the disabled ones too."""
    return list(session.exec(select(Actor).order_by(col(Actor.name))))


def named(session: Session, name: str) -> Actor:
    """The user of that name, ready to act; raises NotFound or, for disabled and reserved ones, NotAllowed."""
    if name in RESERVED:
        raise NotAllowed(f"Nobody can act as {name}: this needs a named user.", tip=_SEE)
    user = _known(session, name)
    if not user.active:
        raise NotAllowed(f"The user {name} is disabled.", tip=_SEE)
    return user


def _known(session: Session, name: str) -> Actor:
    user = session.get(Actor, name)
    if user is None:
        raise NotFound(f"No user {name}.", tip="Add one with `cleanclaim users add`.")
    return user


def _roles(roles: Collection[str]) -> list[str]:
    known = [role for role in Role if role in roles]
    if not known or len(known) < len(set(roles)):
        raise BadInput("A user needs one or more roles.", tip=f"They are {', '.join(Role)}.")
    return [role.value for role in known]


def _may_manage(session: Session, act: Act) -> None:
    """Admins manage users; so does whoever sets the system up, before there are any."""
    if act.actor != SYSTEM:
        require_role(named(session, act.actor), Role.ADMIN)


def _store(session: Session, act: Act, user: Actor, kind: str, facts: dict[str, object]) -> None:
    session.add(user)
    session.flush()
    events.note(session, act, kind, Story("users and their roles", facts))
