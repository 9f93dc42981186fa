"""How often the database is asked."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import event

from butler.kit.database import db


@pytest.fixture
def statements(session: Any) -> Iterator[list[str]]:
    """The statements sent to the database during the test."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    bind = db.session.get_bind()
    event.listen(bind, "before_cursor_execute", note)
    yield sent
    event.remove(bind, "before_cursor_execute", note)
