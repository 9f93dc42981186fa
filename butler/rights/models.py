"""When what was due was last forgotten."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from butler.kit.database import Base


class RetentionRun(Base):
    """What was forgotten on one day. One row a day, whoever runs it and however often: whoever begins has the row."""

    __tablename__ = "retention_runs"
    __table_args__ = (
        CheckConstraint("cases >= 0 AND messages >= 0", name="counts"),
        CheckConstraint("ended_at IS NULL OR ended_at >= began_at", name="ends_after_it_began"),
    )

    day: Mapped[date] = mapped_column(primary_key=True)  # in China
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]  # none: still going on, or broken off; taken up again after an hour
    cases: Mapped[int]
    messages: Mapped[int]
    rows: Mapped[int] = mapped_column(server_default="0")  # of all other tables
