"""How an agreement's own periods are counted."""

from typing import Literal

from workflows.terms.model.base import Base

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class Counting(Base, frozen=True, kw_only=True):
    """How the agreement's own periods are counted, where the text or a law says it.

    `moves`: whose last day moves off a Saturday, Sunday or holiday; `law` (`§ 193 BGB`) or `clause` is why. Where
    nobody wrote whose, or by what, it is the protective reading, the controller's alone (I-05, I-06). `working_days`
    and `holidays` (a calendar, where it is another than `calendar`) say what a working day is. `day_ends` (`17:00`, in
    the agreement's zone): what arrives later, or on no working day, counts as the next working day's;
    `last_day_ends`: whether a period's last day, when it is a working day, ends with it too.
    """

    moves: Literal["", "controller", "processor", "both", "none"] = ""
    law: str = ""
    clause: str = ""
    working_days: tuple[Weekday, ...] = ()
    holidays: str = ""
    day_ends: str = ""
    last_day_ends: Literal["day", "business_day"] = "day"
    reading: str = ""

    @property
    def moved(self) -> Literal["controller", "processor", "both", "none"]:
        """Whose last day moves: as the text or a law has it, else the controller's."""
        return self.moves or "controller"

    @property
    def week(self) -> tuple[Weekday, ...]:
        """On which days people work: as the text has it, else from Monday to Friday."""
        return self.working_days or ("monday", "tuesday", "wednesday", "thursday", "friday")
