"""From the outbox to a channel: once in the demo, honestly not at all where there is no gateway."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from butler.kit import clock, outbox
from butler.kit.database import db
from butler.kit.outbox import OutboxMessage
from butler.notifications.actions import tell
from butler.notifications.channels import DemoChannel, Message, NoChannel, Unconfigured
from butler.notifications.deliveries import deliver_code, deliver_notice
from butler.notifications.models import DemoMessage
from butler.notifications.queries import demo_messages, notices_of
from rows import NOON, make_case, make_person


class Recording:
    """A provider that remembers."""

    def __init__(self):
        self.sent = []

    def send(self, message, dedupe_id):
        self.sent.append((message, dedupe_id))


@pytest.fixture
def use(app, session, monkeypatch):
    """Deliver through this channel."""

    def deliver_through(channel):
        deliveries = {"code": deliver_code(channel), "notice": deliver_notice(channel)}
        monkeypatch.setitem(app.extensions, "deliveries", deliveries)
        return channel

    return deliver_through


def test_code_goes_to_its_phone(use):
    channel = use(Recording())
    outbox.put("code", "code:1", {"phone": "10000000001", "text": "【管家通】验证码 482913", "code": "482913"})
    db.session.commit()

    assert outbox.drain() == 1

    message = Message(channel="sms", recipient="10000000001", text="【管家通】验证码 482913", code="482913")
    assert channel.sent == [(message, "code:1")]


def test_notice_goes_to_the_phone_else_to_the_user_name_else_nowhere(use):
    channel = use(Recording())
    resident = make_person()
    staff = make_person(phone=None, username="butler1", password_hash="x")
    both = make_person(username="butler2", password_hash="x")
    neither = make_person(phone=None)
    left = make_person(disabled_at=NOON)
    case = make_case()
    tell(case.id, "2", {one.id: f"给{one.id}" for one in (resident, staff, both, neither, left)})
    db.session.commit()

    assert outbox.drain() == 5

    assert channel.sent == [
        (Message(channel=kind, recipient=to, text=f"给{one.id}"), f"case:{case.id}:2:{one.id}")
        for kind, to, one in (
            ("sms", resident.phone, resident),
            ("wechat", "butler1", staff),
            ("sms", both.phone, both),
        )
    ]
    assert db.session.scalars(select(OutboxMessage.sent_at).where(OutboxMessage.sent_at.is_(None))).all() == []
    assert [notice.text for notice in notices_of(neither.id).items] == [f"给{neither.id}"]


def test_demo_channel_shows_a_message_once_however_often_it_is_sent(session):
    channel = DemoChannel()
    message = Message(channel="sms", recipient="10000000001", text="验证码 482913", code="482913")

    for _ in range(3):
        channel.send(message, "code:1")
    channel.send(Message(channel="wechat", recipient="butler1", text="新办件"), "case:1:1:2")

    assert [(m.channel, m.recipient, m.text, m.code) for m in demo_messages(10)] == [
        ("wechat", "butler1", "新办件", None),
        ("sms", "10000000001", "验证码 482913", "482913"),
    ]
    assert [m.dedupe_id for m in demo_messages(1)] == ["case:1:1:2"]


def test_a_crash_between_sending_and_noting_it_shows_the_message_once(use, monkeypatch):
    """The provider has it, the outbox does not know: it is sent again and shown once."""
    use(DemoChannel())
    outbox.put("code", "code:1", {"phone": "10000000001", "text": "验证码", "code": "1"})
    db.session.commit()
    outbox.drain()
    (row,) = db.session.scalars(select(OutboxMessage))
    row.sent_at, row.payload = None, {"phone": "10000000001", "text": "验证码", "code": "1"}
    db.session.commit()

    assert outbox.drain() == 1

    assert db.session.scalars(select(DemoMessage.dedupe_id)).all() == ["code:1"]


def test_without_a_gateway_nothing_is_sent_and_in_the_end_a_person_sees_it(use, monkeypatch):
    use(Unconfigured())
    outbox.put("code", "code:1", {"phone": "10000000001", "text": "验证码", "code": "1"})
    db.session.commit()
    now = clock.now()

    for _ in range(len(outbox.RETRY_AFTER) + 1):
        assert outbox.drain() == 1
        now += timedelta(days=1)
        monkeypatch.setattr(clock, "now", lambda now=now: now)

    (row,) = db.session.scalars(select(OutboxMessage))
    assert (row.sent_at, row.dead_at is None, row.last_error) == (None, False, "NoChannel")
    assert row.payload["code"] == "1"
    assert demo_messages(10) == []
    with pytest.raises(NoChannel):
        Unconfigured().send(Message(channel="sms", recipient="x", text="y"), "z")


def test_notices_of_pages_newest_first_and_only_ones_own(session):
    person, stranger, case = make_person(), make_person(), make_case()
    for step in range(5):
        tell(case.id, str(step), {person.id: f"第{step}条", stranger.id: "别人的"})

    first = notices_of(person.id, limit=2)
    second = notices_of(person.id, limit=2, cursor=first.next_cursor)
    last = notices_of(person.id, limit=2, cursor=second.next_cursor)

    assert [[notice.text for notice in page.items] for page in (first, second, last)] == [
        ["第4条", "第3条"],
        ["第2条", "第1条"],
        ["第0条"],
    ]
    assert last.next_cursor is None
