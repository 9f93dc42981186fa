"""What follows when somebody looks at a decoy, or a resident asks why."""

from butler.cases.events import LookDoubted
from butler.kit import clock
from butler.looks.events import DecoySeen
from butler.privacy import wording
from butler.privacy.actions import note, tell_officers
from butler.privacy.queries import numbers_of, path_of_unit
from butler.privacy.states import Rule


def raise_alarm(event: DecoySeen) -> None:
    """A finding and a notice to the privacy officers, in the transaction of the look itself; once a day and looker."""
    now, path = clock.now(), path_of_unit(event.unit_id)
    named = f"{event.looker_id}:{now.date().isoformat()}"
    new = note(
        f"decoy:{named}:{event.case_id}", rule=Rule.DECOY, day=now.date(), looker_id=event.looker_id, role=event.role,
        unit_path=path, person_id=None, case_id=event.case_id, number=_number(event.case_id), looks=1, first_at=now,
    )  # fmt: skip
    if new:
        tell_officers(event.case_id, f"decoy-{named}", path, wording.ALARM, but=[event.looker_id])


def ask_about_doubt(event: LookDoubted) -> None:
    """A resident asks why somebody looked: the privacy officers are told, the looker is not."""
    path = path_of_unit(event.unit_id)
    new = note(
        f"doubted:{event.look_id}", rule=Rule.DOUBTED, doubt=event.words, day=event.day, looker_id=event.looker_id,
        role=event.role, unit_path=path, person_id=event.person_id, case_id=event.case_id, looks=1,
        number=_number(event.case_id), first_at=event.at,
    )  # fmt: skip
    if new:
        tell_officers(event.case_id, f"doubt-{event.look_id}", path, wording.DOUBT, but=[event.looker_id])


def _number(case_id: int) -> str | None:
    return numbers_of({case_id}).get(case_id)
