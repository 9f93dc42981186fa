"""Coming by WeChat: codes that were used, and tickets that wait for a phone."""

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from butler.kit.database import Base, Id
from butler.kit.sealing import Sealed


class WeChatCode(Base):
    """A code of WeChat's that somebody came with: none works twice here, whatever WeChat says (promises.md T17)."""

    __tablename__ = "wechat_codes"

    id: Mapped[Id]
    code_hash: Mapped[str] = mapped_column(unique=True)
    used_at: Mapped[datetime]


class WeChatTicket(Base):
    """Somebody WeChat knows and we do not, until they press the button with the phone number. Ten minutes, once."""

    __tablename__ = "wechat_tickets"
    __table_args__ = (CheckConstraint("created_at < expires_at", name="expires_later"),)

    id: Mapped[Id]
    token_hash: Mapped[str] = mapped_column(unique=True)
    openid: Mapped[str] = mapped_column(Sealed("wechat_tickets.openid"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
