"""The problem types in plain words: what happened, and what is safe and what to do.

One line for each code of `kit.errors.REGISTRY`. A `Refusal` usually says it better, about the thing itself; these are
for what the framework refuses and for the page `/problems/<code>`.
"""

from collections.abc import Mapping
from typing import NamedTuple


class Words(NamedTuple):
    """What people read."""

    title: str
    detail: str


_SAFE = "这一次可能没有办成，您之前办好的都还在。"
_CALL = "着急的话，请打电话给您的管家。"

WORDS: Mapping[str, Words] = {
    "json-invalid": Words("发来的内容读不出来", "什么都没有改动。请检查内容是不是正确的 JSON，再发一次。"),
    "json-too-deep": Words("发来的内容太复杂", "什么都没有改动。内容一层套一层，最多 32 层。"),
    "json-duplicate-key": Words("发来的内容有重复", "什么都没有改动。同一个名字出现了两次，请只留一个。"),
    "form-unreadable": Words("内容没有传完整", "什么都没有改动。请退回上一页，再提交一次。"),
    "query-invalid": Words("这个网址读不出来", "什么都没有改动。请从首页重新打开，或者重新扫一次管家卡。"),
    "idempotency-key-missing": Words("缺少防重复编号", "什么都没有改动。请重新打开页面再提交。"),
    "unauthenticated": Words("请先登录", "登录以后才能看这一页。您还没有登录，或者登录已经过期。"),
    "reauth-required": Words("请再登录一次", "这一步比较重要，需要再确认一次是您本人。什么都没有改动。"),
    "otp-needed": Words("还要填动态口令", "密码对了。请再填手机上动态口令软件里的 6 位数字。"),
    "sign-in-unfinished": Words("登录还差一步", "请先办完这一步，再继续办。什么都没有改动。"),
    "forbidden": Words("您不能办这一步", "什么都没有改动。如果您觉得应该可以，请打电话问您的管家。"),
    "reason-required": Words("请先写明原因", "今天看的人已经很多了。请先写明为什么还要看，再接着看。"),
    "not-found": Words("没有找到", "没有找到您要看的内容，请核对后再试。"),
    "method-not-allowed": Words("这里不能这样操作", "什么都没有改动。请退回上一页，再按页面上的按钮。"),
    "not-acceptable": Words("没有您要的格式", "什么都没有改动。这里只有网页和 JSON 两种格式。"),
    "already-claimed": Words("这件事已经有人接了", "您这边什么都没有改动。请刷新后看看下一件。"),
    "lease-lost": Words("这件事已由别人接手", "您写的内容没有保存进去，可以复制给接手的人。"),
    "consent-missing": Words("还没有同意", "什么都没有改动。这一步要先得到本人同意。"),
    "delegation-needed": Words(
        "要有家人的授权",
        "什么都没有改动。请在“我的”里点“家人”，请家人授权；家人不用手机的，请管家当面登记。",
    ),
    "guardian-needed": Words(
        "要由监护人来办", "什么都没有改动。未满14周岁的孩子，要由登记过的监护人用自己的手机来办。"
    ),
    "state-conflict": Words("情况已经变了", "您这一步没有办成，别的都没有改动。请刷新后再看。"),
    "idempotency-in-progress": Words("正在提交", "同样的内容正在提交，不用重复填写。请过两秒再看结果。"),
    "gone": Words("已经停用", "这里的内容已经换成新的了。"),
    "edited-elsewhere": Words("这件事刚刚有了新变化", "您这一步没有办成，别的都没有改动。请先看看最新的情况。"),
    "too-large": Words("内容太大了", "什么都没有改动。一次提交最多 1 MB，请去掉一些再试。"),
    "unsupported-media": Words("这种格式读不了", "什么都没有改动。请用页面上的表格提交；程序请用 JSON。"),
    "validation": Words("有内容需要修改", "请改好后再提交，已填的内容没有丢。"),
    "text-invalid": Words("有看不见的特殊符号", "什么都没有改动。请把标出来的地方删掉，重新输入一遍。"),
    "idempotency-key-reused": Words("这个编号已经用过", "什么都没有改动。请重新打开页面再提交。"),
    "precondition-required": Words("请先刷新再操作", "什么都没有改动。请先打开最新的内容，再办这一步。"),
    "rate-limited": Words("操作太频繁了", "什么都没有改动。请歇一会儿再试。"),
    "internal": Words("暂时出了问题", f"{_SAFE}请过一会儿再试；{_CALL}"),
    "dependency-down": Words("暂时连不上", f"{_SAFE}请过几分钟再试；{_CALL}"),
    "overloaded": Words("现在办的人比较多", f"{_SAFE}请过几秒再试；{_CALL}"),
    "storage-full": Words("暂时存不下新内容", f"{_SAFE}我们正在处理，请过一会儿再试。"),
}
