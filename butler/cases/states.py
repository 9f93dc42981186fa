"""The words of a case. `docs/vocabulary.md` explains each."""

from enum import StrEnum


class Kind(StrEnum):
    """Which procedure a case follows."""

    CONSULT = "consult"  # 咨询
    ERRAND = "errand"  # 代办


class Mode(StrEnum):
    """When an errand is handed over."""

    DAYTIME = "daytime"
    OFF_HOURS = "off_hours"  # 错峰代办


class Urgency(StrEnum):
    """How much haste there is. (Emergencies come with the repair procedure.)"""

    NORMAL = "normal"
    URGENT = "urgent"


class Stage(StrEnum):
    """The same for all kinds; drives queues and figures."""

    WAITING = "waiting"  # on a desk
    IN_HAND = "in_hand"  # one holder, a lease
    PAUSED = "paused"  # for a reason, with an end
    RESOLVED = "resolved"  # the worker says done
    CLOSED = "closed"  # with an outcome


class State(StrEnum):
    """The procedures' own words."""

    # consult
    ASKED = "asked"
    ANSWERED = "answered"
    CONVERTED = "converted"
    # errand
    REQUESTED = "requested"
    AUTHORISED = "authorised"
    COLLECTED = "collected"
    SUBMITTED = "submitted"
    RESULT_READY = "result_ready"
    RETURNED = "returned"
    DELIVERED = "delivered"
    NOT_DONE = "not_done"  # it cannot be done this way; the resident is told why


class Step(StrEnum):
    """What somebody does to a case. The names are part of the API and stay."""

    # of the kernel
    CLAIM = "claim"
    RELEASE = "release"
    DISPATCH = "dispatch"
    REFER_UP = "refer_up"
    PAUSE = "pause"
    RESUME = "resume"
    NOTE = "note"
    URGE = "urge"
    RESOLVE = "resolve"
    CONFIRM = "confirm"
    DISPUTE = "dispute"
    RATE = "rate"
    CANCEL = "cancel"
    # consult
    ANSWER = "answer"
    CONVERT = "convert"
    # errand
    AUTHORISE = "authorise"
    RECEIVE_ORIGINALS = "receive_originals"
    SUBMIT = "submit"
    RECORD_RESULT = "record_result"
    RETURN_ORIGINALS = "return_originals"


class Happening(StrEnum):
    """What the system itself writes into a history; nobody can ask for these."""

    FILED = "filed"
    ESCALATED = "escalated"  # a rung of the ladder: late
    LEASE_LAPSED = "lease_lapsed"
    SILENCE = "silence"  # nobody confirmed or disputed in time
    DUE_MOVED = "due_moved"  # a published calendar changed a due time
    ATTACHED = "attached"  # somebody added a photo or a paper
    DESTROYED = "destroyed"  # photos or papers were destroyed; by the clock, or the scanner found something


class Outcome(StrEnum):
    """How a case closed."""

    CONFIRMED = "confirmed"  # the resident said so
    SILENT = "silent"  # nobody objected in time; counted apart, never as satisfied
    NOT_DONE = "not_done"  # the resident agreed that it cannot be done this way
    CONVERTED = "converted"  # became another case
    CANCELLED = "cancelled"  # the resident took it back


class ClockKind(StrEnum):
    """What is being timed."""

    RESPONSE = "response"  # until somebody takes it
    HANDLING = "handling"  # until it is answered, or handed in at the window
    AUTHORITY = "authority"  # the authority's own time, after it received the papers
    DELIVERY = "delivery"  # until result and papers are back with the resident
    CONFIRM = "confirm"  # until the resident has had time to look at it


class Relation(StrEnum):
    """How the caller stands to a case; decides which steps are open to them."""

    ASKER = "asker"  # asked for it, or it is for them
    HOLDER = "holder"  # has it in hand
    DESK = "desk"  # sits at the desk where it waits
    ABOVE = "above"  # answers for it at a unit above, or supervises that unit


class PauseReason(StrEnum):
    """Why a case may be paused."""

    WAITING_FOR_RESIDENT = "waiting_for_resident"
    WAITING_FOR_APPOINTMENT = "waiting_for_appointment"
    SPECIAL_PROCEDURE = "special_procedure"  # hearing, test, appraisal … (行政许可法 art 45)


class Direction(StrEnum):
    """Which way a case moved between desks."""

    DOWN = "down"
    UP = "up"
    SIDEWAYS = "sideways"
