"""A small catalogue that is sound."""

from typing import Any

import pytest

from services_catalog.loading import build
from services_catalog.reading import CatalogueInvalid

GUIDE = """---
matter: M001
matter_revision: "0123456789ab"
source: 通行实践
---

# 办甲证

## 一步一步

1. 去窗口。
"""


def matter(code: str, name: str) -> dict[str, Any]:
    return {
        "code": code,
        "name": name,
        "colloquial": [f"{name}手续", "办证"],
        "group": "parents",
        "also_groups": ["spouses"],
        "life_event": "养老",
        "authority": "民政",
        "handling_level": "street",
        "matter_type": "公共服务",
        "legal_basis": "《甲法》第一条",
        "statutory_limit": {"days": 30, "unit": "calendar"},
        "promised_limit": {"days": 5, "unit": "working"},
        "fee": "不收费",
        "visits": 1,
        "channels": ["window", "errand"],
        "delegation": {"mode": "limited", "note": "签字要本人"},
        "tap": False,
        "has_guide": False,
        "materials": [
            {"name": "居民身份证", "required": True, "form": "原件", "origin": "派出所", "authority_has": "licence"},
            {
                "name": "委托书",
                "required": False,
                "form": "原件",
                "origin": "自己写",
                "authority_has": "no",
                "condition": "由他人代办时",
            },
        ],
        "steps": ["去窗口", "领证"],
        "situations": [
            {
                "id": f"{code}-Q1",
                "question": "谁去办？",
                "multi": False,
                "options": [{"answer": "本人"}, {"answer": "别人", "add": ["委托书"], "note": "带上双方的证件"}],
            }
        ],
        "remarks": "",
        "confidence": "high",
        "source": "通行实践",
        "verify_fields": ["fee"],
    }


def small() -> dict[str, Any]:
    """A sound catalogue of two matters (the first with a guide) and one bundle, as plain data."""
    first = matter("M001", "办甲证") | {"has_guide": True, "channels": ["window", "errand", "guide"]}
    member = {"code": "M001", "need": "必办", "depends_on": [], "suggested_after": [], "reason": "先办这个"}
    return {
        "matters": {"matters/M001.yaml": first, "matters/M002.yaml": matter("M002", "办乙证")},
        "bundles": [
            {
                "id": "B01",
                "name": "甲乙一件事",
                "life_event": "养老",
                "group": "parents",
                "trigger": "要办证",
                "note": "",
                "members": [member, member | {"code": "M002", "need": "可选", "depends_on": ["M001"]}],
            }
        ],
        "guides": {"guides/M001.md": GUIDE},
    }


def first(plain: dict[str, Any]) -> dict[str, Any]:
    return plain["matters"]["matters/M001.yaml"]


def findings_of(plain: dict[str, Any]) -> list[tuple[str, str, str]]:
    with pytest.raises(CatalogueInvalid) as caught:
        build(**plain)
    return [tuple(finding) for finding in caught.value.findings]


WAYS = "/situations/0/options/1/ways"
WHY = {"why": "要本人签字", "basis": "本事项的备注"}
