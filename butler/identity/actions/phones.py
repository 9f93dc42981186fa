"""Another telephone for a resident: by themselves with both in hand, or face to face at a desk when the old one is lost
(ASVS 7.5.1). Nobody ever gets there by answering questions."""

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from butler.identity.actions.codes import ask_code, use_code
from butler.identity.actions.signing_in import NAMELESS, end_other_sign_ins, end_sign_ins_of
from butler.identity.actions.verifying import check_may_verify
from butler.identity.hashing import ID_NUMBER, index_for
from butler.identity.models import OneTimeCode, Person, PhoneChange, SignIn
from butler.identity.rules import COOLING, NOTICE_TO_NEW_PHONE, NOTICE_TO_OLD_PHONE
from butler.identity.scope import Actor
from butler.identity.states import PhoneChangedHow, VerifiedHow
from butler.kit import clock, daykeys, outbox
from butler.kit.clock import CHINA
from butler.kit.database import db
from butler.kit.errors import Conflict, Invalid

_HOW = {VerifiedHow.ID_CARD: PhoneChangedHow.ID_CARD, VerifiedHow.OTHER_PAPER: PhoneChangedHow.OTHER_PAPER}


def ask_new_phone(actor: Actor, *, phone: str, asked_from: str | None) -> OneTimeCode:
    """Send a code to the telephone somebody wants to have from now on. The same for numbers that are somebody's and those
    that are nobody's. Raises Invalid for the present one, Conflict as `change_phone` does, RateLimited."""
    _check_wish(db.session.get_one(Person, actor.person_id), phone)
    return ask_code(phone=phone, asked_from=asked_from)


def change_phone(sign_in: SignIn, *, phone: str, code: str) -> None:
    """Give whoever is signed in another telephone: they have just proved the present one (`session.demand_code_again`), and
    prove the new one with the code that was sent there.

    Every other sign-in ends, the old number is told, and for a day nothing of weight can be done (`check_settled`). Raises
    WrongCode, Invalid, and Conflict: for staff, for who has changed it within the day, and, once the code was right, when
    the number is another person's; whoever holds it could find that out by signing in.
    """
    person = _lock(Person.id == sign_in.person_id)
    assert person is not None
    _check_wish(person, phone)
    use_code(phone=phone, digits=code)
    _give(
        person,
        phone,
        PhoneChange(how=PhoneChangedHow.CODES),
        taken="这个号码已经登记过，是另一个账号，没有改动。是您自己以前登记的，请用它登录，在“我的个人信息”里注销那个账号，再来换；不是的，请当面找管家。",
    )
    end_other_sign_ins(sign_in)


def change_phone_face_to_face(
    *, by: Actor, phone: str, new_phone: str, name: str, how: VerifiedHow, why: str, id_number: str | None = None
) -> None:
    """Note that a resident, whose old telephone is lost, stands before `by` with their papers and a new one.

    What the papers say has to be what we know: the whole name, and the card when one was seen before. The new number needs
    no code here, and nobody at a desk ever asks for one: it opens nothing until its holder signs in with a code. Every
    sign-in ends and WeChat is forgotten, both numbers are told. Raises NotAllowed as `verify_resident` does, Invalid, and
    Conflict when it does not fit or the number cannot be had.
    """
    if how not in _HOW:
        raise Invalid.at("/how", "换手机号要看证件，当面认识还不够。", code="papers-needed")
    if how is VerifiedHow.ID_CARD and id_number is None:
        raise Invalid.at("/id_number", "看了身份证的，请照着证件填上号码；号码不保存。", code="required")
    person = _lock(Person.has_phone(phone))
    if person is not None:
        check_may_verify(person, by)
    if person is None or not _fits(person, name, how, id_number):
        raise Conflict("姓名或证件和这个手机号的登记对不上，没有改动。请核对；还是不对的，请社区工作人员核实后处理。")
    if person.phone == new_phone:
        raise Invalid.at("/new_phone", "新的号码和原来的一样。", code="same")
    sealed = daykeys.seal("phone_changes.sealed_why", why)
    change = PhoneChange(how=_HOW[how], by_id=by.person_id, sealed_why=sealed)
    _give(person, new_phone, change, taken="这个新号码不能用，没有改动。请请居民再核对一遍号码。")
    person.wechat_openid = None  # a lost telephone is often one that is signed in to WeChat
    end_sign_ins_of(person)
    text = {"phone": new_phone, "text": NOTICE_TO_NEW_PHONE}
    outbox.put("text", f"phone-changed-{change.id}-new", text)


def check_settled(person_id: int) -> None:
    """Raise Conflict within a day of a changed telephone: if it was not them, they have had time to hear of it and say so.
    For what cannot be taken back: taking all data along, giving power, leaving, another telephone again."""
    last = db.session.scalar(
        select(PhoneChange.at).where(PhoneChange.person_id == person_id).order_by(PhoneChange.at.desc()).limit(1)
    )
    if last is not None and clock.now() < last + COOLING:
        until = (last + COOLING).astimezone(CHINA)
        raise Conflict(
            f"您的手机号刚换过。为了安全，这一步要等一天，到{until.month}月{until.day}日 {until:%H:%M} 以后才能办。"
            "什么都没有改动。别的事照常办。",
            title="换号后先等一天",
        )


def _check_wish(person: Person, phone: str) -> None:
    if person.username is not None:
        raise Conflict("工作人员用用户名和密码登录，不用换这里的手机号。没有改动。")
    check_settled(person.id)
    if person.phone == phone:
        raise Invalid.at("/phone", "这就是您现在的手机号。请填新的号码。", code="same")


def _fits(person: Person, name: str, how: VerifiedHow, id_number: str | None) -> bool:
    """Whether the papers are those of the person we know; of somebody who never said their name nothing can fit."""
    known = {person.id_number_index, person.id_number_index_even} - {None}
    if known and (how is not VerifiedHow.ID_CARD or known.isdisjoint(_indexes(id_number))):
        return False
    return name.strip() == person.name.strip() != NAMELESS


def _indexes(id_number: str | None) -> set[bytes]:
    found = {index_for(ID_NUMBER, id_number, even=even) for even in (False, True)}
    return {one for one in found if one is not None}


def _give(person: Person, phone: str, change: PhoneChange, *, taken: str) -> None:
    old = person.phone
    try:
        with db.session.begin_nested():
            person.phone = phone
            db.session.flush()
    except IntegrityError as error:
        raise Conflict(taken) from error
    change.person_id, change.at = person.id, clock.now()
    db.session.add(change)
    db.session.flush()
    if old is not None:  # whoever wants no texts gets this one: it is said to who may just have lost everything
        outbox.put("text", f"phone-changed-{change.id}-old", {"phone": old, "text": NOTICE_TO_OLD_PHONE})


def _lock(which: object) -> Person | None:
    query = select(Person).where(which).with_for_update()  # type: ignore[arg-type]
    return db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
