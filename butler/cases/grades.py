"""The five grades of 好差评 and the reasons people may tick. Pure.

Words and grades: GB/T 39734-2020, 39735-2020; the last two are bad. The reasons follow the standards' indicators
(speed, service, attitude, guide); their wording is ours and has not been confirmed by the authority.
"""

from collections.abc import Mapping
from enum import IntEnum


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
