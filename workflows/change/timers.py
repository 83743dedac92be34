"""The timers of a change."""

from typing import Any, Final

from workflows.machine.effects import RANK_END, RANK_START
from workflows.machine.signals import NoData, Timer

ANNOUNCE: Final = Timer("announce", NoData, RANK_START)
REVIEW_SOON: Final = Timer("review", NoData, RANK_START)
REVIEW_ON_THE_DAY: Final = Timer("review", NoData, RANK_START, name="wished")
ENDED: Final = Timer("ended", NoData, RANK_END, name="end")
BEGIN_DELETION: Final = Timer("begin_deletion", NoData, RANK_END + 1, "irreversible", name="delete")

TIMERS: Final[tuple[Timer[Any], ...]] = (ANNOUNCE, REVIEW_SOON, REVIEW_ON_THE_DAY, ENDED, BEGIN_DELETION)
