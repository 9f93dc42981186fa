"""Whatever a field accepts can be stored, and is the same when it is sent again."""

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

import marshmallow as ma
import pytest
from hypothesis import given
from hypothesis import strategies as st

from butler.kit.clock import CHINA
from butler.kit.database import ButlerFlask
from butler.web import fields

ANY_TEXT = st.text(st.characters(), max_size=80)  # surrogates and control characters too
LINE, LINES = fields.Text(max=60), fields.Text(max=60, multiline=True)


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


@given(ANY_TEXT)
def test_accepted_line_can_be_stored_and_is_one_line(text: str) -> None:
    accepted = _accepted(LINE, text)

    if accepted is not None:
        assert "\x00" not in accepted
        assert accepted.encode("utf-8").decode("utf-8") == accepted
        assert len(accepted.splitlines()) <= 1
        assert len(accepted) <= 60
        assert LINE.deserialize(accepted) == accepted


@given(ANY_TEXT)
def test_accepted_text_can_be_stored(text: str) -> None:
    accepted = _accepted(LINES, text)

    if accepted is not None:
        assert "\x00" not in accepted
        assert "\r" not in accepted
        assert accepted.encode("utf-8").decode("utf-8") == accepted
        assert LINES.deserialize(accepted) == accepted


@pytest.mark.parametrize(
    "text",
    [
        "王",
        "古丽·阿依木",
        "𠮷𬱖䶮㼆",
        "👨‍👩‍👧‍👦",
        "e\u0301".join("ab"),
        "{{7*7}}",
        "'; drop table",
        "<b>",
        "%_",
        "=1+1",
        "\ufe0f",
    ],
)
def test_text_of_real_people_is_accepted(text: str) -> None:
    assert _accepted(LINE, text) is not None


def test_text_is_composed_and_trimmed() -> None:
    assert LINE.deserialize("\u3000\u00a0Cafe\u0301 \t\n") == "Café"


def test_line_breaks_become_one_kind() -> None:
    assert LINES.deserialize("一\r\n二\r三\n四\t五") == "一\n二\n三\n四\t五"


@pytest.mark.parametrize("mark", ["\x00", "\x1b", "\x7f", "\x85", "\u202e", "\u2066", "\u200f", "\u061c", "\ud800"])
@pytest.mark.parametrize("field", [LINE, LINES])
def test_text_with_a_mark_nobody_sees_is_refused(field: fields.Text, mark: str) -> None:
    with pytest.raises(ma.ValidationError) as refused:
        field.deserialize(f"甲{mark}乙")

    assert [said.code for said in refused.value.messages] == ["text-invalid"]


def test_required_text_must_not_be_blank() -> None:
    assert _accepted(fields.Text(max=5, required=True), " \u3000") is None
    assert _accepted(fields.Text(max=5), " ") == ""


@given(st.dates(date(1900, 1, 1), date(2100, 12, 31)))
def test_day_comes_back(day: date) -> None:
    assert fields.Day().deserialize(day.isoformat()) == day


@given(
    st.datetimes(datetime(1900, 1, 2), datetime(2100, 12, 30)),
    st.integers(-14 * 60, 14 * 60).map(lambda minutes: timedelta(minutes=minutes)),
)
def test_moment_comes_back_in_chinese_time(naive: datetime, offset: timedelta) -> None:
    moment = naive.replace(tzinfo=timezone(offset))
    field = fields.Moment()

    read = field.deserialize(moment.isoformat())

    assert read == moment
    assert read.tzinfo is CHINA
    assert field.deserialize(field._serialize(read)) == read.replace(microsecond=0)


@given(st.integers())
def test_whole_takes_what_is_in_its_range(number: int) -> None:
    assert (_accepted(fields.Whole(min=-5, max=5), number) is not None) == (-5 <= number <= 5)


@given(ANY_TEXT)
def test_text_of_a_form_never_becomes_a_number_unless_ascii_digits(text: str) -> None:
    read = fields.Whole(min=-(10**30), max=10**30).from_text(text)

    assert isinstance(read, str) or (text.strip(" ").lstrip("-").isascii() and str(read).lstrip("-") in text)


@pytest.mark.parametrize(
    "written",
    [
        "13800138000",
        "138 0013 8000",
        "138-0013-8000",
        "+8613800138000",
        "0086 13800138000",
        "86 138 0013 8000",
        "＋８６１３８００１３８０００",
        "１３８００１３８０００",
        "\u202d138\u00a00013\u20058000\u202c",
    ],
)
def test_phone_as_people_write_it(edge: ButlerFlask, written: str) -> None:
    with edge.app_context():
        assert fields.Phone().deserialize(written) == "13800138000"


def test_phone_of_the_demo_is_taken_in_the_demo_only(edge: ButlerFlask, monkeypatch: pytest.MonkeyPatch) -> None:
    with edge.app_context():
        assert fields.Phone().deserialize("10012345678") == "10012345678"
        monkeypatch.setitem(edge.extensions, "settings", replace(edge.extensions["settings"], demo=False))
        assert _accepted(fields.Phone(), "10012345678") is None


@given(st.integers(1, fields.BIGGEST))
def test_ident_is_a_string_outside_and_an_int_inside(number: int) -> None:
    field = fields.Ident()

    assert field.deserialize(str(number)) == number
    assert field._serialize(number) == str(number)


def test_word_is_a_member_inside_and_its_word_outside() -> None:
    field: fields.Word[Colour] = fields.Word(Colour)

    assert field.deserialize("red") is Colour.RED
    assert field._serialize(Colour.GREEN) == "green"
    assert field._serialize("green") == "green"
    assert field.metadata["enum"] == ["red", "green"]


def test_messages_are_chinese_and_carry_codes() -> None:
    class Empty(fields.Schema):
        inner = ma.fields.Nested(fields.Schema, required=True)
        things = ma.fields.List(fields.Text(max=2))
        table = ma.fields.Dict()

    errors = Empty().validate({"things": 1, "table": 1, "other": 1})

    assert {name: messages[0].code for name, messages in errors.items()} == {
        "inner": "required",
        "things": "type",
        "table": "type",
        "other": "unknown",
    }
    assert all("\u4e00" <= messages[0][0] <= "\u9fff" for messages in errors.values())


def _accepted(field: ma.fields.Field[Any], value: Any) -> Any:
    """What the field makes of a value; None when it refuses."""
    try:
        return field.deserialize(value)
    except ma.ValidationError:
        return None
