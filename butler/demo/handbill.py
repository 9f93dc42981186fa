"""``instance/demo.json``: what anybody needs to script a first visit. Demo mode only."""

import json
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from butler.cards.models import Card
from butler.demo import family
from butler.demo.town import PASSWORD
from butler.identity.models import Appointment, Person, Residence
from butler.kit.database import db
from butler.org.models import Building, Estate, Household, Unit
from butler.settings import Settings

RESIDENTS = 40


def write_handbill(settings: Settings) -> Path:
    """Write the file for the town as it stands now, readable by its owner only; returns where."""
    path = settings.instance / "demo.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".tmp")
    draft.write_text(json.dumps(_handbill(settings), ensure_ascii=False, indent=1), encoding="utf-8")
    draft.chmod(0o600)
    draft.replace(path)
    return path


def _handbill(settings: Settings) -> dict[str, Any]:
    return {"base_url": settings.base_url, "cards": _cards(), "residents": _residents(), "staff": _staff()}


def _cards() -> list[dict[str, str]]:
    whole = joinedload(Card.building).joinedload(Building.estate).joinedload(Estate.community)
    cards = db.session.scalars(select(Card).where(Card.revoked_at.is_(None)).order_by(Card.id).options(whole))
    return [
        {
            "token": card.token,
            "building": f"{card.building.estate.name} {card.building.name}",
            "community": card.building.estate.community.name,
        }
        for card in cards
        if card.building is not None
    ]


def _residents() -> list[dict[str, str | None]]:
    """Neighbours of the first buildings; the family of `demo.family` last."""
    query = (
        select(Person.phone, Person.name, Estate.name + " " + Building.name)
        .outerjoin(Residence, Residence.person_id == Person.id)
        .outerjoin(Household, Household.id == Residence.household_id)
        .outerjoin(Building, Building.id == Household.building_id)
        .outerjoin(Estate, Estate.id == Building.estate_id)
        .where(Person.is_demo)
    )
    neighbours = query.where(Building.id.is_not(None)).order_by(Building.id, Household.id).limit(RESIDENTS)
    relatives = [row for phone in family.PHONES for row in db.session.execute(query.where(Person.has_phone(phone)))]
    return [
        {"phone": phone, "name": name, "building": building or family.AWAY}
        for phone, name, building in [*db.session.execute(neighbours), *relatives]
    ]


def _staff() -> list[dict[str, str | None]]:
    rows = db.session.execute(
        select(Person.username, Appointment.role, Unit.code, Unit.name)
        .join(Appointment, Appointment.person_id == Person.id)
        .join(Unit, Unit.id == Appointment.unit_id)
        .where(Person.is_demo, Appointment.valid_to.is_(None))
        .order_by(Person.username)
    )
    return [
        {"username": username, "password": PASSWORD, "role": role, "unit_code": code, "unit_name": name}
        for username, role, code, name in rows
    ]
