"""The parts of a contact's own page that stand by themselves, in the order in which they are shown."""

from typing import Final

from service.pages.audit import AUDIT
from service.pages.breach_section import BREACHES
from service.pages.contacts import CONTACTS
from service.pages.deadlines import DEADLINES
from service.pages.going_section import GOING
from service.pages.matters_section import MATTERS
from service.pages.requests_section import REQUESTS
from service.pages.section import Section, Taking

__all__ = ["SECTIONS", "Section", "Taking"]

SECTIONS: Final[tuple[Section, ...]] = (DEADLINES, GOING, BREACHES, REQUESTS, AUDIT, MATTERS, CONTACTS)
