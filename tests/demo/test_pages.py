"""The demo's pages, as a visitor sees them."""

import json
from datetime import timedelta

import pytest

from butler.notifications.models import DemoMessage
from butler.web.guard import Access
from rows import NOON

TOWN = {
    "base_url": "http://localhost",
    "cards": [{"token": "0123456789ABCDEFGHJKMNPQRS", "building": "演示苑1幢", "community": "演示社区"}],
    "residents": [{"phone": "10000000001", "name": "张演示", "building": "演示苑1幢"}],
    "staff": [
        {
            "username": "butler1", "password": "demo-<password>", "role": "butler", "unit_code": "330106002",
            "unit_name": "演示街道",
        }
    ],
}  # fmt: skip


@pytest.fixture
def messages(session):
    """A code and, a minute later, a notice with signs that mean something in HTML."""
    session.add_all(
        [
            DemoMessage(
                dedupe_id="1", channel="sms", recipient="10000000001", text="验证码 482913", code="482913", at=NOON
            ),
            DemoMessage(
                dedupe_id="2",
                channel="wechat",
                recipient="butler1",
                text="新办件<b>",
                at=NOON + timedelta(minutes=1),
            ),
        ]
    )
    session.commit()


@pytest.fixture
def town(settings):
    """What the demo data leaves in the instance."""
    path = settings.instance / "demo.json"
    path.write_text(json.dumps(TOWN), encoding="utf-8")
    yield
    path.unlink()


def test_inbox_json_lists_messages_newest_first(client, messages):
    answer = client.get("/demo/inbox.json")

    assert answer.status_code == 200
    assert answer.json == {
        "items": [
            {
                "channel": "wechat",
                "to": "butler1",
                "text": "新办件<b>",
                "code": None,
                "at": "2026-11-25T12:01:00+08:00",
            },
            {
                "channel": "sms",
                "to": "10000000001",
                "text": "验证码 482913",
                "code": "482913",
                "at": "2026-11-25T12:00:00+08:00",
            },
        ]
    }


def test_inbox_json_without_messages_is_an_empty_list(client):
    assert client.get("/demo/inbox.json").json == {"items": []}


def test_inbox_page_shows_messages_newest_first_and_escaped(client, messages):
    page = client.get("/demo/inbox").get_data(as_text=True)

    assert page.index("新办件&lt;b&gt;") < page.index("验证码 482913")
    assert "<b>482913</b>" in page
    assert "微信 发给 butler1" in page
    assert "短信 发给 10000000001" in page


def test_inbox_page_without_messages_says_what_will_come(client):
    assert "还没有消息。" in client.get("/demo/inbox").get_data(as_text=True)


def test_demo_page_lists_sign_ins_and_cards(client, town):
    page = client.get("/demo").get_data(as_text=True)

    assert "<h1>演示</h1>" in page
    assert 'href="/c/0123456789ABCDEFGHJKMNPQRS"' in page
    assert "<td>10000000001</td><td>张演示</td><td>演示苑1幢</td>" in page
    assert "<td>管家</td><td>演示街道</td><td>butler1</td><td>demo-&lt;password&gt;</td>" in page


def test_demo_page_before_there_is_a_town_says_so(client):
    answer = client.get("/demo")

    assert answer.status_code == 200
    assert "还没有演示数据。" in answer.get_data(as_text=True)


def test_demo_pages_are_for_everybody(app):
    views = {name: view.access for name, view in app.view_functions.items() if name.startswith("demo_pages.")}

    assert views == dict.fromkeys(["demo_pages.show", "demo_pages.inbox", "demo_pages.inbox_json"], Access("public"))
