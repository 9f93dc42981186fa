"""Questions to the catalogue, answered from the shipped files."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from butler.catalogue import queries
from butler.kit.errors import Invalid, NotFound
from services_catalog.words import LIFE_EVENTS


def test_catalogue_is_loaded_once_whoever_asks() -> None:
    with ThreadPoolExecutor(8) as threads:
        loaded = list(threads.map(lambda _: queries.catalogue(), range(16)))

    assert {id(one) for one in loaded} == {id(queries.catalogue())}
    assert len(queries.catalogue().matters) == 110


@pytest.mark.parametrize("code", ["", "M000", "M111", "m001", "M001 ", "../M001", "\ud800"])
def test_matter_unknown(code: str) -> None:
    with pytest.raises(NotFound):
        queries.matter(code)


def test_guide_of_a_matter_without_one() -> None:
    assert queries.guide("M001").code == "M001"
    with pytest.raises(NotFound):
        queries.guide("M005")


def test_bundle_unknown() -> None:
    assert queries.bundle("B01").name == "新生儿出生一件事"
    with pytest.raises(NotFound):
        queries.bundle("B99")


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({}, 110),
        ({"life_event": "入学"}, 12),
        ({"channel": "guide"}, 65),
        ({"channel": "tap"}, 23),
        ({"life_event": "退休", "channel": "tap"}, 0),
    ],
)
def test_matters_filtered(filters: dict[str, str], count: int) -> None:
    found = queries.matters(**filters)

    assert len(found) == count
    assert [matter.code for matter in found] == sorted(matter.code for matter in found)


def test_matters_of_a_group_include_those_that_also_serve_it() -> None:
    parents = queries.matters(group="parents")

    assert {matter.group for matter in parents} == {"parents", "children", "spouses"}
    assert len([matter for matter in parents if matter.group == "parents"]) == 39


def test_by_life_event_holds_every_matter_once_in_the_order_of_a_life() -> None:
    listed = queries.by_life_event()

    assert [event for event, _ in listed] == [event for event in LIFE_EVENTS if event in dict(listed)]
    assert sorted(matter.code for _, matters in listed for matter in matters) == list(queries.catalogue().matters)


@pytest.mark.parametrize(
    ("answers", "pointers"),
    [
        ({"M001-Q1": "没有的选项"}, ["/answers/M001-Q1"]),
        ({"M001-Q1": ["弹性提前退休", "弹性延迟退休"]}, ["/answers/M001-Q1"]),
        ({"M001-Q1": 5}, ["/answers/M001-Q1"]),
        ({"M001-Q1": None}, ["/answers/M001-Q1"]),
        ({"M001-Q1": [{"a": 1}]}, ["/answers/M001-Q1/0"]),
        ({"somebody/made~this up": "x"}, ["/answers"]),
        ({"": "x"}, ["/answers"]),
    ],
)
def test_checklist_refused(answers: dict[str, object], pointers: list[str]) -> None:
    with pytest.raises(Invalid) as refused:
        queries.checklist("M001", answers)  # type: ignore[arg-type]

    assert [error.pointer for error in refused.value.errors] == pointers


def test_checklist_of_an_unknown_matter() -> None:
    with pytest.raises(NotFound):
        queries.checklist("M999", {})
