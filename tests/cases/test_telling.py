"""Every step, every state and every paper has its sentence."""

from itertools import product

import pytest

from butler.cases.grades import GRADE_NAMES, TAGS, Grade
from butler.cases.procedures import PROCEDURES
from butler.cases.schemas import Act, Result
from butler.cases.states import ClockKind, Happening, Kind, Outcome, PauseReason, Stage, State, Step
from butler.cases.telling import (
    ACTS,
    CONFIRM_WORDS,
    RESULTS,
    tell_clock,
    tell_losses,
    tell_next,
    tell_paper,
    tell_progress,
    tell_step,
)
from butler.cases.wording import YOUR_OUTCOMES, YOUR_PAUSES, YOUR_STAGES, status_sentence
from services_catalog.words import PRESENTATIONS

UNTIL = "2026-11-27T17:30:00+08:00"
PAPERS = [{"name": "户口簿", "copies": 1}, {"name": "照片", "copies": 2}]
KEPT = {
    Step.DISPATCH: {"desk": "社区工作台"},
    Step.REFER_UP: {"desk": "社区工作台"},
    Step.PAUSE: {"reason": "waiting_for_resident", "until": UNTIL},
    Step.AUTHORISE: {"acts": ["submit", "collect_result"], "valid_until": UNTIL},
    Step.RECEIVE_ORIGINALS: {"originals": PAPERS},
    Step.RETURN_ORIGINALS: {"originals": PAPERS},
    Step.SUBMIT: {"window": "3 号窗口", "receipt_number": "R-7"},
    Step.RECORD_RESULT: {"result": "partly"},
    Step.CONVERT: {"errand": "7K3M-2QWX-9A4F"},
    Step.RATE: {"grade": 4},
    Happening.ATTACHED: {"kind": "photo"},
    Happening.DESTROYED: {"why": "withdrawn", "count": 2},
    Happening.ESCALATED: {"clock": "response", "rung": 1, "words": "交给第一网格督促"},
}


@pytest.mark.parametrize("step", [*Step, *Happening])
def test_every_step_is_told(step: Step | Happening) -> None:
    told = tell_step(step, State.REQUESTED, KEPT.get(step, {}))

    assert told.what
    assert not set("{}_") & set(told.what + "".join(told.details))


@pytest.mark.parametrize(
    ("step", "state", "what", "details"),
    [
        (Step.RECEIVE_ORIGINALS, State.COLLECTED, "收到了 2 样原件，有收条", ("户口簿 1 份、照片 2 份",)),
        (Step.SUBMIT, State.SUBMITTED, "把材料交到了3 号窗口", ("回执号 R-7",)),
        (Step.RECORD_RESULT, State.RESULT_READY, "带回了消息：部门只同意了一部分，结果已取回", ()),
        (Step.RESOLVE, State.DELIVERED, "已送到手上，请核对", ()),
        (Step.RESOLVE, State.NOT_DONE, "说明了这次没有办成", ()),
        (Step.RATE, State.DELIVERED, "作了评价：满意", ()),
        (
            Step.PAUSE,
            State.REQUESTED,
            "暂停计时",
            ("原因：等居民补材料或回话", "到 11月27日（周五） 17:30 自动接着办"),
        ),
    ],
)
def test_steps_are_told_with_what_was_kept(step: Step, state: State, what: str, details: tuple[str, ...]) -> None:
    told = tell_step(step, state, KEPT.get(step, {}))

    assert (told.what, told.details) == (what, details)


def test_words_cover_what_the_schemas_take() -> None:
    assert list(ACTS) == [act.value for act in Act]
    assert list(RESULTS) == [result.value for result in Result]
    assert list(YOUR_STAGES) == list(Stage)
    assert list(YOUR_OUTCOMES) == list(Outcome)
    assert list(YOUR_PAUSES) == list(PauseReason)
    assert list(GRADE_NAMES) == list(TAGS) == list(Grade)
    assert all(tell_clock(kind) for kind in ClockKind)


def test_everything_that_can_be_disputed_can_be_confirmed_in_words() -> None:
    disputed = {state for arrows in PROCEDURES.values() for state, step in arrows if step is Step.DISPUTE}

    assert set(CONFIRM_WORDS) == disputed


def test_progress_never_goes_back_along_a_procedure() -> None:
    road = [State.REQUESTED, State.AUTHORISED, State.COLLECTED, State.SUBMITTED, State.RESULT_READY, State.RETURNED]
    places = [tell_progress(Kind.ERRAND, Stage.IN_HAND, state, None) for state in road]

    assert [place.at for place in places if place] == [1, 1, 2, 3, 4, 4]


@pytest.mark.parametrize(("kind", "stage"), list(product(Kind, Stage)))
def test_progress_is_somewhere_on_the_road(kind: Kind, stage: Stage) -> None:
    for state in {state for state, _ in PROCEDURES[kind]}:
        outcome = Outcome.CONFIRMED if stage is Stage.CLOSED else None
        progress = tell_progress(kind, stage, state, outcome)

        assert (progress is None) == (state is State.NOT_DONE)
        assert progress is None or 0 <= progress.at <= len(progress.words)


@pytest.mark.parametrize("outcome", [Outcome.CANCELLED, Outcome.CONVERTED])
def test_case_that_left_the_road_has_no_progress(outcome: Outcome) -> None:
    assert tell_progress(Kind.CONSULT, Stage.CLOSED, State.ASKED, outcome) is None


@pytest.mark.parametrize("form", PRESENTATIONS)
@pytest.mark.parametrize("never_kept", [True, False])
def test_every_form_of_a_paper_has_its_words(form: str, never_kept: bool) -> None:
    words = tell_paper("居民身份证", form, never_kept=never_kept)

    assert words.startswith("居民身份证：")
    assert words != f"居民身份证：{form}"
    if never_kept:
        assert "用完就还" not in words


def test_losses_grow_with_what_there_is() -> None:
    assert len(tell_losses(State.REQUESTED, booked=False, authorised=False)) == 1
    assert len(tell_losses(State.SUBMITTED, booked=True, authorised=True)) == 4


def test_what_comes_next_depends_on_the_hour() -> None:
    day, night = (tell_next(Kind.ERRAND, off_hours=late) for late in (False, True))

    assert day[1:] == night[1:]
    assert day[0] != night[0]
    assert len(tell_next(Kind.CONSULT, off_hours=False)) == 2


@pytest.mark.parametrize(
    ("stage", "state", "sentence"),
    [
        (Stage.WAITING, State.REQUESTED, "已提交，等管家接单，最晚今天 11:00"),
        (Stage.WAITING, State.COLLECTED, "等管家接着办，最晚今天 11:00"),
        (Stage.IN_HAND, State.ASKED, "管家接单了，会答复您，最晚今天 11:00"),
        (Stage.RESOLVED, State.DELIVERED, "已送到您手上，请核对，今天 11:00前回个话"),
        (Stage.RESOLVED, State.ANSWERED, "管家答复了，请看是不是您要的，今天 11:00前回个话"),
    ],
)
def test_the_one_sentence(stage: Stage, state: State, sentence: str) -> None:
    assert status_sentence(stage=stage, state=state, who="管家", latest="今天 11:00", outcome=None) == sentence


@pytest.mark.parametrize(("stage", "state"), list(product(Stage, State)))
def test_every_place_has_a_sentence(stage: Stage, state: State) -> None:
    assert status_sentence(stage=stage, state=state, who="管家", latest=None, outcome=None)
