"""Whether a password is somebody's, with a price on guessing."""

from datetime import timedelta

from sqlalchemy import delete

from butler.identity import queries
from butler.identity.actions.hashing import keyed_hash, password_fits
from butler.identity.actions.limiting import one_at_a_time, wait_for
from butler.identity.hashing import username_index, username_indexes
from butler.identity.models import FailedSignIn, KnownDevice, Person
from butler.identity.rules import WRONG_PASSWORDS_FOR_NAME, WRONG_PASSWORDS_FROM_ADDRESS, network_of
from butler.kit import clock
from butler.kit.database import db
from butler.kit.errors import RateLimited, Unauthenticated


class WrongPassword(Unauthenticated):
    """401: no such user name with such a password; which of the two is not told.

    Keeps its work: the failure has been written down in this transaction, and guessing is only slowed down if saying
    no does not undo that.
    """

    title = "没有登录成功"
    keeps_work = True

    def __init__(self) -> None:
        super().__init__("用户名或密码不对。请再核对一遍；忘了密码请找您的管理员。")


def check_password(*, username: str, password: str, asked_from: str | None, known: KnownDevice | None = None) -> Person:
    """The member of staff whose user name and password these are.

    Wrong passwords slow down the address they come from: five for one user name, twenty for any, in 15 minutes. A
    user name is never locked: whoever is elsewhere still gets in, and so does whoever sits in the same network at a
    device `known` as theirs (`actions.knowing`), whose five tries are its own. A name we do not know takes as long and
    is answered the same. Raises WrongPassword and RateLimited.
    """
    now = clock.now()
    username = username.lower()
    source = counted_for(asked_from, known)
    one_at_a_time(f"passwords from {source}")
    from_here = FailedSignIn.asked_from == source
    for_name = from_here & (FailedSignIn.username_index.in_(username_indexes(username)))
    wait = max(
        wait_for(FailedSignIn.at, for_name, now, WRONG_PASSWORDS_FOR_NAME),
        wait_for(FailedSignIn.at, from_here, now, WRONG_PASSWORDS_FROM_ADDRESS),
    )
    if wait:
        minutes = -(-wait // timedelta(minutes=1))
        raise RateLimited(f"密码试错的次数多了。账号没有锁定，请 {minutes} 分钟后再试。", retry_after=wait)
    person = queries.find_by_username(username)
    fits = password_fits(person.password_hash if person else None, password)
    if person is None or not fits or person.disabled_at is not None:
        db.session.add(FailedSignIn(username_index=username_index(username), asked_from=source, at=now))
        db.session.flush()
        raise WrongPassword
    db.session.execute(delete(FailedSignIn).where(for_name))
    return person


def counted_for(asked_from: str | None, known: KnownDevice | None) -> str:
    """Whose wrong tries are counted: the known device's, else those of the network."""
    if known is not None:
        return keyed_hash("device", str(known.id))
    return keyed_hash("address", network_of(asked_from))
