"""Thirty further ways, imagined by people who knew the rules: over weeks, by two, by lists, before leaving.

Two of them cannot be told from work by anything we know. They stay here, and count as missed.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from butler.cases.actions.looking import record_list, record_look
from butler.cases.actions.revealing import reveal
from butler.cases.models import Case
from butler.cases.states import Step
from butler.families.models import Delegation
from butler.identity import actions as identity
from butler.identity.models import Person, Residence
from butler.identity.permissions import Role
from butler.identity.scope import Actor
from butler.kit import clock
from butler.kit.database import db
from butler.looks.actions import Seen, record_looks
from butler.looks.states import FieldClass, LookKind, Standing, Why
from butler.privacy.actions import review
from butler.privacy.decoys import add_decoy
from figures import Show
from rows import between
from tests.privacy.stage import Stage, found

FIRST, LAST = date(2026, 11, 2), date(2026, 11, 25)  # the nights of these days are judged
TODAY = "2026-11-25"

SNOOPING: list[Callable[[Stage], None]] = []
"""Every scene; what it plays is its docstring."""


def scene(play: Callable[[Stage], None]) -> Callable[[Stage], None]:
    """Mark a scene."""
    SNOOPING.append(play)
    return play


def on(stage: Stage, *days: str, hour: str = "10:20") -> list[str]:
    return [f"2026-{day} {hour}" for day in days]


def held(stage: Stage, of: Actor | None = None) -> Case:
    """A case that a colleague has had in hand since the twentieth of October."""
    stage.at("2026-10-20 09:00")
    case = stage.case(of)
    stage.do(stage.somebody(), case, Step.CLAIM)
    return case


# Slowly.


@scene
def every_monday(stage: Stage) -> None:
    """每周一看同事手上的同一个人，共四周"""
    case, one = held(stage), stage.snooper()
    for moment in on(stage, "11-02", "11-09", "11-16", "11-23"):
        stage.at(moment)
        stage.look(one, case)


@scene
def search_now_and_then(stage: Stage) -> None:
    """隔几天按姓名找同一个人，一次也不打开"""
    case, one = held(stage), stage.snooper()
    for moment in on(stage, "11-03", "11-06", "11-12", "11-17"):
        stage.at(moment)
        stage.search(one, case)


@scene
def freshly_closed(stage: Stage) -> None:
    """办结才几天，第一、三、五天各看一次"""
    one, asker = stage.snooper(), stage.resident()
    stage.at("2026-11-10 09:00")
    case = stage.case(asker)
    stage.do(asker, case, Step.CANCEL)
    for moment in on(stage, "11-11", "11-13", "11-15"):
        stage.at(moment)
        stage.look(one, case)


@scene
def telephone_every_week(stage: Stage) -> None:
    """每周查看同一个人的电话，说要联系，从来没有办过"""
    case, one = held(stage), stage.snooper()
    for moment in on(stage, "11-04", "11-11", "11-18"):
        stage.at(moment)
        reveal(one, case.number, fields=[FieldClass.PHONE], reason=Why.CONTACT, words="联系一下居民")


@scene
def a_whole_building(stage: Stage) -> None:
    """两周里每天看一位，把一幢楼的十户看遍"""
    one, cases = stage.snooper(), [held(stage) for _ in range(10)]
    for number, case in enumerate(cases):
        stage.at(f"2026-11-{9 + number:02} 15:00")
        stage.look(one, case)


# By two.


@scene
def in_turn(stage: Stage) -> None:
    """两个账号轮着看同一个人，各看两天"""
    case, one, two = held(stage), stage.snooper(), stage.snooper()
    for number, moment in enumerate(on(stage, "11-03", "11-05", "11-10", "11-12")):
        stage.at(moment)
        stage.look((one, two)[number % 2], case)


@scene
def married(stage: Stage) -> None:
    """同住的两个人都在岗，轮着看，各看两天"""
    case, one, two = held(stage), stage.snooper(), stage.snooper()
    stage.lives_with(two, stage.lives(one, building=1))
    for number, moment in enumerate(on(stage, "11-04", "11-05", "11-16", "11-17")):
        stage.at(moment)
        stage.look((one, two)[number % 2], case)


@scene
def everybody_looks(stage: Stage) -> None:
    """小区里的名人来办事，一个岗的五个人当天都去看"""
    case = held(stage)
    for minute in range(5):
        stage.at(f"2026-11-24 16:{minute:02}")
        stage.look(stage.snooper(), case)


# By lists alone.


@scene
def all_lines(stage: Stage) -> None:
    """一天翻完辖区四百个人的名单，一件也不打开"""
    one = stage.snooper(Role.STREET_STAFF)
    for page in range(20):
        stage.at(f"{TODAY} 11:{page:02}")
        stage.lines(one, 20, Standing.ABOVE)


@scene
def lines_at_night(stage: Stage) -> None:
    """夜里十一点翻八十个人的名单"""
    one = stage.snooper()
    stage.at(f"{TODAY} 23:05")
    for _ in range(4):
        stage.lines(one, 20, Standing.DESK)


@scene
def one_line(stage: Stage) -> None:
    """只看名单里那一行，从不打开，看了十天"""
    case, one = held(stage), stage.snooper()
    for day in range(9, 19):
        stage.at(f"2026-11-{day:02} 12:30")
        record_list(one, [case])


# By searching alone.


@scene
def in_vain(stage: Stage) -> None:
    """按姓名找了八个认识的人，都没有找到"""
    one = stage.snooper()
    for minute in range(8):
        stage.at(f"{TODAY} 13:{minute:02}")
        record_looks(one, LookKind.SEARCH, [Seen(None, None)], fields=(), reason="name")


@scene
def by_telephone(stage: Stage) -> None:
    """按手机号找了六个人，什么也没有办"""
    one, cases = stage.snooper(), [held(stage) for _ in range(6)]
    for minute, case in enumerate(cases):
        stage.at(f"{TODAY} 13:{minute:02}")
        record_look(one, case, LookKind.SEARCH, reason="phone")


@scene
def neighbour_by_telephone(stage: Stage) -> None:
    """按手机号找同一幢楼的邻居"""
    case, one = held(stage), stage.snooper()
    stage.lives(one)
    stage.at(f"{TODAY} 13:30")
    record_look(one, case, LookKind.SEARCH, reason="phone")


@scene
def colleague_by_name(stage: Stage) -> None:
    """按姓名找一个同事"""
    one = stage.snooper()
    case = held(stage, stage.at_home(stage.somebody()))
    stage.at(f"{TODAY} 13:40")
    stage.search(one, case)


# After hours.


@scene
def two_at_night(stage: Stage) -> None:
    """凌晨两点看三个在别人手上的人"""
    one, cases = stage.snooper(), [held(stage) for _ in range(3)]
    stage.at(f"{TODAY} 02:10")
    for case in cases:
        stage.look(one, case)


@scene
def on_leave(stage: Stage) -> None:
    """请假的日子上来看"""
    case, one = held(stage), stage.snooper()
    person, at = db.session.get_one(Person, one.person_id), datetime.fromisoformat("2026-11-23T00:00+08:00")
    identity.record_absence(person=person, starts_at=at, ends_at=at + timedelta(days=5))
    stage.at("2026-11-24 15:00")
    stage.look(one, case)


@scene
def sunday_night(stage: Stage) -> None:
    """星期天夜里看三个人的材料"""
    one, cases = stage.snooper(), [held(stage) for _ in range(3)]
    stage.at("2026-11-22 23:30")
    for case in cases:
        stage.look(one, case, LookKind.PAPER)


# Of a colleague.


@scene
def a_colleague(stage: Stage) -> None:
    """看同岗同事自己的申请"""
    one = stage.snooper()
    case = held(stage, stage.at_home(stage.somebody()))
    stage.at(f"{TODAY} 10:40")
    stage.look(one, case)


@scene
def the_one_above(stage: Stage) -> None:
    """管家看管自己的社区干部的申请"""
    one = stage.snooper()
    case = held(stage, stage.at_home(stage.somebody(Role.COMMUNITY_STAFF)))
    stage.at(f"{TODAY} 10:50")
    stage.look(one, case)


@scene
def a_former_colleague(stage: Stage) -> None:
    """看上个月离岗的同事的申请"""
    one, former = stage.snooper(), stage.somebody()
    stage.leaves(former, on=date(2026, 10, 30))
    case = held(stage, stage.at_home(former))
    stage.at(f"{TODAY} 11:10")
    stage.look(one, case)


# Of a neighbour, of one's own people.


@scene
def picked_up_and_put_down(stage: Stage) -> None:
    """把邻居的事拿到手上看了材料，又放回去"""
    one = stage.snooper()
    stage.lives(one)
    stage.at(f"{TODAY} 11:20")
    case = stage.case()
    stage.do(one, case, Step.CLAIM)
    stage.look(one, case, LookKind.PAPER)
    stage.do(one, case, Step.RELEASE)


@scene
def formerly_together(stage: Stage) -> None:
    """看以前同住过的人"""
    one = stage.snooper()
    door = stage.lives(one, building=1)
    case = held(stage, stage.resident("章某", door))
    for residence in db.session.query(Residence).filter_by(person_id=one.person_id):
        residence.valid_to = date(2025, 3, 1)
    stage.at(f"{TODAY} 11:30")
    stage.look(one, case)


@scene
def once_authorised(stage: Stage) -> None:
    """看从前委托自己办事的人，委托早就结束了"""
    one, case = stage.snooper(), held(stage)
    given = db.session.get_one(Delegation, between(case.asker_id, one.person_id))
    given.state, given.ended_why, given.ended_at, given.ended_by_id = "ended", "revoked", clock.now(), case.asker_id
    stage.at(f"{TODAY} 11:40")
    stage.look(one, case)


@scene
def kept_and_left_lying(stage: Stage) -> None:
    """把邻居的事拿到手上看，留一句话，放着不办"""
    one = stage.snooper()
    stage.lives(one)
    stage.at("2026-11-18 11:20")
    case = stage.case()
    stage.do(one, case, Step.CLAIM)
    stage.do(one, case, Step.NOTE, note="先看一下")
    stage.look(one, case)


@scene
def the_old_address(stage: Stage) -> None:
    """看搬走以前同一幢楼的邻居"""
    one, case = stage.snooper(), held(stage)
    stage.lives(one)
    for residence in db.session.query(Residence).filter_by(person_id=one.person_id):
        residence.valid_to = date(2026, 6, 1)
    stage.at(f"{TODAY} 11:50")
    stage.look(one, case)


# Decoys, exports, the last days.


@scene
def follows_a_number(stage: Stage) -> None:
    """顺着单号一个个试，打开了预设的线索"""
    one = stage.snooper(Role.COMMUNITY_STAFF)
    stage.at(f"{TODAY} 14:00")
    record_look(one, add_decoy(unit_code=stage.town.here.community.code), LookKind.SEARCH, reason="number")


@scene
def export_of_one(stage: Stage) -> None:
    """把日期缩到只剩一个人再导出"""
    one = stage.snooper(Role.STREET_STAFF)
    stage.at(f"{TODAY} 14:10")
    stage.export(one, 1)


@scene
def export_every_day(stage: Stage) -> None:
    """一周里导出五次"""
    one = stage.snooper(Role.STREET_STAFF)
    for day in range(16, 21):
        stage.at(f"2026-11-{day} 17:00")
        stage.export(one, 30)


@scene
def last_days(stage: Stage) -> None:
    """离岗前一周，每天多看八个人的材料"""
    one = stage.snooper()
    for day in range(16, 21):
        stage.at(f"2026-11-{day} 17:30")
        stage.crowd(one, 8, Standing.DESK, LookKind.PAPER)
    stage.leaves(one, on=date(2026, 11, 21))


def test_thirty_further_ways_of_snooping(stage: Stage, show: Show) -> None:
    lookers = {}
    for play in SNOOPING:
        stage.at(f"{TODAY} 10:00")
        stage.snoopers.clear()
        play(stage)
        lookers[play.__doc__] = set(stage.snoopers)

    for number in range((LAST - FIRST).days + 1):
        day = FIRST + timedelta(days=number)
        stage.at(f"{day + timedelta(days=1)} 02:00")
        review(day)

    rules = found()
    missed = [what for what, some in lookers.items() if not some & rules.keys()]
    innocent = set(rules) - {one for some in lookers.values() for one in some}
    show(
        "T11", "thirty further ways of snooping, over a month of nights",
        scenes=len(lookers), flagged=len(lookers) - len(missed), colleagues_flagged=len(innocent),
    )  # fmt: skip
    assert len(lookers) == 30
    assert missed == [a_whole_building.__doc__, one_line.__doc__]
    assert innocent == set()
