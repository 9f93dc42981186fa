"""T9: the key by which people are found changes while everything runs: nobody is doubled, nobody is lost."""

import random
import threading
import uuid
from collections import Counter
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from apart import application_apart, bearer
from butler.app import create_app
from butler.dev.servers import Urls
from butler.identity import queries as identity
from butler.identity.actions.reindexing import Reindexed, count_by_key, reindex
from butler.identity.models import Person
from butler.kit import rekeying
from butler.kit.database import ButlerFlask, db, unit_of_work
from butler.kit.numbers import new_secret
from butler.kit.sealing import read_ring
from butler.settings import Settings
from factories import load_calendar, make_town
from figures import Show

PHONES = 24  # new ones in each phase
THREADS = 3  # of each application
SEED = 20261127
WEIGHTS = tuple(2**place % 11 for place in range(17, 0, -1))
# What each of two processes has in BUTLER_INDEX_KEY, one restart after the other, and whether keys are rotated meanwhile.
PHASES = (
    ("1", "1", False),
    ("1 2", "1", False),
    ("1 2", "1 2", False),
    ("2 1", "1 2", False),
    ("2 1", "2 1", True),
    ("2", "2 1", False),
    ("2", "2", True),
    ("2 3", "2", False),  # and once more: the next key takes the column of the first
    ("3 2", "2 3", False),
    ("3 2", "3 2", True),
    ("3", "3 2", False),
    ("3", "3", True),
)


def card_of(number: int) -> str:
    """The number of a card of an area that does not exist, with a right check character."""
    plain = f"99999919450101{number:03}"
    total = sum(int(digit) * weight for digit, weight in zip(plain, WEIGHTS, strict=True))
    return plain + "10X98765432"[total % 11]


class Butler(threading.Thread):
    """Somebody who verifies one resident after the other on one application: some new, some known, some with a card that
    another telephone has shown."""

    def __init__(
        self, app: ButlerFlask, caller: dict[str, str], some: list[int], answers: dict[int, list[int]]
    ) -> None:
        super().__init__()
        self.app, self.caller, self.some, self.answers = app, caller, some, answers
        self.wrong: list[str] = []

    def run(self) -> None:
        client = self.app.test_client()
        for number in self.some:
            wish = {
                "phone": phone(number),
                "name": f"居民{number}",
                "how": "id_card",
                "id_number": card_of(number // 2),
            }
            headers = self.caller | {"Idempotency-Key": uuid.uuid4().hex}
            answer = client.post("/api/v1/residents/verifications", json=wish, headers=headers)
            if answer.status_code not in (200, 409):  # 409: the card was seen with the other telephone
                self.wrong.append(answer.text[:200])
            self.answers.setdefault(number, []).append(answer.status_code)


def phone(number: int) -> str:
    return f"1006600{number:04}"


@pytest.mark.proof
def test_the_index_key_changes_beside_live_load(urls: Urls, settings: Settings, show: Show) -> None:
    keys, sealing, dice = {n: new_secret() for n in "123"}, f"first:{new_secret()}", random.Random(SEED)
    rings = {
        order: read_ring(sealing, ",".join(f"{n}:{keys[n]}" for n in order.split()), secret_key="", production=True)
        for order in {one for phase in PHASES for one in phase[:2]}
    }
    begun = replace(settings, keys=sealing, index_key=f"1:{keys['1']}")
    answers: dict[int, list[int]] = {}
    wrong: list[str] = []
    reindexed: list[Reindexed] = []
    with application_apart(urls, begun, "indexing", connections=8) as app:
        beside = create_app(app.extensions["settings"])  # another process of the same installation
        beside.extensions["kick"] = None
        with app.app_context():
            with unit_of_work():
                load_calendar()
                callers = [bearer(make_town().here.butler.person_id)]
                before = db.session.scalar(select(func.count()).select_from(Person)) or 0
            db.session.remove()
        for place, (here, there, rotating) in enumerate(PHASES):
            app.extensions["ring"], beside.extensions["ring"] = rings[here], rings[there]
            known = [number for number, given in answers.items() if 200 in given]
            new = range(place * PHONES, (place + 1) * PHONES)
            butlers = []
            for one in (app, beside) * THREADS:
                some = [*new, *dice.sample(known, min(len(known), PHONES))]
                butlers.append(Butler(one, callers[0], dice.sample(some, k=PHONES), answers))
            for butler in butlers:
                butler.start()
            with app.app_context():
                if rotating:
                    reindexed.append(reindex())
                db.session.remove()
            for butler in butlers:
                butler.join()
                wrong += butler.wrong
        with app.app_context():
            people = dict(db.session.execute(select(Person.id, Person.phone).where(Person.name.is_not(None))).all())
            met = [number for number, given in answers.items() if 200 in given]
            lost = [one for one in met if getattr(identity.find_by_phone(phone(one)), "phone", None) != phone(one)]
            carded = select(func.count()).where(Person.id_number_index.is_not(None))
            with_card = db.session.scalar(carded) or 0
            unreadable = [row for one in rekeying.check() for row in one.unreadable]
            last = reindex()
            by_key = count_by_key()
            db.session.remove()
        with beside.app_context():
            db.session.remove()
            db.engine.dispose()
    doubled = [one for one, many in Counter(people.values()).items() if one is not None and many > 1]
    cards = {number // 2 for number in answers}
    twice = [card for card in cards if sum(200 in answers.get(n, []) for n in (2 * card, 2 * card + 1)) != 1]
    assert (wrong, doubled, lost, unreadable, twice) == ([], [], [], [], [])
    assert len(people) == before + len(met)
    assert last == Reindexed(0, 0, 0)
    assert by_key["phone_index"].keys() == {3}
    assert 0 < with_card <= len(cards)
    show(
        "T9",
        "the index key changes while people work",
        changes_of_key=2,
        phases=len(PHASES),
        people=len(met),
        verifications=sum(map(len, answers.values())),
        people_indexed_anew=sum(one.people for one in reindexed),
        doubled=0,
        lost=0,
        cards_accepted_twice=0,
    )
