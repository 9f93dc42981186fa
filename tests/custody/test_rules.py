"""Which papers may be kept."""

from datetime import timedelta

import pytest

from butler.custody.rules import LONGEST_TERM, MOST_PAPERS, Paper, check_due_back, check_papers, why_never_kept
from butler.kit.errors import Invalid
from rows import NOON


@pytest.mark.parametrize(
    "name",
    [
        "居民身份证", "身份证", "身 份 证", "身份证原件", "身份证原件及复印件", "身份证和户口簿", "双方居民身份证",
        "授权委托书及代办人居民身份证", "临时身份证", "二代证", "ID card", "ＩＤ Card", "身份证件",
        "监护人身份证及监护关系证明", "申领人身份证或户口簿", "居民身份证、申请表",
    ],
)  # fmt: skip
def test_identity_card_is_never_kept(name):
    assert why_never_kept(name) == (
        "居民身份证当面看过就请还给本人，任何人不能留下（居民身份证法第十五条）。需要的话可以收复印件。"
    )


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("银行卡", "银行卡和存折"),
        ("工商银行储蓄卡", "银行卡和存折"),
        ("信用卡", "银行卡和存折"),
        ("存折", "银行卡和存折"),
        ("社会保障卡", "社会保障卡里"),
        ("市民卡", "社会保障卡里"),
        ("手机", "手机和电话卡"),
        ("SIM卡", "手机和电话卡"),
        ("银行卡密码", "银行卡和存折"),
        ("浙里办密码", "密码不能"),
        ("密码重置表", "密码不能"),
        ("U盾", "密码不能"),
        ("短信验证码", "验证码不能"),
    ],
)
def test_cards_phones_and_secrets_are_never_kept(name, begins):
    assert (why_never_kept(name) or "")[: len(begins)] == begins


@pytest.mark.parametrize(
    "name",
    [
        "居民户口簿", "结婚证", "不动产权证书", "授权委托书", "身份证复印件", "居民身份证正反面复印件",
        "监护人身份证明", "身份证领取凭证", "社会保障卡申领登记表", "银行代扣协议", "本人银行账户信息",
        "银行卡复印件", "手机号码变更申请表", "死者身份证号", "残疾人证", "毕业证",
    ],
)  # fmt: skip
def test_other_papers_and_papers_about_such_things_may_be_kept(name):
    assert why_never_kept(name) is None


def test_check_papers_names_every_wrong_field():
    with pytest.raises(Invalid) as refused:
        check_papers(
            [
                Paper(name="户口簿", copies=1, condition=""),
                Paper(name="身份证", copies=0, condition=""),
                Paper(name=" ", copies=100, condition="旧" * 201),
            ]
        )

    assert [(error.pointer, error.code) for error in refused.value.errors] == [
        ("/items/1/name", "never-kept"),
        ("/items/1/copies", "invalid"),
        ("/items/2/name", "invalid"),
        ("/items/2/copies", "invalid"),
        ("/items/2/condition", "invalid"),
    ]


@pytest.mark.parametrize("number", [0, MOST_PAPERS + 1])
def test_check_papers_wants_some_and_not_too_many(number):
    with pytest.raises(Invalid):
        check_papers([Paper(name="户口簿", copies=1, condition="")] * number)


def test_check_due_back_is_after_now_and_within_the_longest_term():
    for term in (timedelta(seconds=1), LONGEST_TERM):
        check_due_back(NOON, NOON + term)
    for term in (timedelta(0), timedelta(days=-1), LONGEST_TERM + timedelta(seconds=1)):
        with pytest.raises(Invalid):
            check_due_back(NOON, NOON + term)
