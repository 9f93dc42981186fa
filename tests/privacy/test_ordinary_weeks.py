"""Two weeks of ordinary work, with what looks odd and is not: how often the rules raise a false alarm."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from sqlalchemy import func, select

from butler.cases.actions.looking import record_list, record_look
from butler.cases.actions.revealing import reveal
from butler.cases.models import Case
from butler.cases.states import Step
from butler.identity.permissions import Role
from butler.kit.database import db
from butler.looks.actions import Seen, record_looks
from butler.looks.models import Look
from butler.looks.states import FieldClass, LookKind, Standing, Why
from butler.privacy.actions import review
from butler.privacy.models import Finding
from figures import Show
from tests.privacy.stage import Stage

SEED = 11
DAYS = [date(2026, 11, 9) + timedelta(days=n) for n in (*range(5), *range(7, 12))]  # ten days of work


def at_desk(stage: Stage, day: date, chance: Random) -> None:
    """A butler's desk: claim, read, answer; some waiting ones are opened by two before one takes them."""
    butlers = stage.people["desk"]
    for one in butlers:
        record_list(one, stage.waiting)
        for number, case in enumerate(take(stage, chance, 2)):
            opener = butlers[(butlers.index(one) + 1) % len(butlers)]
            if number == 0:
                stage.look(opener, case)  # and leaves it to the other
            stage.do(one, case, Step.CLAIM)
            stage.look(one, case, times=chance.randint(1, 3))
            stage.look(one, case, LookKind.PAPER)
            reveal(one, case.number, fields=[FieldClass.PHONE], reason=Why.CONTACT, words="打电话问材料")
            if chance.random() < 0.1:
                stage.do(one, case, Step.RELEASE, note="要请专办窗口的同事来办")
            else:
                stage.do(one, case, Step.ANSWER, note="在便民中心三号窗口办，带身份证")


def at_counter(stage: Stage, day: date, chance: Random) -> None:
    """Residents come by or call: most are helped, some only ask how far it is; names are typed wrongly."""
    one = stage.people["counter"][0]
    for _ in range(chance.randint(0, 3)):
        record_looks(one, LookKind.SEARCH, [Seen(None, None)], fields=(), reason="name")
    for case in take(stage, chance, 3):
        stage.search(one, case)
        stage.look(one, case)
        stage.do(one, case, Step.CLAIM)
        stage.do(one, case, Step.ANSWER, note="已经当面说清楚了")
    asked = chance.sample(stage.answered, min(5, len(stage.answered)))
    for case in asked[:2]:  # at the counter: how far is it?
        stage.search(one, case)
        stage.look(one, case)
    for case in asked[2:]:  # on the telephone
        record_look(one, case, LookKind.SEARCH, reason="phone")
        stage.look(one, case)


def above(stage: Stage, day: date, chance: Random) -> None:
    """A supervisor: reads many lines, opens some, the same late case every other day; a table every Friday."""
    one = stage.people["above"][0]
    for _ in range(6):
        stage.lines(one, 30, Standing.ABOVE)
    stage.crowd(one, 8, Standing.ABOVE)
    if day.day % 2:
        stage.look(one, stage.late)
    if day.weekday() == 4:
        record_list(
            one, [*stage.answered[:30], stage.late], kind=LookKind.EXPORT, reason="check", words="周会要看的名单"
        )


def on_duty(stage: Stage, day: date, chance: Random) -> None:
    """Papers until nine; at night two calls for help."""
    one = stage.people["duty"][0]
    stage.at(f"{day} 19:40")
    for case in take(stage, chance, 2):
        stage.do(one, case, Step.CLAIM)
        stage.look(one, case, LookKind.PAPER)
        stage.do(one, case, Step.ANSWER, note="材料都齐了")
    stage.at(f"{day} 23:50")
    stage.crowd(one, 2, Standing.DESK)


def take(stage: Stage, chance: Random, some: int) -> Iterator[Case]:
    """Cases that wait; they are answered ones afterwards."""
    for _ in range(some):
        case = stage.waiting.pop(chance.randrange(len(stage.waiting)))
        yield case
        stage.answered.append(case)


def open_up(stage: Stage) -> None:
    """Who works here, and what waits."""
    stage.at("2026-11-08 09:00")
    people = {what: [stage.somebody()] for what in ("counter", "duty")}
    people |= {"desk": [stage.somebody() for _ in range(3)], "above": [stage.somebody(Role.STREET_STAFF)]}
    stage.people = people
    for one, building in zip(people["desk"], (0, 1, 1), strict=True):  # the first lives where everybody asks from
        stage.lives(one, building)
    stage.lives(people["above"][0], building=1)
    stage.late = stage.case()
    stage.do(people["counter"][0], stage.late, Step.CLAIM)
    stage.waiting = [stage.case() for _ in range(112)]
    stage.waiting.append(stage.case(stage.at_home(people["duty"][0])))  # a colleague asks for something
    stage.leaves(people["desk"][2], on=DAYS[-1] + timedelta(days=1))


def test_two_ordinary_weeks_raise_an_alarm_only_about_who_lives_where_they_work(stage: Stage, show: Show) -> None:
    """Who opens a neighbour's case and leaves it to a colleague is asked about it; nobody else is asked about anything."""
    chance = Random(SEED)
    open_up(stage)

    for day in DAYS:
        for hour, part in ((9, at_desk), (14, at_counter), (16, above), (19, on_duty)):
            stage.at(f"{day} {hour:02}:15")
            part(stage, day, chance)
    for number in range((DAYS[-1] - DAYS[0]).days + 6):
        day = DAYS[0] + timedelta(days=number)
        stage.at(f"{day + timedelta(days=1)} 02:00")
        review(day)

    neighbour = stage.people["desk"][0].person_id
    looks = db.session.scalar(select(func.count()).select_from(Look).where(Look.kind != LookKind.LIST)) or 0
    theirs = db.session.scalar(select(func.count()).where(Look.looker_id == neighbour, Look.kind != LookKind.LIST)) or 0
    alarms = db.session.scalars(select(Finding.looker_id)).all()
    others = [looker for looker in alarms if looker != neighbour]
    show(
        "T11", "false alarms in two weeks of ordinary work", seed=SEED, days=len(DAYS), looks=looks - theirs,
        alarms=len(others), in_a_thousand=round(1000 * len(others) / (looks - theirs), 1),
        looks_of_who_lives_there=theirs, alarms_about_them=len(alarms) - len(others),
    )  # fmt: skip
    assert looks > 400
    assert others == []
    assert 0 < len(alarms) < 20
