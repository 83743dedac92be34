"""The timers of an agreement."""

from typing import Any, Final

from workflows.machine.effects import RANK_CLOSE, RANK_END, RANK_ERASE, RANK_START
from workflows.machine.signals import NoData, Timer
from workflows.model.agreement import EndedService, PassedOn

START: Final = Timer("start", NoData, RANK_START)
BIND: Final = Timer("bind", NoData, RANK_CLOSE)
WARN: Final = Timer("warn", NoData)
END: Final = Timer("end", NoData, RANK_END)
TERMINATED: Final = Timer("terminated", NoData, RANK_END)
SERVICE_ENDED: Final = Timer("service_ended", EndedService, RANK_END)
"""One a service: its name is the service's."""
SETTLE: Final = Timer("settle", NoData, RANK_ERASE, "irreversible")
HOLD_OVER: Final = Timer("hold_over", NoData, RANK_ERASE, "irreversible")
KEPT_OVER: Final = Timer("kept_over", NoData, RANK_ERASE, "irreversible")
MOVES: Final = Timer("moved", PassedOn)

TIMERS: Final[tuple[Timer[Any], ...]] = (
    START, BIND, WARN, END, TERMINATED, SERVICE_ENDED, SETTLE, HOLD_OVER, KEPT_OVER, MOVES,
)  # fmt: skip
