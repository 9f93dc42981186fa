"""Decoys: residents who do not exist. Nobody has a reason to look at them."""

import secrets

from sqlalchemy import delete

from butler.cases.actions.filing import Wish, file_case
from butler.cases.actions.moving import take_step
from butler.cases.models import Case
from butler.cases.states import Kind, Step
from butler.identity.actions import add_resident
from butler.identity.scope import Actor
from butler.kit import clock
from butler.kit.database import db
from butler.kit.outbox import OutboxMessage
from butler.looks.models import Decoy
from butler.notifications.models import Notice

_FAMILIES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_GIVEN = ("建国", "秀英", "桂兰", "志强", "玉珍", "海燕", "文斌", "丽华", "国平", "淑芬", "永康", "小梅")


def add_decoy(*, unit_code: str, name: str | None = None) -> Case:
    """A decoy in a unit: a person without a telephone and a question of theirs that was taken back at once.

    Closed, so that no list of work shows it: only who searches, exports or follows numbers comes by. Nobody is told of
    it. Raises Invalid for a unit that is not there.
    """
    name = name or secrets.choice(_FAMILIES) + secrets.choice(_GIVEN)
    person = add_resident(name=name, phone=None)
    asker = Actor(person_id=person.id, name=name, posts=())
    case = file_case(asker, Wish(kind=Kind.CONSULT, unit_code=unit_code, summary="想问一下补贴什么时候到。"))
    take_step(asker, case.number, Step.CANCEL, {}, version=case.version)
    db.session.flush()
    kept = delete(Notice).where(Notice.case_id == case.id).returning(Notice.dedupe_id)
    dedupe_ids = db.session.scalars(kept).all()
    db.session.execute(delete(OutboxMessage).where(OutboxMessage.dedupe_id.in_(dedupe_ids)))
    db.session.add(Decoy(case_id=case.id, person_id=person.id, unit_id=case.unit_id, made_at=clock.now()))
    db.session.flush()
    return case
