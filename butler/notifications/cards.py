"""Who is told when a card is not right: those who answer for it, at once."""

from butler.cards import report_queries
from butler.cards.events import CardReported
from butler.cards.models import CardReport
from butler.cards.states import Wrong
from butler.cards.wording import WRONG
from butler.kit import outbox
from butler.kit.database import db
from butler.notifications.texts import write_of_card


def tell_of_report(event: CardReported) -> None:
    """The property's leads and the community of the place; of a code that is no card of ours every lead and
    administrator. Where it is, is said; what was written is read on the page."""
    report = db.session.get_one(CardReport, event.report_id)
    text = write_of_card(place=report_queries.place_of_report(report), wrong=WRONG[Wrong(report.wrong)])
    for person_id in report_queries.whom_to_tell(report):
        payload = {"person_id": person_id, "text": text}
        outbox.put("word", f"card-report:{report.id}:{person_id}", payload)
