"""What happens after what, and what carries messages out: one page."""

from collections.abc import Mapping

from butler.cards.events import CardReported
from butler.cases import reactions as cases
from butler.cases.events import (
    CaseClosedBySilence,
    CaseEscalated,
    CaseFiled,
    CaseMoved,
    CaseRated,
    CaseReturnedToDesk,
    GlassBroken,
    LookDoubted,
)
from butler.consents.events import ConsentGiven, ConsentWithdrawn
from butler.families import reactions as families
from butler.families.events import AuthorityTaken, DelegationMoved
from butler.files.events import FileUnsafe
from butler.identity.events import ChildSeen, PostLost
from butler.kit.events import Reactions
from butler.kit.outbox import Delivery
from butler.ledger.deliveries import deliver_head
from butler.looks.events import DecoySeen
from butler.notifications import cards as card_notices
from butler.notifications import family as family_notices
from butler.notifications import reactions as notifications
from butler.notifications.channels import Channel, DemoChannel, Unconfigured
from butler.notifications.deliveries import deliver_code, deliver_notice, deliver_text, deliver_word
from butler.org.events import CalendarLoaded
from butler.portraits import reactions as portraits
from butler.privacy import reactions as privacy
from butler.ratings import reactions as ratings
from butler.settings import Settings

REACTIONS: Reactions = {
    CaseFiled: (notifications.tell_of_filing,),
    CaseMoved: (notifications.tell_of_move,),
    CaseEscalated: (notifications.tell_of_escalation,),
    CaseReturnedToDesk: (notifications.tell_of_lapse,),
    CaseClosedBySilence: (notifications.tell_of_silence,),
    GlassBroken: (notifications.tell_of_broken_glass,),
    LookDoubted: (privacy.ask_about_doubt,),
    FileUnsafe: (cases.tell_of_unsafe_file,),
    DecoySeen: (privacy.raise_alarm,),
    ConsentGiven: (notifications.tell_of_consent,),
    ConsentWithdrawn: (cases.stop_using, notifications.tell_of_withdrawal),
    CaseRated: (ratings.keep_rating,),
    AuthorityTaken: (cases.take_from_delegate,),
    ChildSeen: (families.refuse_without_guardian,),
    PostLost: (portraits.hide_who_left,),
    DelegationMoved: (family_notices.tell_of_delegation,),
    CardReported: (card_notices.tell_of_report,),
    CalendarLoaded: (cases.recompute_due_times,),
}


def deliveries(settings: Settings) -> Mapping[str, Delivery]:
    """Topic of the outbox → what delivers it. A demo shows its messages at /demo/inbox."""
    channel: Channel = DemoChannel() if settings.demo else Unconfigured()
    return {
        "code": deliver_code(channel),
        "notice": deliver_notice(channel),
        "text": deliver_text(channel),
        "word": deliver_word(channel),
        "ledger": deliver_head(settings),
    }
