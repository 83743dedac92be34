"""A breach's clocks, from the breach as the API shows it."""

from typing import Final

from service.http.routes.breaches import BreachShown
from service.pictures.clocks import BreachClock, clocks
from service.pictures.picture import Picture
from workflows.words import Language

_NAME: Final = "clocks"


def breach_picture(breach: BreachShown, title: str, zone: str, lang: Language) -> Picture | None:
    """The clock of each agreement that the breach touches; None where it touches none. By the clocks of `zone`."""
    open_ = [one for one in breach.cases if not one.dropped_why]
    found = [
        BreachClock(
            customer=one.customer,
            begun_at=breach.discovered_at,
            due_at=one.due_at,
            told_at=one.informed_at,
            own=one.own_target,
        )
        for one in open_
    ]
    # The customer's own hours towards its authority, once they run: nobody here tells whether it reported.
    found += [
        BreachClock(
            customer=one.customer,
            begun_at=one.informed_at or breach.discovered_at,
            due_at=one.authority_due_at,
            theirs=True,
        )
        for one in open_
        if one.authority_due_at is not None
    ]
    return clocks(f"{_NAME}-{breach.id}", title, found, breach.as_of, zone, lang) if found else None
