"""From a row of the outbox to a message on a channel: what `kit.outbox` calls for its topics."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from butler.cases.models import Case
from butler.cases.queries.finding import hidden_from, unwanted
from butler.consents.queries import may_send_wechat
from butler.identity.models import Person
from butler.kit import envelopes
from butler.kit.database import unit_of_work
from butler.kit.outbox import Delivery
from butler.notifications.channels import Channel, Message
from butler.notifications.models import TEXT, Notice


def deliver_code(channel: Channel) -> Delivery:
    """Topic ``code`` {phone, text, code}: a one-time code to a phone."""

    def deliver(payload: Mapping[str, Any], dedupe_id: str) -> None:
        message = Message(channel="sms", recipient=payload["phone"], text=payload["text"], code=payload["code"])
        channel.send(message, dedupe_id)

    return deliver


def deliver_text(channel: Channel) -> Delivery:
    """Topic ``text`` {phone, text}: to a number, whoever has it now; what an old number is told when there is another."""

    def deliver(payload: Mapping[str, Any], dedupe_id: str) -> None:
        channel.send(Message(channel="sms", recipient=payload["phone"], text=payload["text"]), dedupe_id)

    return deliver


def deliver_word(channel: Channel) -> Delivery:
    """Topic ``word`` {person_id, text}: what is about no case, to the phone of the person, or to the user name of staff.

    Who has neither, wants no texts or may no longer sign in, is sent nothing.
    """

    def deliver(payload: Mapping[str, Any], dedupe_id: str) -> None:
        with unit_of_work() as session:
            person = session.execute(
                select(Person.phone, Person.username).where(
                    Person.id == payload["person_id"], Person.disabled_at.is_(None), ~Person.no_texts
                )
            ).one_or_none()
        if person is not None:
            _send(channel, person.phone, person.username, payload["text"], dedupe_id)

    return deliver


def deliver_notice(channel: Channel) -> Delivery:
    """Topic ``notice`` {notice_id}: to the WeChat of who agreed to that, else to the phone of the person, or to the user
    name of staff without one.

    Who has neither, or may no longer sign in, is sent nothing; the notice stays to be read on their page. Nor is a
    text that has been destroyed meanwhile, or one about a case that has been hidden from them.
    Whose own case it is and who wants no texts reads it when they open the case.
    """

    def deliver(payload: Mapping[str, Any], dedupe_id: str) -> None:
        with unit_of_work() as session:  # over before the provider is called: it may be slow
            told = session.execute(
                select(
                    Notice.case_id,
                    Notice.sealed_text,
                    Person.phone,
                    Person.username,
                    Person.wechat_openid,
                    may_send_wechat(Person.id).label("by_wechat"),
                )
                .join(Person, Person.id == Notice.person_id)
                .join(Case, Case.id == Notice.case_id)
                .where(
                    Notice.id == payload["notice_id"],
                    Person.disabled_at.is_(None),
                    ~hidden_from(Notice.person_id),
                    ~unwanted(Notice.person_id),
                )
            ).one_or_none()
            if told is None or envelopes.is_gone(told.case_id, told.sealed_text):
                return
            text = envelopes.read_text(told.case_id, TEXT, told.sealed_text)
        if told.by_wechat and told.wechat_openid is not None:
            channel.send(Message(channel="wechat", recipient=told.wechat_openid, text=text), dedupe_id)
        else:
            _send(channel, told.phone, told.username, text, dedupe_id)

    return deliver


def _send(channel: Channel, phone: str | None, username: str | None, text: str, dedupe_id: str) -> None:
    if phone is not None:
        channel.send(Message(channel="sms", recipient=phone, text=text), dedupe_id)
    elif username is not None:
        channel.send(Message(channel="wechat", recipient=username, text=text), dedupe_id)
