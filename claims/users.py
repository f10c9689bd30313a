"""The people who act: named users with roles. Adding, changing and disabling one is on record."""

import re
from collections.abc import Collection, Mapping

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

    Raises BadInput for a name or role that cannot be, NotAllowed when it takes an admin.
    """
    wanted = _roles(roles)
    if name in RESERVED or not _NAME.fullmatch(name):
        tip = "Use 2 to 60 small letters, digits and . _ @ -; system and prefect-ui are taken."
        raise BadInput(f"{name!r} cannot be a user's name.", tip=tip)
    there = session.get(Actor, name)
    if there is not None and there.active and there.roles == wanted:
        return there
    _may_manage(session, act)
    user = there or Actor(name=name, since=act.at.real)
    facts = {"user": name, "roles": wanted, "before": user.roles}
    user.roles, user.active = wanted, True
    _store(session, act, user, "user_changed" if there else "user_added", facts)
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
    """Admins manage users; so does whoever sets the system up, while there is no admin."""
    if act.actor != SYSTEM:
        require_role(named(session, act.actor), Role.ADMIN)
    elif any(user.has(Role.ADMIN) for user in every(session)):
        raise NotAllowed("Users are managed by an admin.", tip="Name yourself with --as.")


def _store(session: Session, act: Act, user: Actor, kind: str, facts: Mapping[str, object]) -> None:
    session.add(user)
    session.flush()
    events.note(session, act, kind, Story("users and their roles", facts))
