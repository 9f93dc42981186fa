"""How long anything is kept. The same as `periods` in `register.yaml`, in numbers."""

from datetime import datetime, time, timedelta

from butler.looks.rules import KEPT

CASE_KEPT = timedelta(days=3 * 365)
"""After closing: 诉讼时效 is three years (民法典 art. 188). Then the key of the case is destroyed. An installation whose
archive rules ask for more has to say so here and in the register."""
LOG_KEPT = KEPT
"""What proves something about looking, posts, authorities and consents: as long as the log of looks."""
MESSAGES_KEPT = timedelta(days=30)
"""What was sent, or could not be; the notice itself stays with its case."""
LEFT = "已注销"
"""The name of somebody who has left: figures stay true, and nobody is named."""
BATCH = 100  # cases of one transaction; a run can be stopped between any two
MESSAGES_AT_ONCE = 1000
ROWS_AT_ONCE = 1000

NIGHT = time(2)  # from when on, by the clock of the place, a day's run may begin; a machine that slept catches up
BROKEN_OFF = timedelta(hours=1)
"""A run that has not ended by then was broken off, and is taken up again."""
OVERDUE = timedelta(hours=48)


def is_night_over(moment: datetime) -> bool:
    """Whether the run of this day may begin; `moment` in the time of the place."""
    return moment.time() >= NIGHT
