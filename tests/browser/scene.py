"""A busy morning in the demo town: a case in every state, so that every page has something to show.

The residents of the first building asked, the butler of the first card works, the grid worker has one that is late.
"""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw
from sqlalchemy import select

from butler.cards import actions as cards
from butler.cards import reporting
from butler.cards.models import Card
from butler.cards.rules import StandsOut
from butler.cards.states import Odd, Wrong
from butler.cases.actions.booking import open_slots
from butler.cases.actions.consenting import take_back
from butler.cases.actions.filing import Wish, file_case
from butler.cases.models import Case
from butler.cases.states import Kind, Mode, Urgency
from butler.consents.models import Consent
from butler.consents.states import Channel, Purpose
from butler.demo.family import GRANDSON
from butler.families import actions as families
from butler.families.states import Power
from butler.identity import actions as identity
from butler.identity.hashing import phone_index
from butler.identity.models import Appointment, Person, Residence
from butler.identity.permissions import Role
from butler.kit import clock
from butler.kit.database import db
from butler.ledger.actions import seal_next
from butler.looks.models import Look
from butler.looks.states import LookKind
from butler.org import queries as org_queries
from butler.org.models import Building, Household, Unit
from butler.portraits import actions as portraits
from butler.privacy.models import Finding
from factories import HAND_OVER, PAPERS, actor_of
from surfing import browser_of
from tests.browser.site import Site

ERRAND = "M012"  # 老年人公共交通优待卡
MEDICAL = "M016"  # 异地就医备案
IN_PERSON = "M075"  # 结婚登记: no butler may do it
LONG = "我妈妈今年八十六岁了，腿脚不便，住在一单元一楼，敲门要敲重一点；她耳朵不好，打电话请大声些，最好先打给我。" * 4
PHOTO = {"name": "近期免冠照片", "copies": 2, "condition": "完好"}
BOOK = {"name": "户口簿首页和本人页", "copies": 1, "condition": "封面有旧折痕"}


@dataclass(frozen=True)
class Scene:
    """Who takes part, and the numbers of the cases by what is special about them."""

    me: str  # the phone of the resident with a case in every state
    newcomer: str  # the phone of a resident without any
    mover: str  # the phone of a resident with two homes
    stranger: str  # the phone of somebody who lives nowhere we know
    butler: str
    grid_worker: str
    community: str
    idle_butler: str  # of another estate, where nobody has asked for anything
    street: str
    lead: str
    editor: str
    officer: str
    administrator: str
    token: str
    replaced: str  # the token of a card that was replaced
    colleague: int  # the id of the idle butler
    post: int  # of the idle butler's appointment
    invitation: str  # the token of a link with which somebody joins
    child: str = GRANDSON.phone  # the phone of a resident under 14
    report: str = ""  # the number under which somebody said that a card is not right
    look: int = 0  # a look of the butler at `begun`
    finding: int = 0  # the question that came of it
    consent: int = 0  # to keep photos of papers of `waiting`
    asked_of_me: int = 0  # a relative waits for my answer
    given: int = 0  # I let a relative act for me, and they have
    cases: dict[str, str] = field(default_factory=dict)


def build(site: Site) -> Scene:
    """Make it, committed."""
    scene = _cast(site)
    _fill(site, scene)
    _portrait(site, scene)
    look, finding = _look(site, scene)
    asked_of_me, given = _family(site, scene)
    consent = _consent(site, scene)
    return replace(
        scene,
        look=look,
        finding=finding,
        asked_of_me=asked_of_me,
        given=given,
        consent=consent,
        report=_report(site, scene),
    )


def _portrait(site: Site, scene: Scene) -> None:
    """Residents see the butler of the card."""
    with site.at_work():
        shown = BytesIO()
        face = Image.new("RGB", (600, 800), "#cfe3da")
        draw = ImageDraw.Draw(face)
        draw.ellipse((190, 140, 410, 400), fill="#e8c9a8")
        draw.rounded_rectangle((90, 430, 510, 900), 120, fill="#0a6b4a")
        face.save(shown, "JPEG")
        lead, butler = site.actor(scene.lead), site.actor(scene.butler)
        portraits.show_portrait(lead, butler.person_id, shown.getvalue(), agreed=True)


def _family(site: Site, scene: Scene) -> tuple[int, int]:
    """The newcomer may act for me and has asked for something; the mover would like to."""
    with site.at_work():
        me, newcomer, mover = (
            db.session.scalars(select(Person).where(Person.phone_index == phone_index(phone))).one()
            for phone in (scene.me, scene.newcomer, scene.mover)
        )
        day = clock.today() + timedelta(days=90)
        wish: dict[str, Any] = {"acts": [Power.ASK, Power.DECIDE], "matters": (), "until": day}
        given = families.grant(actor_of(me), name="女儿", phone=scene.newcomer, **wish)
        asked = families.propose(actor_of(mover), name="舅舅", phone=scene.me, **wish)
        home = db.session.scalars(
            select(Household.building_id)
            .join(Residence, Residence.household_id == Household.id)
            .where(Residence.person_id == me.id)
        ).one()
        file_case(
            actor_of(newcomer),
            Wish(kind=Kind.CONSULT, building_id=home, summary="妈妈想问", beneficiary={"delegation": given.id}),
        )
        return asked.id, given.id


def _fill(site: Site, scene: Scene) -> None:
    """A case in every state."""
    number = scene.cases
    number["waiting"] = _file(site, scene, Kind.ERRAND, ERRAND, summary="腿脚不便，请上门")
    number["urgent"] = _file(site, scene, Kind.ERRAND, MEDICAL, urgency=Urgency.URGENT, summary=LONG)
    number["question"] = _file(site, scene, Kind.CONSULT, None, summary="楼道灯坏了找谁？")
    number["evening"] = _file(site, scene, Kind.ERRAND, ERRAND, evening=True, summary="晚上在家")
    for name in (
        "begun", "signed", "collected", "submitted", "result", "paused", "delivered", "not_done", "confirmed", "overdue",
    ):  # fmt: skip
        number[name] = _file(site, scene, Kind.ERRAND, ERRAND, summary="请帮我办一张卡")
        site.take(scene.butler, number[name], "claim")
    _work(site, scene)
    for name in ("asked", "answered", "rated", "turned"):
        number[name] = _file(site, scene, Kind.CONSULT, ERRAND, summary="多大年纪可以办？")
        site.take(scene.butler, number[name], "claim")
    answer = "满 70 周岁就能办。带身份证和一张照片，到街道便民服务中心，当场就给。"
    site.take(scene.butler, number["answered"], "answer", note=answer)
    site.take(scene.butler, number["rated"], "answer", note=answer)
    site.take(scene.me, number["rated"], "confirm")
    site.take(scene.me, number["rated"], "rate", grade=5, tags=["态度好"], note="很快")
    site.take(scene.butler, number["turned"], "convert", matter_code=ERRAND, note="我来帮您办")
    number["cancelled"] = _file(site, scene, Kind.ERRAND, ERRAND)
    site.take(scene.me, number["cancelled"], "cancel", note="自己去办了")
    number["late"] = _file(site, scene, Kind.ERRAND, MEDICAL, summary="下个月要去上海住院")
    site.be_late(number["late"])
    site.be_late(number["overdue"])
    site.deliver()
    with site.at_work():
        seal_next()


def _work(site: Site, scene: Scene) -> None:
    """The butler takes each case as far as its name says."""
    number, butler = scene.cases, scene.butler
    handed_in = ("submitted", "result", "delivered", "confirmed")
    for name in ("signed", "collected", *handed_in):
        site.take(butler, number[name], "authorise")
    for name in ("collected", "submitted", "result"):
        site.take(butler, number[name], "receive_originals", items=[PHOTO, BOOK])
    for name in handed_in:
        site.take(
            butler, number[name], "submit", window="街道便民服务中心 2 号窗口", receipt_number="演示-0001",
            expected_on="2026-12-01",
        )  # fmt: skip
    for name in ("result", "delivered", "confirmed"):
        site.take(butler, number[name], "record_result", result="granted", note="卡片已经制好")
    for name in ("delivered", "confirmed"):
        site.take(butler, number[name], "resolve", note="卡片放在您家了，有效期到 2036 年。")
    site.take(scene.me, number["confirmed"], "confirm")
    site.take(butler, number["not_done"], "resolve", note="您还差三个月满 70 周岁。到明年 3 月再办，我提前提醒您。")
    site.take(
        butler, number["paused"], "pause", reason="waiting_for_resident", until="2026-12-02T17:30:00+08:00",
        note="还差一张一寸照片，准备好了打电话给我。",
    )  # fmt: skip


def _cast(site: Site) -> Scene:
    """Who is who; a card is replaced, somebody gets a second home, somebody has none."""
    token = site.cards[0]["token"]
    doors = [one["phone"] for one in site.residents if one["building"] == site.cards[0]["building"]]
    with site.at_work():
        card = db.session.scalars(select(Card).where(Card.token == token)).one()
        building = db.session.get_one(Building, card.building_id)
        grid = org_queries.place_of_building(building.id).unit.code
        mover = db.session.scalars(select(Person).where(Person.phone_index == phone_index(doors[-1]))).one()
        other = db.session.scalars(select(Household.id).where(Household.building_id != building.id).limit(1)).one()
        since = db.session.scalars(select(Residence.valid_from).where(Residence.person_id == mover.id)).one()
        db.session.add(Residence(person_id=mover.id, household_id=other, valid_from=since))
        stranger = Person(name="外来（演示）", phone="10099990077", is_demo=True, created_at=mover.created_at)
        db.session.add(stranger)
        old = db.session.scalars(select(Card).where(Card.token == site.cards[9]["token"])).one()
        cards.replace(card=old, by=None)
    butlers = [one["username"] for one in site.staff if one["role"] == "butler"]
    community = next(one["unit_code"] for one in site.staff if one["username"] == butlers[0])
    return Scene(
        me=doors[-2],
        newcomer=doors[-3],
        mover=doors[-1],
        stranger="10099990077",
        butler=butlers[0],
        grid_worker=next(one["username"] for one in site.staff if one["unit_code"] == grid),
        community=next(
            one["username"] for one in site.staff if one["role"] == "community_staff" and one["unit_code"] == community
        ),
        idle_butler=butlers[-1],
        token=token,
        replaced=site.cards[9]["token"],
        **_staff(site, butlers[-1]),
    )


def _staff(site: Site, colleague: str) -> dict[str, Any]:
    """Those who look after people, matters and the log; what their pages are about."""
    roles = {
        "street": "street_staff", "lead": "property_lead", "editor": "catalogue_editor", "officer": "privacy_officer",
        "administrator": "administrator",
    }  # fmt: skip
    named = {name: next(one["username"] for one in site.staff if one["role"] == role) for name, role in roles.items()}
    with site.at_work():
        person = db.session.scalars(select(Person).where(Person.username == colleague)).one()
        post = db.session.scalars(select(Appointment).where(Appointment.person_id == person.id)).one()
        administrator = site.actor(named["administrator"])
        place = db.session.get_one(Unit, administrator.posts[0].unit_id)
        token, _ = identity.invite(
            by=administrator, name="新同事（演示）", role=Role.CATALOGUE_EDITOR, place=place, why="演示"
        )
        return {**named, "colleague": person.id, "post": post.id, "invitation": token}


def _look(site: Site, scene: Scene) -> tuple[int, int]:
    """The butler opens a case, and its resident asks why: the look and the question."""
    number = scene.cases["begun"]
    with site.at_work():
        butler, resident = site.actor(scene.butler).person_id, site.actor(scene.me).person_id
        at_desk = browser_of(site.app.test_client(), butler)
        at_home = browser_of(site.app.test_client(), resident)
    at_desk.open(f"/desk/cases/{number}")
    with site.at_work():
        look = db.session.scalars(select(Look.id).where(Look.kind == LookKind.FULL).order_by(Look.id.desc())).first()
    assert look is not None
    at_home.open(f"/my/cases/{number}/looks/{look}/doubt").press("请隐私专员去问", words="这个人是我邻居，不办我的事")
    with site.at_work():
        return look, db.session.scalars(select(Finding.id)).one()


def _consent(site: Site, scene: Scene) -> int:
    """Something that is agreed to; something else has been taken back."""
    with site.at_work():
        me = site.actor(scene.me)
        take_back(me, scene.cases["question"], Purpose.PAPERS, channel=Channel.PAGE)
        of_case = select(Case.id).where(Case.number == scene.cases["waiting"]).scalar_subquery()
        return db.session.scalars(
            select(Consent.id).where(Consent.case_id == of_case, Consent.purpose == Purpose.PAPERS)
        ).one()


def _report(site: Site, scene: Scene) -> str:
    """Somebody says that the card is not right, and somebody scanned it a lot at night."""
    with site.at_work():
        card = db.session.scalars(select(Card).where(Card.token == scene.token)).one()
        reporting.note_odd(card, StandsOut(Odd.AT_NIGHT, 26, 1), day=clock.today() - timedelta(days=1))
        said = {"wrong": Wrong.PASTED_OVER, "words": "电梯口，上面又盖了一张", "asked_from": "10.1.2.3"}
        return reporting.report(token=scene.token, **said).number  # type: ignore[arg-type]


def _file(site: Site, scene: Scene, kind: Kind, code: str | None, *, evening: bool = False, **more: Any) -> str:
    with site.at_work():
        asker = site.actor(scene.me)
        card = db.session.scalars(select(Card).where(Card.token == scene.token)).one()
        more.setdefault("consents", [PAPERS] if kind is Kind.CONSULT else [HAND_OVER, PAPERS])
        mode = None if kind is Kind.CONSULT else Mode.OFF_HOURS if evening else Mode.DAYTIME
        slot = next(slot.id for slot in open_slots(card.desk_id) if slot.free) if evening else None
        case: Case = file_case(
            asker, Wish(kind=kind, matter_code=code, mode=mode, building_id=card.building_id, slot_id=slot, **more)
        )
        return case.number
