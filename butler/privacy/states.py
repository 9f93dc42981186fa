"""The words of judging looks."""

from enum import StrEnum


class Rule(StrEnum):
    """Why a look stands out. None of them proves anything: somebody has to ask."""

    DECOY = "decoy"  # looked at somebody who does not exist
    DOUBTED = "doubted"  # the resident asks why
    RELATIVE = "relative"  # of the looker's own family
    SAME_SURNAME = "same_surname"  # the same surname in the looker's own building
    SAME_BUILDING = "same_building"  # a neighbour, without anything being done
    AFTER_HANDOVER = "after_handover"  # a case that somebody else has now
    AFTER_CLOSING = "after_closing"  # a case that has long been closed
    SEARCHES = "searches"  # looked for people by name, and nothing was done
    UNASSIGNED = "unassigned"  # cases that are nobody's business of theirs
    OFF_HOURS = "off_hours"  # many people at night
    TOO_MANY = "too_many"  # many people in one day
    AGAIN_AND_AGAIN = "again_and_again"  # the same person many times
    BROKEN_GLASS = "broken_glass"  # an urgent look, to be checked each time
    COLLEAGUE = "colleague"  # of a colleague's own affair, without anything being done
    AWAY = "away"  # on a day of leave
    UNCOVERED = "uncovered"  # what is covered, again and again or of many
    CROWD = "crowd"  # many people at work looked at the same person on one day
    LINES = "lines"  # a great many lines of lists
    EXPORTS = "exports"  # of very few people, or very often
    KEEPS_COMING = "keeps_coming"  # the same person on several days
    IN_TURN = "in_turn"  # the same, two people taking turns
    LEFT_LYING = "left_lying"  # took a neighbour's case in hand and did nothing
    LEAVING = "leaving"  # many people in the last weeks of a post


class ExportState(StrEnum):
    """How far a request to export is."""

    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"
    MADE = "made"  # ready to be fetched for a day


class Verdict(StrEnum):
    """What has become of a finding."""

    OPEN = "open"
    EXPLAINED = "explained"  # there was a reason
    CONFIRMED = "confirmed"  # there was none
