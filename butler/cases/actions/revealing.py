"""Uncovering what is usually covered: for a reason, for a quarter of an hour, and the resident can read it."""

from collections.abc import Collection

from butler.cases.actions.looking import post_at, record_look, standing_of
from butler.cases.events import GlassBroken
from butler.cases.models import Case
from butler.cases.queries import finding
from butler.identity import scope
from butler.identity.actions.limiting import one_at_a_time, wait_for
from butler.identity.permissions import Permission
from butler.identity.scope import Actor
from butler.kit import clock, daykeys
from butler.kit.errors import Invalid, NotAllowed, RateLimited
from butler.kit.events import publish
from butler.kit.writing import insert_now
from butler.looks.models import Reveal
from butler.looks.rules import HOW_OFTEN, SHORTEST_WORDS, UNCOVERED_FOR, says_something, way_to_uncover
from butler.looks.states import FieldClass, LookKind, Standing, Way, Why


def way_for(actor: Actor, case: Case) -> Way | None:
    """What it takes this person to uncover more of this case; None when it is not for them."""
    desks = scope.desks_where(actor, Permission.CASE_WORK)
    standing = standing_of(actor, case) or Standing.OWN
    return way_to_uncover(standing, answers_for_it=case.accountable_desk_id in desks)


def reveal(
    actor: Actor, number: str, *, fields: Collection[FieldClass], reason: Why, words: str, break_glass: bool = False
) -> Reveal:
    """Uncover classes of fields of one case for 15 minutes.

    With `break_glass` the lead and the privacy officer are told in the same transaction. Raises NotFound; NotAllowed
    when it is not for this person, or only with `break_glass`; Invalid when the words say nothing; RateLimited.
    """
    case = finding.find_case(actor, number)
    way = way_for(actor, case)
    if way is None:
        raise NotAllowed("这件事和您的岗位没有关系，遮住的内容不能看。")
    if way is Way.BREAK_GLASS and not break_glass:
        raise NotAllowed("您的岗位平时看不到这些内容。确实急需，请用“紧急查看”：会马上告诉您的主管和隐私专员。")
    if not says_something(words, way):
        raise Invalid.at(
            "/words", f"请写清楚为什么要看，至少 {SHORTEST_WORDS[way]} 个字。居民会看到。", code="too-short"
        )
    now = clock.now()
    one_at_a_time(f"reveals by {actor.person_id}")
    mine = (Reveal.looker_id == actor.person_id) & (Reveal.way == way)
    wait = wait_for(Reveal.uncovered_at, mine, now, HOW_OFTEN[way])
    if wait:
        raise RateLimited(
            "您查看遮住的内容次数多了，什么都没有显示。请过一会儿再看；很急请打电话给主管。", retry_after=wait
        )
    uncovered = Reveal(
        looker_id=actor.person_id,
        case_id=case.id,
        district=case.district,
        way=way.value,
        fields=sorted(fields),
        why=reason.value,
        sealed_words=daykeys.seal("reveals.sealed_words", words),
        uncovered_at=now,
        covered_at=now + UNCOVERED_FOR,
    )
    insert_now(uncovered)
    record_look(actor, case, LookKind.REVEAL, fields=fields, reason=reason.value, words=words)
    if way is Way.BREAK_GLASS:
        post = post_at(actor, case) or actor.posts[0]
        publish(
            GlassBroken(
                case_id=case.id,
                reveal_id=uncovered.id,
                looker_id=actor.person_id,
                role=post.role.value,
                unit_id=post.unit_id,
            )
        )
    return uncovered
