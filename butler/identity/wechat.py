"""Asking WeChat who somebody is and what number they have. Never inside a transaction; only through `kit.outgoing`.

Calls and error codes are those of the mini-program server API (developers.weixin.qq.com: code2Session, stable_token,
getuserphonenumber); they have been tried against a stand-in, not yet against WeChat itself. The session key is not kept:
nothing here needs it, and it must never reach the mini-program.
"""

import logging
import re
import threading
import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import orjson
import structlog
from flask import current_app

from butler.kit.errors import RateLimited, Unauthenticated, Unavailable
from butler.kit.outgoing import Door, NoAnswer
from butler.settings import Settings

log = structlog.get_logger(__name__)
logging.getLogger("httpx").setLevel(logging.WARNING)  # it would log addresses, and ours carry the secret

OPEN_AFTER = 5  # failures in a row after which WeChat is left alone
LEFT_ALONE = 30.0  # seconds
_TOKEN_EARLY = 300  # seconds before its end a token is no longer used
_OPENID = re.compile(r"[A-Za-z0-9_-]{16,64}", re.ASCII)
_MOBILE = re.compile(r"1[3-9][0-9]{9}", re.ASCII)
_CODE_WRONG = frozenset({40029, 40163, 40226, 41008})  # invalid, used already, blocked, missing
_TOKEN_OLD = frozenset({40001, 40014, 42001})
_TOO_OFTEN = frozenset({45009, 45011})


class WeChatCodeWrong(Unauthenticated):
    """401: WeChat does not take the code (any more)."""

    title = "微信登录没有成功"

    def __init__(self) -> None:
        super().__init__("微信给的登录凭证用过或过期了。请退出小程序再进一次，或者用手机号登录。")


@dataclass
class WeChat:
    """One installation's way to WeChat. A breaker leaves it alone for half a minute after five failures in a row."""

    appid: str
    secret: str = field(repr=False)
    base: str
    door: Door
    seconds: float = 5.0
    _failures: int = 0
    _alone_until: float = 0.0
    _token: str = field(default="", repr=False)
    _token_until: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def openid_of(self, code: str) -> str:
        """Who presses “log in”. Raises WeChatCodeWrong, RateLimited, Unavailable."""
        params = {"appid": self.appid, "secret": self.secret, "js_code": code, "grant_type": "authorization_code"}
        openid = self._ask("GET", "/sns/jscode2session", params=params).get("openid")
        if not isinstance(openid, str) or not _OPENID.fullmatch(openid):
            raise self._failed("no openid")
        return openid

    def phone_of(self, code: str) -> str:
        """The number behind the button “手机号快速验证”, eleven digits. Raises as `openid_of`, also for numbers abroad."""
        told = self._with_token(code).get("phone_info")
        told = told if isinstance(told, dict) else {}
        mark, phone = told.get("watermark"), told.get("purePhoneNumber")
        if not isinstance(mark, dict) or mark.get("appid") != self.appid:
            raise self._failed("not for us")
        if told.get("countryCode") != "86" or not isinstance(phone, str) or not _MOBILE.fullmatch(phone):
            raise Unauthenticated("这里只能用中国大陆的手机号登录。没有的话，请管家当面登记。")
        return phone

    def _with_token(self, code: str) -> dict[str, Any]:
        for again in (False, True):
            params = {"access_token": self._access_token(fresh=again)}
            try:
                return self._ask("POST", "/wxa/business/getuserphonenumber", params=params, json={"code": code})
            except _OldToken:
                continue
        raise self._failed("token refused twice")

    def _access_token(self, *, fresh: bool) -> str:
        with self._lock:
            if fresh or time.monotonic() >= self._token_until:
                body = {"grant_type": "client_credential", "appid": self.appid, "secret": self.secret}
                told = self._ask("POST", "/cgi-bin/stable_token", json={**body, "force_refresh": fresh})
                token, lives = told.get("access_token"), told.get("expires_in")
                if not isinstance(token, str) or not token or type(lives) is not int:
                    raise self._failed("no token")
                self._token, self._token_until = token, time.monotonic() + max(0, lives - _TOKEN_EARLY)
            return self._token

    def _ask(self, method: str, path: str, **kwargs: Any) -> dict[str, Any]:
        if time.monotonic() < self._alone_until:
            raise _away()
        try:
            answer = self.door.call(method, self.base + path, seconds=self.seconds, **kwargs)
        except NoAnswer:
            raise self._failed("no answer") from None
        try:
            told = orjson.loads(answer.body)
        except orjson.JSONDecodeError:
            told = None
        if answer.status != 200 or not isinstance(told, dict):
            raise self._failed(f"answer {answer.status}")
        errcode = told.get("errcode", 0)
        if type(errcode) is not int:
            raise self._failed("an odd errcode")
        if errcode == 0:
            self._failures = 0
            return told
        if errcode in _CODE_WRONG:
            raise WeChatCodeWrong
        if errcode in _TOKEN_OLD:
            raise _OldToken
        if errcode in _TOO_OFTEN:
            raise RateLimited("微信说太频繁了。请过一分钟再试，或者用手机号登录。", retry_after=timedelta(minutes=1))
        raise self._failed(f"errcode {errcode}")

    def _failed(self, why: str) -> Unavailable:
        self._failures += 1
        if self._failures >= OPEN_AFTER:
            self._failures, self._alone_until = 0, time.monotonic() + LEFT_ALONE
        log.warning("wechat.failed", error=why)
        return _away()


class _OldToken(Exception):
    """The access token is no longer good."""


def connect(settings: Settings) -> WeChat | None:
    """The way to WeChat, where the settings name a mini-program."""
    if not settings.wechat_appid:
        return None
    base = urlsplit(settings.wechat_base)
    inside = base.scheme == "http" and not settings.production  # a stand-in on this machine
    door = Door(hosts=frozenset({base.hostname or ""}), inside=inside)
    return WeChat(settings.wechat_appid, settings.wechat_secret, settings.wechat_base, door)


def wechat() -> WeChat:
    """The way of this installation. Raises Unavailable where there is none."""
    found: WeChat | None = current_app.extensions.get("wechat")
    if found is None:
        raise Unavailable("这里还不能用微信登录。请用手机号登录，或请管家当面登记。")
    return found


def _away() -> Unavailable:
    return Unavailable("微信暂时没有回应，什么都没有改动。请过一会儿再试，或者用手机号登录。")
