"""The five grades of 好差评 and the reasons people may tick. Pure.

Words and grades: GB/T 39734-2020, 39735-2020; the last two are bad. The reasons follow the standards' indicators
(speed, service, attitude, guide); their wording is ours and has not been confirmed by the authority.
"""

from collections.abc import Mapping, Sequence
from enum import IntEnum

from butler.kit.errors import FieldError, Invalid

LONGEST_COMMENT = 1000


class Grade(IntEnum):
    """How satisfied somebody is."""

    VERY_SATISFIED = 5
    SATISFIED = 4
    FAIRLY_SATISFIED = 3
    DISSATISFIED = 2
    VERY_DISSATISFIED = 1


GRADE_NAMES: Mapping[Grade, str] = {
    Grade.VERY_SATISFIED: "非常满意",
    Grade.SATISFIED: "满意",
    Grade.FAIRLY_SATISFIED: "基本满意",
    Grade.DISSATISFIED: "不满意",
    Grade.VERY_DISSATISFIED: "非常不满意",
}

BAD = frozenset({Grade.DISSATISFIED, Grade.VERY_DISSATISFIED})  # 差评

_PRAISE = ("办得快", "态度好", "讲得清楚", "少跑了路", "材料保管得好")
_MIDDLING = ("时间有点长", "讲得不够清楚", "手续有点多", "找人不太方便")
_BLAME = ("等得太久", "态度不好", "没讲清楚", "多跑了路", "材料没保管好", "事情没办好")

TAGS: Mapping[Grade, tuple[str, ...]] = {
    Grade.VERY_SATISFIED: _PRAISE,
    Grade.SATISFIED: _PRAISE,
    Grade.FAIRLY_SATISFIED: _MIDDLING,
    Grade.DISSATISFIED: _BLAME,
    Grade.VERY_DISSATISFIED: _BLAME,
}


def is_bad(grade: int) -> bool:
    """Whether this is a 差评, which somebody has to follow up."""
    return grade in BAD


def check_rating(grade: int, tags: Sequence[str], comment: str) -> Grade:
    """The grade, when grade, tags and comment fit together; else `Invalid` at ``/grade``, ``/tags``, ``/note``."""
    if grade not in GRADE_NAMES:
        raise Invalid.at("/grade", "请从“非常满意”到“非常不满意”里选一个。")
    grade = Grade(grade)
    errors = []
    if len(set(tags)) != len(tags) or not set(tags) <= set(TAGS[grade]):
        errors.append(FieldError("/tags", "invalid", f"选“{GRADE_NAMES[grade]}”时，请从给出的理由里选，每条一次。"))
    if len(comment) > LONGEST_COMMENT:
        errors.append(FieldError("/note", "invalid", f"想说的话不超过 {LONGEST_COMMENT} 个字。"))
    if errors:
        raise Invalid(errors=errors)
    return grade
