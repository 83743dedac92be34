"""The pages of what programs send and get: addresses for events, and messages that came in."""

from typing import Any, Final
from uuid import UUID

from litestar import Response
from markupsafe import Markup, escape

from service.board.desk import PageDesk
from service.board.forms import calling
from service.board.forms.offers import done_in, offers_of
from service.board.view import Block, BoardPage, View, fact, facts, record, some
from service.http.request_context import ReadUnit
from service.http.routes.webhooks import WEBHOOKS, WebhookShown
from workflows.time import parse_instant

MOST: Final = 50
CLASSIFY: Final = "classify"


async def _webhook(desk: PageDesk, unit: ReadUnit, one: WebhookShown, row: Any) -> View:
    return View(
        title=escape(one.url),
        facts=(
            *facts(desk, one, "description", "events", "holders"),
            *some(
                fact(desk, "delivered_at", desk.at(one.delivered_at)),
                fact(desk, "failing_since", desk.at(one.failing_since)),
            ),
        ),
        blocks=(await record(desk, unit, one.id),),
    )


async def inbound_list(desk: PageDesk) -> Response[str]:
    """What came in and waits for a person; `?classified=true` shows what somebody has looked at."""
    looked = desk.request.query_params.get("classified") == "true"
    items, _ = await calling.several(desk.request, "inbound", classified=looked)
    async with desk.call().reading() as unit:
        names = await desk.names(unit, [UUID(one["subject"]) for one in items if one["subject"]])
    block = Block(
        id="inbound",
        title=desk.w("inbound.seen" if looked else "inbound.waiting"),
        heads=tuple(map(desk.label, ("subject", "sender", "received_at", "about"))),
        rows=[
            (
                desk.link(f"inbound/{one['id']}", one["subject_line"] or desk.w("inbound.no_subject")),
                escape(one["sender"]),
                desk.at(_instant(one["received_at"])),
                desk.by(names, UUID(one["subject"]) if one["subject"] else None),
            )
            for one in items
        ],
        none=desk.w("list.none"),
        more=desk.link(
            "inbound", desk.w("inbound.waiting" if looked else "inbound.seen"), classified="false" if looked else "true"
        ),
    )
    return desk.shown("blocks_alone.html", title=desk.w("list.inbound"), blocks=[block])


async def inbound_page(desk: PageDesk, id: UUID) -> Response[str]:
    """One message that came in, with its words as they are. Raises NotFound."""
    one = await calling.one(desk.request, "inbound", id)
    async with desk.call().reading() as unit:
        wanted = [one["subject"], *one["waiting"]]
        names = await desk.names(unit, [UUID(each) for each in wanted if each])
    about = desk.by(names, UUID(one["subject"]) if one["subject"] else None)
    waiting = Markup(", ").join(desk.by(names, UUID(each)) for each in one["waiting"])
    said = desk.choice("as", one["classified_as"]) if one["classified_as"] else Markup()
    view = View(
        title=escape(one["subject_line"] or desk.w("inbound.no_subject")),
        facts=some(
            fact(desk, "sender", escape(one["sender"])),
            fact(desk, "received_at", desk.at(_instant(one["received_at"]))),
            fact(desk, "about", about),
            fact(desk, "waiting", waiting),
            fact(desk, "classified_as", said),
            fact(desk, "text", escape(one["text"])),
        ),
    )
    subject = {"id": id, "state": "", "actions": (CLASSIFY,)}
    return desk.shown(
        "subject.html",
        view=view,
        kind=desk.f.kind("inbound"),
        list_link=desk.link("inbound", desk.w("list.inbound")),
        state=desk.w("inbound.seen_one" if one["classified_at"] else "inbound.waits"),
        set_apart="",
        done=done_in(desk.request, "inbound"),
        tasks=None,
        offers=await offers_of(desk.request, "inbound", subject),
        f=desk.f,
        drawn=(),
        states=None,
    )


def _instant(text: str) -> Any:
    return parse_instant(text)


WEBHOOK: Final = BoardPage(WEBHOOKS, _webhook)
