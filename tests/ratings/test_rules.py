"""The five grades and their reasons."""

import pytest

from butler.kit.errors import Invalid
from butler.ratings.rules import GRADE_NAMES, LONGEST_COMMENT, TAGS, Grade, check_rating, is_bad


def test_grades_are_the_five_of_the_standard():
    assert [(int(grade), name) for grade, name in GRADE_NAMES.items()] == [
        (5, "非常满意"),
        (4, "满意"),
        (3, "基本满意"),
        (2, "不满意"),
        (1, "非常不满意"),
    ]
    assert list(GRADE_NAMES) == list(Grade) == list(TAGS)


def test_the_last_two_are_bad():
    assert [grade for grade in range(1, 6) if is_bad(grade)] == [1, 2]


@pytest.mark.parametrize("grade", Grade)
def test_check_rating_takes_every_reason_of_the_grade_at_once(grade):
    assert check_rating(grade, TAGS[grade], "很" * LONGEST_COMMENT) is grade
    assert check_rating(grade, [], "") is grade


@pytest.mark.parametrize(
    ("grade", "tags", "comment", "pointers"),
    [
        (0, [], "", ["/grade"]),
        (6, [], "", ["/grade"]),
        (5, ["等得太久"], "", ["/tags"]),
        (1, ["态度不好", "态度不好"], "", ["/tags"]),
        (3, ["随便写的"], "很" * (LONGEST_COMMENT + 1), ["/tags", "/note"]),
    ],
)
def test_check_rating_refuses(grade, tags, comment, pointers):
    with pytest.raises(Invalid) as refused:
        check_rating(grade, tags, comment)

    assert [error.pointer for error in refused.value.errors] == pointers
