"""T24: whoever scans the card sees who stands at the door; a picture comes with consent and goes with the post."""

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from matrix.scene import hired
from PIL import Image
from sqlalchemy import select, text

from butler.identity import actions as identity
from butler.identity.models import Absence, Appointment, Person, StaffDeed
from butler.identity.permissions import Role
from butler.identity.scope import Actor
from butler.kit import clock
from butler.kit.database import ButlerFlask, db
from butler.kit.errors import Conflict, Invalid, NotFound
from butler.portraits import actions, jobs, queries
from butler.portraits.models import Portrait
from butler.portraits.rules import Span, may_have
from factories import Town
from figures import Show
from surfing import Browser, browser_of

Clock = Callable[[str], None]
MONDAY = "2026-11-23 09:00"


@pytest.fixture
def lead(town: Town, at: Clock) -> Actor:
    """Who is in charge of the butlers of the street."""
    at(MONDAY)
    return hired("lead", Role.PROPERTY_LEAD, town.here.street)


def picture(width: int = 900, height: int = 1200, kind: str = "JPEG", *, noise: bool = False) -> bytes:
    """One with a position in it, as telephones make them; `noise` is what compresses worst."""
    image = Image.effect_noise((width, height), 120) if noise else Image.linear_gradient("L").resize((width, height))
    exif = Image.Exif()
    exif.get_ifd(0x8825)[2] = (30.0, 15.0, 29.0)
    exif[0x010E] = "secret words"
    out = BytesIO()
    image.convert("RGB").save(out, kind, **({"exif": exif} if kind == "JPEG" else {}))
    return out.getvalue()


def shown_to_residents(client: FlaskClient, town: Town) -> str | None:
    """The address of the picture, as the card says it."""
    found: str | None = client.get(f"/api/v1/cards/{town.here.card.token}").json["butler"]["photo"]
    return found


def deeds_of(person_id: int) -> list[str]:
    lines = select(StaffDeed).where(StaffDeed.person_id == person_id).order_by(StaffDeed.id)
    return [line.deed for line in db.session.scalars(lines)]


def test_from_the_staff_page_to_the_card_and_away_again(client: FlaskClient, town: Town, lead: Actor) -> None:
    """The lead puts it up with the butler's consent; who scans sees it, without signing in; the butler takes it down."""
    butler, token = town.here.butler, town.here.card.token
    assert shown_to_residents(client, town) is None
    assert "照片" not in client.get(f"/c/{token}").text

    page = browser_of(client, lead.person_id).open(f"/staff/{butler.person_id}").follow("照片（居民扫卡看）")
    page.upload("放上照片", (picture(), "陈.jpg"))
    assert page.status == 422, "nobody is shown who has not agreed"
    assert db.session.scalar(select(Portrait.id)) is None
    page.upload("放上照片", (picture(), "陈.jpg"), agreed="1")
    assert page.status == 200
    assert "居民扫卡看得到" in page.text
    assert "放上照片" in page.open(f"/staff/{butler.person_id}").text
    with client.session_transaction() as kept:
        kept.clear()

    address = shown_to_residents(client, town)
    shown = client.get(f"/c/{token}").text
    assert address is not None
    assert f'src="{address}" alt="陈管家的照片"' in shown
    answer = client.get(address)
    assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
    assert answer.headers["Cache-Control"] == "private, max-age=300"
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in answer.headers
    with Image.open(BytesIO(answer.data)) as image:
        assert (image.format, image.size) == ("JPEG", (300, 400))
        assert not image.getexif()
    assert b"secret words" not in answer.data

    own = browser_of(client, butler.person_id).open("/desk/photo")
    own.press("撤下我的照片")
    assert "看不到您的照片" in own.text
    assert shown_to_residents(client, town) is None
    assert client.get(address).status_code == 404
    assert deeds_of(butler.person_id) == ["photo_shown", "photo_taken_down"]


def test_it_is_sealed_and_lies_nowhere_else(town: Town, lead: Actor) -> None:
    made = actions.show_portrait(lead, town.here.butler.person_id, picture(), agreed=True)
    db.session.flush()
    row = db.session.execute(text("SELECT * FROM portraits")).mappings().one()
    assert b"JFIF" in made.picture
    assert b"JFIF" not in bytes(row["picture"])
    assert row["agreed_to"] == "portrait-1"
    actions.show_portrait(lead, town.here.butler.person_id, picture(), agreed=True)
    assert db.session.scalars(select(Portrait.name)).one() != made.name, "the one before is gone, its address too"


def test_only_who_is_on_duty_is_shown_and_only_by_a_card_of_theirs(
    client: FlaskClient, town: Town, lead: Actor
) -> None:
    here = town.here
    actions.show_portrait(lead, here.butler.person_id, picture(), agreed=True)
    db.session.commit()
    address = shown_to_residents(client, town)
    assert address is not None
    name = address.rpartition("/")[2]
    assert client.get(f"/c/{town.sibling.card.token}/photo/{name}").status_code == 404, "not by the card of others"
    assert client.get(f"/c/{'0' * 26}/photo/{name}").status_code == 404
    assert client.get(f"/c/{here.card.token}/photo/{'0' * 32}.jpg").status_code == 404
    now = clock.now()
    db.session.add(Absence(person_id=here.butler.person_id, starts_at=now, ends_at=now.replace(hour=23)))
    db.session.commit()
    assert shown_to_residents(client, town) is None, "on leave, they are not at the door"
    assert client.get(address).status_code == 404


def test_only_who_gives_the_post_puts_one_up(town: Town, lead: Actor) -> None:
    beside = hired("beside", Role.PROPERTY_LEAD, town.sibling.street)
    for actor, butler in ((beside, town.here.butler), (lead, town.elsewhere.butler), (lead, town.here.grid_worker)):
        with pytest.raises(NotFound):
            actions.show_portrait(actor, butler.person_id, picture(), agreed=True)


def test_it_goes_with_the_post(client: FlaskClient, town: Town, lead: Actor, at: Clock) -> None:
    """Ended, shut out, or run out: each time it is deleted and the record says so. Moved to another desk it stays."""
    butler = db.session.get_one(Person, town.here.butler.person_id)
    post = db.session.scalars(select(Appointment).where(Appointment.person_id == butler.id)).one()

    def again() -> None:
        actions.show_portrait(lead, butler.id, picture(), agreed=True)

    def there() -> bool:
        db.session.flush()
        return db.session.scalar(select(Portrait.id).where(Portrait.person_id == butler.id)) is not None

    again()
    moved = identity.move_post(post, by=lead, person=butler, place=town.here.other_desk, why="换楼")
    assert there()
    identity.shut_out(butler, by=lead, why="离职")
    assert not there()
    with pytest.raises(Conflict):
        again()
    identity.let_in(butler, by=lead, why="回来")
    again()
    identity.take_post(moved, by=lead, person=butler, why="到期", on=clock.today().replace(day=25))
    assert there(), "until the day comes"
    assert jobs.take_down_over() == 0
    at("2026-11-25 00:10")
    assert jobs.take_down_over() == 1
    assert not there()
    assert deeds_of(butler.id)[-1] == "photo_taken_down"
    page = browser_of(client, lead.person_id).open(f"/staff/{butler.id}")
    assert "不再是管家" in page.text
    assert "照片（居民扫卡看）" not in page.page.links


def test_the_scanner_looks_before_anybody_else(
    app: ButlerFlask, town: Town, lead: Actor, monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:
    scanner = tmp_path / "scanner"
    monkeypatch.setitem(app.extensions, "settings", _with(app, str(scanner)))
    butler = town.here.butler.person_id
    for ends, left in ((0, True), (1, False)):
        scanner.write_text(f"#!/bin/sh\ncat > /dev/null\nexit {ends}\n")
        scanner.chmod(0o700)
        actions.show_portrait(lead, butler, picture(), agreed=True)
        assert queries.name_shown(butler) is None
        assert jobs.scan_waiting() == 1
        assert (queries.name_shown(butler) is not None) == left
        assert jobs.scan_waiting() == 0
    assert deeds_of(butler)[-1] == "photo_taken_down"


def _with(app: ButlerFlask, command: str):
    return replace(app.extensions["settings"], scan_command=command)


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (b"", "empty"),
        (b"%PDF-1.7\n%%EOF", "no-picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "unknown"),
        (picture(159, 400), "too-small"),
        (picture()[:500], "broken"),
    ],
    ids=["empty", "pdf", "svg", "small", "cut"],
)
def test_what_is_no_picture_of_somebody_is_refused(town: Town, lead: Actor, sent: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        actions.show_portrait(lead, town.here.butler.person_id, sent, agreed=True)
    assert [(error.pointer, error.code) for error in refused.value.errors] == [("/file", code)]


def test_a_first_view_stays_light(client: FlaskClient, town: Town, lead: Actor, show: Show) -> None:
    """Noise, the worst there is, and still page, styles and picture together are less than 100 kB."""
    actions.show_portrait(lead, town.here.butler.person_id, picture(2000, 2600, "PNG", noise=True), agreed=True)
    db.session.commit()
    page = client.get(f"/c/{town.here.card.token}")
    address = shown_to_residents(client, town)
    assert address is not None
    weight = len(client.get(address).data)
    with client.get("/static/web.css") as styles:
        whole = weight + len(page.data) + len(styles.data)
    show("T24", "a card's page with the photo of who is on duty", photo_bytes=weight, first_view_bytes=whole)
    assert weight <= 30_000
    assert whole <= 100_000


SPANS = st.lists(st.tuples(st.sampled_from(list(Role)), st.none() | st.dates()), max_size=4)


@given(SPANS, st.booleans(), st.dates())
def test_may_have(posts: list[Span], disabled: bool, today) -> None:
    """A post that ends today does not hold today; only a butler's counts; the disabled never have one."""
    found = may_have(posts, disabled=disabled, today=today)
    assert found == (
        not disabled and any(r == Role.BUTLER and (e or today.max) > today for r, e in posts if e != today)
    )
    assert not may_have([(role, today) for role, _ in posts], disabled=False, today=today)


def test_a_page_of_a_stranger_has_no_photo_of_their_own(client: FlaskClient, town: Town) -> None:
    assert "居民扫卡看不到您的照片" in browser_of(client, town.here.butler.person_id).open("/desk/photo").text
    assert Browser(client.application.test_client()).open("/desk/photo").text.count("照片") == 0
