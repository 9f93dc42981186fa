"""What comes in with a case and its steps. The same schemas read JSON and forms."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import marshmallow as ma
from marshmallow import fields as plain

from butler.cases.states import Kind, Mode, PauseReason, Stage, Step, Urgency
from butler.files.states import FileKind
from butler.kit.errors import NotFound
from butler.looks.rules import COVERED
from butler.looks.states import FieldClass, SearchBy, Why
from butler.web.fields import Day, Flag, Ident, Moment, Phone, Said, Schema, Text, Whole, Word


class Act(StrEnum):
    """What a butler may be authorised to do; each is named in the letter (民法典 art 165)."""

    SUBMIT = "submit"
    SIGN_RECEIPT = "sign_receipt"
    CORRECT_MATERIALS = "correct_materials"
    COLLECT_RESULT = "collect_result"


class SignedHow(StrEnum):
    """How the mandate was given."""

    PAPER = "paper"
    IN_PERSON = "in_person"


class SignedBy(StrEnum):
    """Whose signature is on it: of the person it is for, or of who asked for them."""

    BENEFICIARY = "beneficiary"
    DELEGATE = "delegate"


class Result(StrEnum):
    """What the authority decided."""

    GRANTED = "granted"
    PARTLY = "partly"
    REFUSED = "refused"


class Small(StrEnum):
    """Asked for a small copy."""

    YES = "1"


class As(StrEnum):
    """In which capacity the caller lists cases."""

    ASKER = "asker"
    HOLDER = "holder"
    DESK = "desk"


class BeneficiaryIn(Schema):
    """Whom it is for, when not for the caller: the delegation by which the caller acts for them."""

    delegation = Ident(required=True)


class FileIn(Schema):
    """What somebody asks for. The place: a card, a building or a unit, the most exact one known."""

    kind = Word(Kind, required=True)
    matter_code = Text(max=8)
    mode = Word(Mode)
    card_token = Text(max=32)
    building_id = Ident()
    unit_code = Text(max=15)
    slot_id = Text(max=30)
    summary = Text(max=1000, multiline=True, load_default="")
    urgency = Word(Urgency, load_default=Urgency.NORMAL)
    answers = plain.Dict(keys=Text(max=20), values=plain.Raw(), load_default=dict)
    beneficiary = plain.Nested(BeneficiaryIn, allow_none=True)
    beneficiary_sees = Flag(load_default=True)
    no_calls = Flag(load_default=False)
    no_texts = Flag(load_default=False)
    consents = plain.List(Text(max=40), load_default=list, validate=ma.validate.Length(max=20))

    @ma.validates_schema
    def _one_place(self, data: Mapping[str, object], **_: object) -> None:
        given = [name for name in ("card_token", "building_id", "unit_code") if data.get(name)]
        if len(given) != 1:
            message = "请扫管家名片，或选择楼栋、社区（只给一个）。"
            raise ma.ValidationError({given[-1] if given else "card_token": [Said(message, "place")]})


def _only_what_is_covered(chosen: list[FieldClass]) -> None:
    """A function and not `ContainsOnly`, which the description of the API would take for the choices of the list itself."""
    if not set(chosen) <= set(COVERED):
        raise ma.ValidationError(Said("这一项平时就看得到，不用选。", "choice"))


class RevealIn(Schema):
    """What to uncover, and why. `break_glass`: for posts that usually do not see it; the lead is told at once."""

    fields_ = plain.List(
        Word(FieldClass),
        data_key="fields",
        attribute="fields",
        required=True,
        validate=[
            ma.validate.Length(min=1, max=len(COVERED), error=Said("请选要看哪些内容。", "required")),
            _only_what_is_covered,
        ],
    )
    reason = Word(Why, required=True)
    words = Text(max=200, required=True)
    break_glass = Flag(load_default=False)


class DoubtIn(Schema):
    """What seems wrong about a look, in the resident's words."""

    words = Text(max=500, multiline=True, required=True)


class MeetIn(Schema):
    """Whose telephone somebody before the butler says it is."""

    phone = Phone(required=True)


class SearchIn(Schema):
    """Whom to look for: a whole name, a whole phone number or the number of a case."""

    by = Word(SearchBy, required=True)
    text = Text(max=60, required=True)

    @ma.post_load
    def _plain_phone(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        if data["by"] is SearchBy.PHONE:
            try:
                data["text"] = _PHONE.deserialize(data["text"])
            except ma.ValidationError as wrong:
                raise ma.ValidationError({"text": wrong.messages}) from wrong
        return data


_PHONE = Phone()


class MoreLooksIn(Schema):
    """Why somebody has to look at more people today."""

    words = Text(max=500, multiline=True, required=True)


class NoteIn(Schema):
    """A step that needs no more than words, and often not even those."""

    note = Text(max=1000, multiline=True, load_default="")


class WordsIn(Schema):
    """A step that says nothing without words."""

    note = Text(max=1000, multiline=True, required=True)


class DispatchIn(NoteIn):
    """To which desk."""

    desk_id = Ident(required=True)


class PauseIn(NoteIn):
    """Why the clocks are held, and until when."""

    reason = Word(PauseReason, required=True)
    until = Moment(required=True)


class ConvertIn(NoteIn):
    """Which matter the question turns out to be."""

    matter_code = Text(max=8, required=True)


class AuthoriseIn(NoteIn):
    """What the resident allows the butler to do, how it was signed and by whom."""

    acts = plain.List(Word(Act), load_default=lambda: list(Act), validate=ma.validate.Length(min=1, max=4))
    signed_how = Word(SignedHow, load_default=SignedHow.PAPER)
    signed_by = Word(SignedBy, load_default=SignedBy.BENEFICIARY)


class OriginalIn(Schema):
    """One paper handed over."""

    name = Text(max=60, required=True)
    copies = Whole(min=1, max=99, load_default=1)
    condition = Text(max=200, load_default="完好")


class ReceiveIn(NoteIn):
    """Which papers are handed over."""

    items = plain.List(plain.Nested(OriginalIn), required=True, validate=ma.validate.Length(min=1, max=30))


class SubmitIn(NoteIn):
    """Where it was handed in, the receipt, when the result is expected."""

    window = Text(max=100, required=True)
    receipt_number = Text(max=60, load_default="")
    expected_on = Day(load_default=None)


class ResultIn(NoteIn):
    """What the authority decided."""

    result = Word(Result, required=True)


class RateIn(NoteIn):
    """The resident's judgement: 5 非常满意 … 1 非常不满意."""

    grade = Whole(min=1, max=5, required=True)
    tags = plain.List(Text(max=20), load_default=list, validate=ma.validate.Length(max=10))


STEP_INPUTS: Mapping[Step, Schema] = {
    Step.CLAIM: NoteIn(),
    Step.RELEASE: WordsIn(),
    Step.DISPATCH: DispatchIn(),
    Step.REFER_UP: WordsIn(),
    Step.PAUSE: PauseIn(),
    Step.RESUME: NoteIn(),
    Step.NOTE: WordsIn(),
    Step.URGE: NoteIn(),
    Step.RESOLVE: NoteIn(),
    Step.CONFIRM: NoteIn(),
    Step.DISPUTE: WordsIn(),
    Step.RATE: RateIn(),
    Step.CANCEL: NoteIn(),
    Step.ANSWER: WordsIn(),
    Step.CONVERT: ConvertIn(),
    Step.AUTHORISE: AuthoriseIn(),
    Step.RECEIVE_ORIGINALS: ReceiveIn(),
    Step.SUBMIT: SubmitIn(),
    Step.RECORD_RESULT: ResultIn(),
    Step.RETURN_ORIGINALS: NoteIn(),
}


class AttachIn(Schema):
    """What a file shows, and what for; the file itself is the field `file`."""

    kind = Word(FileKind, required=True)
    purpose = Text(max=60, load_default="")
    consents = plain.List(Text(max=40), load_default=list, validate=ma.validate.Length(max=20))


class CopyIn(Schema):
    """How big a copy: whole, or small enough to be one of many on a page."""

    small = Word(Small, load_default=None)


class ListIn(Schema):
    """Which cases, from where on."""

    as_ = Word(As, data_key="as", load_default=As.ASKER)
    stage = Word(Stage)
    cursor = Text(max=200)
    limit = Whole(min=1, max=50, load_default=20)


class QueueIn(Schema):
    """Which of the caller's desks, from where on."""

    desk = Ident()
    cursor = Text(max=200)
    limit = Whole(min=1, max=50, load_default=20)


class ClaimIn(Schema):
    """Which of the caller's desks; any, when none is given."""

    desk = Ident(allow_none=True)


class CursorIn(Schema):
    """From where on."""

    cursor = Text(max=200)
    limit = Whole(min=1, max=50, load_default=20)


class LooksIn(CursorIn):
    """Who has looked; `asked` once a doubt has been sent."""

    asked = Flag()


def step_named(word: str) -> Step:
    """The step of this name. Raises NotFound: the address does not exist."""
    try:
        return Step(word)
    except ValueError:
        raise NotFound("没有这一步。现在能办的步骤在 allowed_steps 里。") from None
