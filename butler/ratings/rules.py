"""When a rating is bad, and whether grade, reasons and words fit together. Pure. The words are in `cases.grades`."""

from collections.abc import Sequence

from butler.cases.grades import GRADE_NAMES, TAGS, Grade
from butler.kit.errors import FieldError, Invalid

LONGEST_COMMENT = 1000

BAD = frozenset({Grade.DISSATISFIED, Grade.VERY_DISSATISFIED})  # 差评


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
        errors.append(
            FieldError("/tags", "invalid", f"您选了“{GRADE_NAMES[grade]}”，有的理由和它对不上，请去掉那几个勾。")
        )
    if len(comment) > LONGEST_COMMENT:
        errors.append(FieldError("/note", "invalid", f"想说的话不超过 {LONGEST_COMMENT} 个字。"))
    if errors:
        raise Invalid(errors=errors)
    return grade
