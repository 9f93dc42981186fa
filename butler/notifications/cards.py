"""Who is told when a card is not right: those who answer for it, at once."""

from butler.cards import report_queries
from butler.cards.events import CardReported
from butler.cards.models import CardReport
from butler.cards.wording import say_wrong
from butler.kit import outbox
from butler.kit.database import db
from butler.notifications.texts import write_of_card


def tell_of_report(event: CardReported) -> None:
    """The property's leads and the community of the place; of a code that is no card of ours every lead and
    administrator. Where it is, is said; what was written is read on the page."""
    report = db.session.get_one(CardReport, event.report_id)
    place, wrong = report_queries.place_of_report(report), say_wrong(report.wrong, report.odd)
    text = write_of_card(place=place, wrong=wrong, counted=report.odd is not None)
    for person_id in report_queries.whom_to_tell(report):
        payload = {"person_id": person_id, "text": text}
        outbox.put("word", f"card-report:{report.id}:{person_id}", payload)
