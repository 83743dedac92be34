"""What a failure costs."""

from typing import Literal

from workflows.terms.model.base import Base


class Penalty(Base, frozen=True, kw_only=True):
    """A contractual penalty: `base` at once plus `per_hour` for each hour late, or `per` a unit.

    Amounts are decimal strings in `currency` (ISO 4217), or where none is written in euros. `hours` names the reading
    used for a broken hour (I-12).
    """

    clause: str
    currency: str = ""
    base: str = "0.00"
    per_hour: str = "0.00"
    hours: Literal["completed", "started", "pro_rata"] = "completed"
    per: Literal["lateness", "violations", "engagements"]
    damages: Literal["reserved", "replaced"]
    reading: str = ""

    @property
    def money(self) -> str:
        """Its currency; euros where none is written."""
        return self.currency or "EUR"
