"""Thirty ways of looking at what is none of one's business, and an ordinary day: figures for promise T11."""

from datetime import date, timedelta

from sqlalchemy import select

from butler.cases.actions.looking import record_list, record_look
from butler.cases.actions.revealing import reveal
from butler.cases.states import Step
from butler.identity.permissions import Role
from butler.kit.database import db
from butler.looks.actions import allow_more
from butler.looks.states import FieldClass, LookKind, Standing, Why
from butler.privacy.actions import review
from butler.privacy.decoys import add_decoy
from butler.privacy.models import Finding
from butler.privacy.states import Rule
from figures import Show
from rows import between
from tests.privacy.stage import Stage, found

DAY = date(2026, 11, 25)  # a Wednesday


def families(stage: Stage) -> None:
    one = stage.looker("看同住的家人", Rule.RELATIVE)
    stage.look(one, stage.case(stage.resident("钱某", stage.lives(one))))
    two = stage.looker("看自己替办过事的母亲", Rule.RELATIVE)
    mother = stage.case(stage.resident("卫某"))
    mine = stage.case()
    for_the_mother = between(mother.beneficiary_id, two.person_id)
    mine.asker_id = mine.recorder_id = two.person_id
    mine.beneficiary_id, mine.delegation_id = mother.beneficiary_id, for_the_mother
    stage.look(two, mother)
    three = stage.looker("手上办着，也看替自己办过事的人", Rule.RELATIVE)
    child = stage.case(stage.resident("蒋某"))
    stage.do(three, child, Step.CLAIM)
    theirs = stage.case()
    for_the_third = between(three.person_id, child.asker_id)
    theirs.asker_id = theirs.recorder_id = child.asker_id
    theirs.beneficiary_id, theirs.delegation_id = three.person_id, for_the_third
    stage.look(three, child)
    db.session.flush()


def neighbours(stage: Stage) -> None:
    for what, kind in (("打开楼里邻居的事", LookKind.FULL), ("看邻居的材料", LookKind.PAPER)):
        one = stage.looker(what, Rule.SAME_BUILDING)
        stage.lives(one)
        stage.look(one, stage.case(), kind)
    two = stage.looker("查看邻居的电话", Rule.SAME_BUILDING)
    stage.lives(two)
    reveal(two, stage.case().number, fields=[FieldClass.PHONE], reason=Why.CONTACT, words="联系一下居民")
    three = stage.looker("按姓名找邻居", Rule.SAME_BUILDING)
    stage.lives(three)
    stage.search(three, stage.case())
    four = stage.looker("同楼同姓，手上办着", Rule.SAME_SURNAME, name="沈工")
    stage.lives(four)
    own = stage.case(stage.resident("沈某"))
    stage.do(four, own, Step.CLAIM)
    stage.look(four, own)
    five = stage.looker("同楼同姓，只是看看", Rule.SAME_SURNAME, name="韩工")
    stage.lives(five)
    stage.look(five, stage.case(stage.resident("韩某")))


def former_cases(stage: Stage) -> None:
    for what, kind in (("交给同事以后又打开", LookKind.FULL), ("交给同事以后又看材料", LookKind.PAPER)):
        stage.at("2026-11-24 09:00")
        one, colleague = stage.looker(what, Rule.AFTER_HANDOVER), stage.looker("同事", None)
        case = stage.case()
        stage.do(one, case, Step.CLAIM)
        stage.do(one, case, Step.RELEASE)
        stage.do(colleague, case, Step.CLAIM)
        stage.at("2026-11-25 11:00")
        stage.look(one, case, kind)
    for what, kind in (("办结九天又打开", LookKind.FULL), ("办结九天又看材料", LookKind.PAPER)):
        stage.at("2026-11-16 09:00")
        one, asker = stage.looker(what, Rule.AFTER_CLOSING), stage.resident()
        case = stage.case(asker)
        stage.do(asker, case, Step.CANCEL)
        stage.at("2026-11-25 11:00")
        stage.look(one, case, kind)
    stage.at("2026-11-16 09:00")
    two, asker = stage.looker("办结九天要联系居民", Rule.AFTER_CLOSING), stage.resident()
    case = stage.case(asker)
    stage.do(asker, case, Step.CANCEL)
    stage.at("2026-11-25 11:00")
    reveal(two, case.number, fields=[FieldClass.NAME], reason=Why.CONTACT, words="想联系一下")


def searches(stage: Stage) -> None:
    one = stage.looker("按姓名找三个人", Rule.SEARCHES)
    stage.search(one, *(stage.case() for _ in range(3)))
    two = stage.looker("夜里按姓名找一个人", Rule.SEARCHES)
    stage.at("2026-11-25 22:10")
    stage.search(two, stage.case())
    stage.at("2026-11-25 11:30")
    three = stage.looker("找了三个人并打开", Rule.SEARCHES)
    for case in (stage.case() for _ in range(3)):
        stage.search(three, case)
        stage.look(three, case)


def strangers(stage: Stage) -> None:
    stage.crowd(stage.looker("看不归自己办的一件", Rule.UNASSIGNED), 1, Standing.NONE)
    above = stage.looker("主管挨个看了十五个人", Rule.UNASSIGNED, role=Role.STREET_STAFF)
    stage.crowd(above, 15, Standing.ABOVE)
    stage.at("2026-11-25 22:30")
    stage.crowd(stage.looker("夜里看了十二个人", Rule.OFF_HOURS), 12, Standing.DESK)
    stage.at("2026-11-25 03:00")
    stage.crowd(stage.looker("凌晨看了十个人的材料", Rule.OFF_HOURS), 10, Standing.DESK, LookKind.PAPER)
    stage.at("2026-11-25 14:00")
    many = stage.looker("一天看了六十一个人，写了理由", Rule.TOO_MANY)
    allow_more(many, words="说是要做回访，社区安排的")
    stage.crowd(many, 61, Standing.DESK)
    stage.look(stage.looker("一天看同一个人六次", Rule.AGAIN_AND_AGAIN), stage.case(), times=6)
    stage.look(stage.looker("反复看同一个人的材料", Rule.AGAIN_AND_AGAIN), stage.case(), LookKind.PAPER, times=8)


def urgent_and_decoys(stage: Stage) -> None:
    above = stage.looker("紧急查看", Rule.BROKEN_GLASS, role=Role.STREET_STAFF)
    words = "说是领导要了解一下这个人"
    reveal(above, stage.case().number, fields=[FieldClass.NAME], reason=Why.CHECK, words=words, break_glass=True)
    decoy = add_decoy(unit_code=stage.town.here.community.code)
    stage.search(stage.looker("找到预设的线索", Rule.DECOY, role=Role.COMMUNITY_STAFF), decoy)
    stage.look(stage.looker("打开预设的线索", Rule.DECOY, role=Role.COMMUNITY_STAFF), decoy)
    export = stage.looker("导出的名单里有预设的线索", Rule.DECOY, role=Role.STREET_STAFF)
    stage.look(export, decoy, LookKind.EXPORT)


def unseen(stage: Stage) -> None:
    """What the rules cannot tell from work on the day itself."""
    one = stage.looker("找一个前女友，只看一次", Rule.SEARCHES)
    case = stage.case()
    stage.search(one, case)
    stage.look(one, case)
    two = stage.looker("看邻居，留一句话遮掩", Rule.LEFT_LYING)
    stage.lives(two)
    case = stage.case()
    stage.do(two, case, Step.CLAIM)
    stage.look(two, case)


def not_found(stage: Stage, rules: dict[int, set[str]]) -> list[str]:
    """The scenes of which nothing was found by the rule that is meant for them."""
    return [what for looker, (what, rule) in stage.expected.items() if rule and rule not in rules.get(looker, set())]


def test_thirty_ways_of_snooping(stage: Stage, show: Show) -> None:
    for play in (families, neighbours, former_cases, searches, strangers, urgent_and_decoys, unseen):
        stage.at("2026-11-25 10:00")
        play(stage)
    stage.at("2026-11-26 02:00")

    review(DAY)
    missed = not_found(stage, found())
    for number in range(1, 6):  # the nights that follow
        stage.at(f"{DAY + timedelta(days=number + 1)} 02:00")
        review(DAY + timedelta(days=number))

    rules = found()
    snoopers = [looker for looker, (_, rule) in stage.expected.items() if rule is not None]
    never = not_found(stage, rules)
    show(
        "T11", "thirty ways of snooping", scenes=len(snoopers), flagged_the_next_night=len(snoopers) - len(missed),
        flagged_within_a_week=len(snoopers) - len(never),
    )  # fmt: skip
    assert len(snoopers) == 30
    assert missed == ["找一个前女友，只看一次", "看邻居，留一句话遮掩"]
    assert never == ["找一个前女友，只看一次"]  # nothing tells it from a question at the counter
    assert [what for looker, (what, rule) in stage.expected.items() if rule is None and looker in rules] == []
    before = db.session.scalars(select(Finding.id)).all()
    assert review(DAY) == 0
    assert db.session.scalars(select(Finding.id)).all() == before


def test_an_ordinary_day_at_the_counter_raises_nothing(stage: Stage) -> None:
    """Seven people: hands full, a counter with visitors, papers in the evening, a supervisor who checks a few."""
    desk, counter, evening = (stage.looker(what, None) for what in ("手上的活", "柜台", "晚上收材料"))
    above = stage.looker("督促", None, role=Role.STREET_STAFF)
    stage.lives(desk, building=1)
    for hour in (9, 11, 14, 16):
        stage.at(f"2026-11-25 {hour:02}:20")
        waiting = [stage.case() for _ in range(4)]
        for _ in range(10):
            record_list(desk, waiting)
        for case in waiting:
            stage.do(desk, case, Step.CLAIM)
            stage.look(desk, case, times=3)
        visitors = [stage.case() for _ in range(5)]
        for case in visitors:
            stage.search(counter, case)
            stage.look(counter, case)
            stage.do(counter, case, Step.CLAIM)
    for case in (stage.case(), stage.case()):
        stage.search(counter, case)  # only asked how far it is
        stage.look(counter, case)
    reveal(counter, case.number, fields=[FieldClass.PHONE], reason=Why.CONTACT, words="居民让回电话")
    record_look(counter, case, LookKind.SEARCH, reason="number")
    stage.at("2026-11-25 19:30")
    for case in [stage.case() for _ in range(12)]:
        stage.do(evening, case, Step.CLAIM)
        stage.look(evening, case, LookKind.PAPER)
    stage.crowd(above, 10, Standing.ABOVE)
    stage.at("2026-11-22 10:00")
    asker = stage.resident()
    case = stage.case(asker)
    stage.do(asker, case, Step.CANCEL)
    stage.at("2026-11-25 16:00")
    stage.look(desk, case)  # three days after it was closed

    stage.at("2026-11-26 02:00")
    assert review(DAY) == 0
    assert review(DAY - timedelta(days=1)) == 0
    assert found() == {}
