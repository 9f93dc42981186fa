"""What is written once the answer has been sent: nobody waits for it, and a failure of it is nobody's failure.

It runs in the thread that answered, when the server closes the response, in a unit of work of its own. Nothing is
gathered in memory, so a process that is killed loses at most what it was just answering.
"""

from functools import partial

import structlog
from flask import Flask, Response, after_this_request, current_app
from sqlalchemy.exc import SQLAlchemyError

from butler.catalogue import actions
from butler.kit.database import db, unit_of_work

log = structlog.get_logger(__name__)


def count_unanswered(query: str) -> None:
    """Count these words as looked for in vain, after the answer to this request."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]

    @after_this_request
    def later(response: Response) -> Response:
        response.call_on_close(partial(_count, app, query))
        return response


def _count(app: Flask, query: str) -> None:
    with app.app_context():
        try:
            with unit_of_work():
                actions.count_unanswered(query)
        except SQLAlchemyError as error:
            log.warning("catalogue.not_counted", error=type(error).__name__)
        finally:
            if not app.testing:
                db.session.remove()
