"""One line in the log for every sign-in that failed: on which way and of which kind, never who was named (ASVS 16.3.1).

A wrong password and a name nobody has are the same kind: the log knows no more than whoever tried. The line carries the
number of the request; the line of the request itself says by which address of ours.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import wraps
from typing import Any

import structlog

from butler.identity.actions.checking import WrongPassword
from butler.identity.actions.codes import WrongCode
from butler.identity.actions.factors import OtpNeeded, WrongOtp
from butler.identity.wechat import WeChatCodeWrong
from butler.kit.errors import Conflict, Gone, NotAllowed, NotFound, RateLimited, Refusal, Unauthenticated, Unavailable
from butler.web.guard import View

log = structlog.get_logger(__name__)


class Way(StrEnum):
    """How somebody tries to get in."""

    PASSWORD = "password"  # noqa: S105  # a word, not one
    CODE = "code"
    WECHAT = "wechat"
    LINK = "link"
    AGAIN = "again"  # proving it once more


KINDS: Mapping[type[Refusal], str] = {
    WrongPassword: "wrong password",
    WrongCode: "wrong code",
    WrongOtp: "wrong second factor",
    OtpNeeded: "no second factor",
    WeChatCodeWrong: "refused by wechat",
    RateLimited: "too many tries",
    NotAllowed: "shut out",
    Gone: "link used or too old",
    NotFound: "no such link",
    Conflict: "wrong way",
    Unavailable: "nobody to ask",
    Unauthenticated: "not from here",  # a number abroad, which only WeChat tells
}
"""The words the log may use. A form that cannot be read is no try at signing in."""


def attempt(way: Way) -> Callable[[View], View]:
    """For a view that lets somebody in: write down when it refuses. Goes next to the view, below everything else."""

    def decorate(view: View) -> View:
        @wraps(view)
        def tried(*args: Any, **kwargs: Any) -> Any:
            try:
                return view(*args, **kwargs)
            except Refusal as refusal:
                if kind := KINDS.get(type(refusal)):
                    log.warning("sign_in.failed", way=way.value, kind=kind)
                raise

        return tried  # type: ignore[return-value]

    return decorate
