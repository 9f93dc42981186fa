"""What a field may hold, and the sentence somebody reads when it does not.

Every field reads the strict JSON form (`"2026-11-25"`, `12`, `true`); `from_text` turns what a form or a query string
sends into that form first, so there is one rule for both. Schemas are made once, at module level: making one costs
more than using it. A field may say what people call it (`metadata={"title": "姓名"}`): its messages begin with that.
"""

import re
import unicodedata
from datetime import date, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any, Generic, TypeVar

import marshmallow as ma
from flask import current_app

from butler.kit.clock import CHINA

BIGGEST = 2**63 - 1  # of a bigint
FIRST_YEAR, LAST_YEAR = 1900, 2100

# Never in any text: control characters (but line breaks and tabs in long texts), halves of surrogate pairs, and the
# marks that turn the direction of writing, with which one text can be shown as another.
_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_NOT_IN_A_LINE = re.compile(rf"[\x00-\x1f\x7f-\x9f\u2028\u2029{_BIDI}\ud800-\udfff]")
_NOT_IN_A_TEXT = re.compile(rf"[\x00-\x08\x0b-\x1f\x7f-\x9f{_BIDI}\ud800-\udfff]")
_INVISIBLE = re.compile(rf"[\s\u200b-\u200f{_BIDI}\u2060\ufeff\-－–—()（）]")
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT([01]\d|2[0-3]):\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?", re.ASCII)
_MOBILE = re.compile(r"1[3-9][0-9]{9}", re.ASCII)
_DEMO_MOBILE = re.compile(r"100[0-9]{8}", re.ASCII)
_IDENT = re.compile(r"[1-9][0-9]{0,18}", re.ASCII)
_WHOLE = re.compile(r"-?[0-9]{1,19}", re.ASCII)

_BEIJING = timezone(timedelta(hours=8))  # written always so: CHINA had other offsets before 1901 and in some summers

Word_ = TypeVar("Word_", bound=StrEnum)


class Said(str):
    """A message for a person that remembers its code for machines."""

    code: str

    def __new__(cls, text: str, code: str = "invalid") -> "Said":
        said = super().__new__(cls, text)
        said.code = code
        return said

    def format(self, *args: object, **kwargs: object) -> "Said":
        return Said(super().format(*args, **kwargs), self.code)


ma.fields.Field.default_error_messages = {
    "required": Said("这一项要填。", "required"),
    "null": Said("这一项要填。", "required"),
    "validator_failed": Said("这一项填得不对，请改一下。", "invalid"),
}
ma.fields.List.default_error_messages = {"invalid": Said("这里需要一个列表。", "type")}
ma.fields.Dict.default_error_messages = {"invalid": Said("这里需要一个对象。", "type")}
ma.fields.Nested.default_error_messages = {"type": Said("这里需要一个对象。", "type")}
for _which, _said in (
    ("min", "这里至少要有 {min} 项。"), ("max", "这里最多 {max} 项。"), ("all", "这里要有 {min} 到 {max} 项。"),
):  # fmt: skip
    setattr(ma.validate.Length, f"message_{_which}", _said)


class Schema(ma.Schema):
    """Parent of every schema: unknown fields are refused, messages are Chinese, names are snake_case."""

    class Meta:
        unknown = ma.RAISE

    error_messages = {
        "type": Said("需要一个对象。", "type"),
        "unknown": Said("没有这一项，请去掉。", "unknown"),
    }


class Text(ma.fields.String):
    """Text of at most `max` characters, in NFC, without blanks at its ends.

    `multiline` allows line breaks (always `\\n`) and tabs. A required text must not be empty.
    """

    default_error_messages = {
        "invalid": Said("这里需要文字。", "type"),
        "text": Said("里面有看不见的特殊符号，请删掉或重新输入一遍。", "text-invalid"),
        "long": Said("写得太长了，最多 {max} 个字。", "too-long"),
    }

    def __init__(self, *, max: int, multiline: bool = False, **kwargs: Any) -> None:
        super().__init__(**_documented(kwargs, maxLength=max, minLength=1 if kwargs.get("required") else 0))
        self.max, self.multiline = max, multiline

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        if len(value) > 4 * self.max + 1000:  # far too long even when it shrinks below
            raise self.make_error("long", max=self.max)
        if self.multiline:
            value = value.replace("\r\n", "\n").replace("\r", "\n")
        value = unicodedata.normalize("NFC", value).strip()
        if (_NOT_IN_A_TEXT if self.multiline else _NOT_IN_A_LINE).search(value):
            raise self.make_error("text")
        if len(value) > self.max:
            raise self.make_error("long", max=self.max)
        if self.required and not value:
            raise self.make_error("required")
        return value

    def from_text(self, text: str) -> Any:
        """What a form sends is already text."""
        return text


class Whole(ma.fields.Integer):
    """A whole number between `min` and `max`, both included. In JSON a number, never `"12"`, `12.0` or `true`."""

    default_error_messages = {
        "invalid": Said("这里需要一个整数，比如 3。", "type"),
        "range": Said("这里要填 {min} 到 {max} 之间的整数。", "range"),
    }

    def __init__(self, *, min: int = 0, max: int = BIGGEST, **kwargs: Any) -> None:
        super().__init__(strict=True, **_documented(kwargs, minimum=min, maximum=max))
        self.min, self.max = min, max

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> int:
        if type(value) is not int:
            raise self.make_error("invalid")
        if not self.min <= value <= self.max:
            raise self.make_error("range", min=self.min, max=self.max)
        return value

    def from_text(self, text: str) -> Any:
        """ASCII digits only; anything else stays text and is refused."""
        text = text.strip(" ")
        return int(text) if _WHOLE.fullmatch(text) else text


class Flag(ma.fields.Boolean):
    """Yes or no. In JSON only `true` and `false`; in a form a ticked box (`1`, `on`, `true`)."""

    default_error_messages = {"invalid": Said("这里只能是“是”或“否”（true 或 false）。", "type")}

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid")
        return value

    def from_text(self, text: str) -> Any:
        """The few words browsers and people use."""
        return {"1": True, "on": True, "true": True, "0": False, "false": False}.get(text, text)


class Day(ma.fields.Date):
    """A calendar day, `YYYY-MM-DD`, 1900–2100. Birthdays are days, never moments."""

    default_error_messages = {
        "invalid": Said("日期要写成 2026-11-25 这样，而且日历上要有这一天。", "date"),
        "range": Said("年份要在 1900 年到 2100 年之间。", "range"),
    }

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> date:
        if not isinstance(value, str) or not _DAY.fullmatch(value):
            raise self.make_error("invalid")
        try:
            day = date.fromisoformat(value)
        except ValueError as error:
            raise self.make_error("invalid") from error
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise self.make_error("range")
        return day

    def from_text(self, text: str) -> Any:
        """A date input sends the JSON form."""
        return text.strip(" ")


class Moment(ma.fields.AwareDateTime):
    """A moment with its time zone (ISO 8601), 1900–2100; read and written in Chinese time."""

    default_error_messages = {
        "invalid": Said("时间要写成 2026-11-25T09:30:00+08:00 这样。", "datetime"),
        "zone": Said("时间后面缺少时区，比如 +08:00。", "time-zone"),
        "range": Said("年份要在 1900 年到 2100 年之间。", "range"),
    }

    def _serialize(self, value: datetime | None, *_: Any, **__: Any) -> str | None:
        return None if value is None else value.astimezone(_BEIJING).isoformat(timespec="seconds")

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> datetime:
        matched = _MOMENT.fullmatch(value) if isinstance(value, str) else None
        if matched is None:
            raise self.make_error("invalid")
        if matched[4] is None:
            raise self.make_error("zone")
        try:
            moment = datetime.fromisoformat(value)
        except ValueError as error:
            raise self.make_error("invalid") from error
        if not FIRST_YEAR <= moment.year <= LAST_YEAR:  # before the conversion: it overflows at the edges
            raise self.make_error("range")
        return moment.astimezone(CHINA)

    def from_text(self, text: str) -> Any:
        """A form (`datetime-local`) means Chinese time."""
        text = text.strip(" ")
        matched = _MOMENT.fullmatch(text)
        return f"{text}+08:00" if matched and matched[4] is None else text


class Word(ma.fields.String, Generic[Word_]):
    """One word of an enum; loads as its member."""

    default_error_messages = {"invalid": Said("这里只能从给出的几项里选。", "choice")}

    def __init__(self, words: type[Word_], **kwargs: Any) -> None:
        super().__init__(**_documented(kwargs, enum=[word.value for word in words]))
        self.words = words

    def _serialize(self, value: Any, *_: Any, **__: Any) -> str | None:
        return None if value is None else str(value)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        try:
            return self.words(value)
        except ValueError as error:
            raise self.make_error("invalid") from error

    def from_text(self, text: str) -> Any:
        """A form sends the word."""
        return text


class Phone(ma.fields.String):
    """A mainland mobile number as people write it (+86, blanks, dashes, full-width digits); loads as eleven digits.

    In demo mode also numbers beginning 100, which no real person can have.
    """

    default_error_messages = {"invalid": Said("手机号要写 11 位数字，比如 138 开头的号码。", "phone")}

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        if not isinstance(value, str) or len(value) > 40:
            raise self.make_error("invalid")
        plain = _INVISIBLE.sub("", unicodedata.normalize("NFKC", value))
        plain = re.sub(r"^(\+86|0086|86(?=1[0-9]{10}$))", "", plain, flags=re.ASCII)
        if _MOBILE.fullmatch(plain) or (_DEMO_MOBILE.fullmatch(plain) and current_app.extensions["settings"].demo):
            return plain
        raise self.make_error("invalid")

    def from_text(self, text: str) -> Any:
        """A form sends the number as typed."""
        return text


class Ident(ma.fields.String):
    """The id of a row. A string in JSON (JavaScript cannot hold a bigint), an int inside."""

    default_error_messages = {"invalid": Said("这个编号不对。", "ident")}

    def _serialize(self, value: Any, *_: Any, **__: Any) -> str | None:
        return None if value is None else str(value)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        if not isinstance(value, str) or not _IDENT.fullmatch(value) or int(value) > BIGGEST:
            raise self.make_error("invalid")
        return int(value)

    def from_text(self, text: str) -> Any:
        """A form sends the digits."""
        return text


def _documented(kwargs: dict[str, Any], **limits: Any) -> dict[str, Any]:
    """The arguments of a field, with its limits as they stand in the OpenAPI document."""
    return {**kwargs, "metadata": {**limits, **kwargs.get("metadata", {})}}
