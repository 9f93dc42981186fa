"""Looking at cases at work is written down in the same transaction: call one of these before a case is shown."""

from collections.abc import Collection, Sequence

from butler.cases.models import Case
from butler.cases.queries import finding
from butler.cases.states import Relation
from butler.identity.scope import Actor, Post
from butler.looks.actions import Seen, record_looks
from butler.looks.states import FieldClass, LookKind, Standing

_STRONGEST = (
    (Relation.HOLDER, Standing.HOLDER),
    (Relation.DESK, Standing.DESK),
    (Relation.ABOVE, Standing.ABOVE),
)


def record_look(
    actor: Actor,
    case: Case,
    kind: LookKind,
    *,
    fields: Collection[FieldClass] = (FieldClass.OUTLINE,),
    reason: str = "",
    words: str = "",
) -> None:
    """Somebody looks at one case (`LookKind.FULL`, `PAPER` …). A resident's look at their own affair is not written.

    `fields`: what is shown without a mask. Once per request, and after the case has been locked if it is.
    """
    record_list(actor, [case], kind=kind, fields=fields, reason=reason, words=words)


def record_list(
    actor: Actor,
    cases: Sequence[Case],
    *,
    kind: LookKind = LookKind.LIST,
    fields: Collection[FieldClass] = (FieldClass.OUTLINE,),
    reason: str = "",
    words: str = "",
) -> None:
    """Somebody looks at a list of cases; the whole list is one write."""
    seen, post = [], None
    for case in {case.id: case for case in cases}.values():
        standing = standing_of(actor, case)
        if standing is None:
            continue
        post = post or post_at(actor, case)
        seen.append(Seen(case.beneficiary_id, case.id, case.district, standing))
        if case.asker_id != case.beneficiary_id and kind is not LookKind.LIST:
            seen.append(Seen(case.asker_id, case.id, case.district, standing))
    record_looks(actor, kind, seen, fields=fields, post=post, reason=reason, words=words)


def standing_of(actor: Actor, case: Case) -> Standing | None:
    """How somebody stands to a case by their office; None for a resident with their own affair."""
    relations = finding.relations(actor, case)
    if Relation.ASKER in relations:
        return Standing.OWN if relations - {Relation.ASKER} else None
    return next((standing for relation, standing in _STRONGEST if relation in relations), Standing.NONE)


def post_at(actor: Actor, case: Case) -> Post | None:
    """The post at the desk of the case, or at the one that answers for it."""
    at = (case.desk_id, case.accountable_desk_id)
    return next((post for post in actor.posts if post.desk_id in at), None)
