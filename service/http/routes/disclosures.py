"""Who took away what holds personal data, and when."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency

from service.http.lists import BY_ID, Listing, Page, text, uuid
from service.http.reads import ReadList
from service.http.request_context import Disclosed, RequestContext

DISCLOSURES: Final = Listing(block="list_disclosures", order=BY_ID, filters={"about": uuid, "by": text})


class DisclosureShown(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody (`by`, as events name who acts) was given `what` about an agreement, a change or an inbound message; or
    read a list in which persons stand, which is on record once an hour (`about` is then the processor)."""

    id: UUID
    processor_id: UUID
    what: Disclosed | ReadList
    about: UUID
    by: str
    at: datetime


@get("/disclosures", opt={"spans": True, "role": "director", "query": DISCLOSURES.query}, tags=["events"])
async def list_disclosures(call: NamedDependency[RequestContext]) -> Response[Page[DisclosureShown]]:
    """Who was given evidence, declarations and messages as they came in, and who read lists in which persons stand,
    oldest first."""
    return await call.page(DISCLOSURES, lambda row: DisclosureShown(**dict(row)))


ROUTES: Final = (list_disclosures,)
