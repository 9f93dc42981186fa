"""Codes and the words of desks."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from butler.kit.errors import Invalid
from butler.org.rules import CODE_LENGTH, codes_down_to, desk_name, grid_code


@pytest.mark.parametrize(
    ("code", "codes"),
    [
        ("33", ("33",)),
        ("3301", ("33", "3301")),
        ("330106", ("33", "3301", "330106")),
        ("330106002", ("33", "3301", "330106", "330106002")),
        ("330106002051", ("33", "3301", "330106", "330106002", "330106002051")),
        ("330106002051001", ("33", "3301", "330106", "330106002", "330106002051", "330106002051001")),
    ],
)
def test_codes_down_to_every_level(code: str, codes: tuple[str, ...]) -> None:
    assert codes_down_to(code) == codes


@given(st.sampled_from(sorted(CODE_LENGTH.values())).flatmap(lambda n: st.from_regex(rf"[0-9]{{{n}}}", fullmatch=True)))
def test_codes_down_to_nest_and_end_in_the_code(code: str) -> None:
    codes = codes_down_to(code)

    assert codes[-1] == code
    assert all(below.startswith(above) for above, below in pairwise(codes))


@pytest.mark.parametrize(("number", "last"), [(1, "001"), (27, "027"), (899, "899"), (901, "901"), (999, "999")])
def test_grid_code_is_community_and_three_digits(number: int, last: str) -> None:
    assert grid_code("330106002051", number) == f"330106002051{last}"


@pytest.mark.parametrize("number", [-1, 0, 900, 1000])
def test_grid_code_out_of_range_is_refused(number: int) -> None:
    with pytest.raises(Invalid):
        grid_code("330106002051", number)


def test_desk_name_is_the_unit_with_a_word() -> None:
    assert desk_name("北山街道") == "北山街道服务台"
