"""A subject's past and future in one list."""

from typing import Final

from service.http.lists import Listing, instant, text

TIMELINE: Final = Listing(block="timeline", order={"at": instant, "key": text})
"""Takes the agreement or change as the statement's last value."""
