"""The parts of a contact's own page that stand by themselves, in the order in which they are shown."""

from typing import Final

from service.pages.sections.audits import AUDIT
from service.pages.sections.breaches import BREACHES
from service.pages.sections.contacts import CONTACTS
from service.pages.sections.deadlines import DEADLINES
from service.pages.sections.going import GOING
from service.pages.sections.matters import MATTERS
from service.pages.sections.requests import REQUESTS
from service.pages.sections.section import Section, Taking

__all__ = ["SECTIONS", "Section", "Taking"]

SECTIONS: Final[tuple[Section, ...]] = (DEADLINES, GOING, BREACHES, REQUESTS, AUDIT, MATTERS, CONTACTS)
