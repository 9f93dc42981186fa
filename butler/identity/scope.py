"""Which rows somebody may see: the only place that decides it. What they may do is in `permissions`.

Everything here is a pure expression over an `Actor`; nothing asks the database.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, and_, cast, false, func, or_

from butler.identity.models import Appointment, Invitation
from butler.identity.permissions import APPOINTS, GRANTS, ROLE_NAMES, Permission, Role
from butler.kit.database import Ltree
from butler.kit.sight import Sight
from butler.org.models import Unit
from butler.org.states import Level


@dataclass(frozen=True)
class Post:
    """One current appointment: a role, at a desk or (roles without one) in a unit."""

    role: Role
    desk_id: int | None
    unit_id: int
    unit_path: str
    unit_level: Level
    unit_name: str

    @property
    def role_name(self) -> str:
        """The role in Chinese."""
        return ROLE_NAMES[self.role]

    @property
    def unit_code(self) -> str:
        """The unit's own code, the last label of its path."""
        return self.unit_path.rpartition(".")[2]


@dataclass(frozen=True)
class Actor:
    """Who is asking, with the posts they hold at this moment. Everybody is also a resident."""

    person_id: int
    name: str
    posts: tuple[Post, ...]

    @cached_property
    def roles(self) -> tuple[Role, ...]:
        """The roles of all posts in the order of `Role`, and resident last."""
        held = {post.role for post in self.posts}
        return (*(role for role in Role if role in held), Role.RESIDENT)

    @property
    def is_staff(self) -> bool:
        """Somebody who holds any post."""
        return bool(self.posts)

    def may(self, permission: Permission) -> bool:
        """Whether any of the roles grants it, somewhere. For which rows is the question of the filters below."""
        return any(permission in GRANTS[role] for role in self.roles)


def desks_where(actor: Actor, permission: Permission) -> tuple[int, ...]:
    """Ids of the desks at which the actor sits in a role that grants the permission."""
    return tuple(sorted({post.desk_id for post in _granting(actor, permission) if post.desk_id is not None}))


def paths_where(actor: Actor, permission: Permission) -> tuple[str, ...]:
    """Paths of the units in which the actor holds the permission for everything there and below.

    A butler is left out: a butler answers for the desk and its buildings, not for the unit where the desk stands.
    """
    return tuple(sorted({post.unit_path for post in _granting(actor, permission) if post.role is not Role.BUTLER}))


def below(path: Any, paths: Iterable[str]) -> ColumnElement[bool]:
    """Rows whose `path` column (ltree) lies in one of the subtrees, the tops included; no rows for no paths.

    One comparison per path rather than an array, so that each can use the GiST index.
    """
    inside = [path.bool_op("<@")(cast(top, Ltree())) for top in paths]
    return or_(*inside) if inside else false()


def units_where(actor: Actor, permission: Permission) -> ColumnElement[bool]:
    """Rows of `Unit` that a post with the permission reaches: its own unit and everything below, for butlers too."""
    return below(Unit.path, sorted({post.unit_path for post in _granting(actor, permission)}))


def own(model: Any, person_id: Any) -> ColumnElement[bool]:
    """Rows of a case-like model that are somebody's own affair: they asked for it, or it is for them, and it has not
    been hidden from them by the other (`model.asker_sees`, `model.beneficiary_sees`)."""
    asked = and_(model.asker_id == person_id, model.asker_sees)
    return or_(asked, and_(model.beneficiary_id == person_id, model.beneficiary_sees))


def visible(model: Any, actor: Actor) -> ColumnElement[bool]:
    """Rows of a case-like model that the actor may see at all; anything else does not exist for them.

    Their own (`own`), on a desk where they work, on a desk of theirs that answers for it, in their hands, or
    in a subtree they supervise. `model` has asker_id, beneficiary_id (and whether they see it), holder_id, desk_id,
    accountable_desk_id, unit_path.
    """
    reasons = [own(model, actor.person_id)]
    desks = desks_where(actor, Permission.CASE_WORK)
    if desks:
        # Somebody moved to another desk still finishes what they hold; somebody without any desk holds nothing.
        reasons += [
            model.desk_id.in_(desks),
            model.accountable_desk_id.in_(desks),
            model.holder_id == actor.person_id,
        ]
    paths = paths_where(actor, Permission.CASE_SUPERVISE)
    if paths:
        reasons.append(below(model.unit_path, paths))
    return or_(*reasons)


def party_to(model: Any, actor: Actor) -> ColumnElement[bool]:
    """Rows of a model between two people (`grantor_id`, `delegate_id`) in which the actor is one of the two."""
    return or_(model.grantor_id == actor.person_id, model.delegate_id == actor.person_id)


def own_consents(model: Any, actor: Actor) -> ColumnElement[bool]:
    """Consents (person_id, given_by_id) about somebody, and those they gave for another. That of a case is theirs as
    long as they see the case, which whoever knows of cases has to ask besides."""
    return or_(model.person_id == actor.person_id, model.given_by_id == actor.person_id)


def sight_of(actor: Actor) -> Sight:
    """What the database itself shows this actor: the wall behind `visible`, by the same rule (`kit.sight`)."""
    return Sight.of(
        actor.person_id,
        desks=desks_where(actor, Permission.CASE_WORK),
        paths=paths_where(actor, Permission.CASE_SUPERVISE),
        watches=actor.may(Permission.LOOK_REVIEW),
    )


def keep_in_sight(number: Any) -> ColumnElement[str]:
    """A column for a query that has asked `visible`: its case stays in sight until the transaction ends, wherever a
    step sends it meanwhile."""
    return func.keep_in_sight(number)


def workable(model: Any, actor: Actor) -> ColumnElement[bool]:
    """Rows on a desk at which the actor works: the ones they may claim and move."""
    desks = desks_where(actor, Permission.CASE_WORK)
    return model.desk_id.in_(desks) if desks else false()


def may_appoint(actor: Actor, role: Role, path: str) -> bool:
    """Whether the actor gives and takes this role in a unit, by its path."""
    return any(role in APPOINTS.get(post.role, ()) and _inside(path, post.unit_path) for post in actor.posts)


def appointable_by(actor: Actor) -> frozenset[Role]:
    """The roles the actor gives and takes somewhere."""
    return frozenset().union(*(APPOINTS.get(post.role, frozenset()) for post in actor.posts))


def in_charge(model: type[Appointment] | type[Invitation], actor: Actor) -> ColumnElement[bool]:
    """Appointments or invitations (joined with their `Unit`) that the actor could have made."""
    reasons = [
        and_(model.role.in_(sorted(APPOINTS[post.role])), below(Unit.path, [post.unit_path]))
        for post in actor.posts
        if post.role in APPOINTS
    ]
    return or_(*reasons) if reasons else false()


def _inside(path: str, top: str) -> bool:
    return path == top or path.startswith(f"{top}.")


def _granting(actor: Actor, permission: Permission) -> list[Post]:
    return [post for post in actor.posts if permission in GRANTS[post.role]]
