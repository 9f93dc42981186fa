"""Which class of field who reads: the whole table, and what the words of the table mean on a real case."""

from itertools import chain, combinations
from pathlib import Path

import pytest

from butler.identity.permission_page import draw_permissions
from butler.identity.permissions import (
    GRANTS,
    REACHES,
    READABLE,
    FieldClass,
    Permission,
    Reach,
    Role,
    Standing,
    readable,
)
from butler.identity.rules import mask_numbers


def test_more_ways_to_stand_to_a_case_never_show_less() -> None:
    for standings in chain.from_iterable(combinations(Standing, size) for size in range(len(Standing) + 1)):
        seen = readable(standings)
        assert seen == frozenset().union(*(READABLE[one] for one in standings))
        for uncovered in FieldClass:
            assert readable(standings, {uncovered}) == seen | {uncovered}


def test_every_word_has_its_line() -> None:
    assert READABLE.keys() == set(Standing)
    assert REACHES.keys() == set(Permission)
    assert GRANTS.keys() == set(Role)
    of_nobody = {Permission.CASE_FILE, Permission.ORG_SEE, Permission.CATALOGUE_EDIT}
    assert {one for one in Permission if REACHES[one] is Reach.ALL} == of_nobody


def test_the_page_of_permissions_is_what_the_code_says() -> None:
    drawn = (Path(__file__).parents[2] / "docs" / "permissions.md").read_text(encoding="utf-8")
    assert drawn == draw_permissions(), "flask butler permissions"


@pytest.mark.parametrize(
    ("words", "covered"),
    [
        ("电话13800138000，下午在", "电话****，下午在"),
        ("身份证 330106194001011234", "身份证 ****"),
        ("身份证33010619400101123X。", "身份证****。"),
        ("0571-8500 1234 转 8", "**** 转 8"),
        ("１３８００１３８０００", "****"),
        ("3幢2单元501，5号来", "3幢2单元501，5号来"),
        ("", ""),
    ],
)
def test_numbers_in_what_people_wrote_are_covered(words: str, covered: str) -> None:
    assert mask_numbers(words) == covered
