"""The timers of a notice."""

from typing import Any, Final

from workflows.machine.effects import RANK_CLOSE, RANK_ENGAGE, RANK_PROCEED
from workflows.machine.signals import NoData, Timer

CLOSE: Final = Timer("close", NoData, RANK_CLOSE)
PROCEED: Final = Timer("proceed", NoData, RANK_PROCEED)
RIGHT_CLOSED: Final = Timer("right_closed", NoData, RANK_CLOSE)
ENGAGE: Final = Timer("engage", NoData, RANK_ENGAGE)
ASSUMED: Final = Timer("assumed", NoData)
AWAITED: Final = Timer("awaited", NoData)
PUBLISHED: Final = Timer("published", NoData)
ALTERNATIVE: Final = Timer("alternative_over", NoData, RANK_CLOSE)

TIMERS: Final[tuple[Timer[Any], ...]] = (
    CLOSE, PROCEED, RIGHT_CLOSED, ENGAGE, ASSUMED, AWAITED, PUBLISHED, ALTERNATIVE,
)  # fmt: skip
