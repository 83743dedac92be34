"""Settings: the reader's own sign-ins, the processor, its people, keys and addresses for programs."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Response
from markupsafe import Markup, escape

from db.queries import sql
from service.board.desk import PageDesk
from service.board.forms.deeds import NEW, REMOVE, UPDATE, deeds
from service.board.forms.offers import done_in
from service.board.view import Block, BoardFact, Line, facts
from service.http.auth import session_of
from service.http.request_context import ReadUnit
from service.http.routes.users import USERS
from service.http.routes.webhooks import WEBHOOKS
from service.people.sessions import open_sessions
from workflows.model.parties import Processor

MOST: Final = 200


async def settings_page(desk: PageDesk) -> Response[str]:
    """The page; who may not change a thing sees how it is, and no keys and people."""
    session, caller = session_of(desk.request), desk.call().caller
    assert session is not None, "the door lets nobody else in"
    id = caller.tenant()
    director = caller.may("director")
    async with desk.call().reading() as unit:
        stored = await unit.connection.fetchval(sql("one_processor"), unit.processors, id)
        sessions = await open_sessions(unit.connection, unit.processors, session.user_id)
        blocks = [_processor(desk, msgspec.json.decode(stored, type=Processor), id)]
        blocks += [await _people(desk, unit), await _webhooks(desk, unit)] if director else []
        if director:
            blocks.append(await _keys(desk, unit, id) if caller.may("admin") else _of_admins(desk))
    return desk.shown(
        "settings.html",
        done=done_in(desk.request, "users" if desk.request.query_params.get("list") == "users" else "processors"),
        me=[
            BoardFact(desk.label("name"), escape(session.name)),
            BoardFact(desk.label("email"), escape(session.email)),
            BoardFact(desk.label("role"), desk.f.role(session.role)),
            BoardFact(desk.label("language"), desk.choice("language", session.language)),
        ],
        sessions=[
            Line(
                what=desk.w("settings.since", at=desk.at(one.signed_in_at)),
                more=desk.w("settings.this") if one.id == session.id else Markup(),
            )
            for one in sessions
        ],
        blocks=blocks,
    )


def _may(desk: PageDesk, list: str, action: str) -> bool:
    deed = deeds().get((list, action))
    return deed is not None and desk.call().caller.may(deed.role)


def _processor(desk: PageDesk, one: Processor, id: UUID) -> Block:
    change = desk.link(f"processors/{id}/{UPDATE}", desk.f.action("processors", UPDATE))
    may = _may(desk, "processors", UPDATE)
    picture = desk.link(f"processors/{id}/logo", desk.w("logo.title"))
    joining = desk.link(f"processors/{id}/joining", desk.w("joining.title"))
    joins = desk.link("../j/" + one.slug, desk.w("joining.open")) if one.joining else desk.w("say.no")
    public = desk.link("../s/" + one.slug, desk.w("settings.public")) if one.public else desk.w("say.no")
    return Block(
        id="processor",
        title=escape(one.name),
        facts=(
            *facts(desk, one, "slug", "country", "timezone", "language", "terms", "reply_to"),
            BoardFact(desk.label("address"), _post(desk, one)),
            *facts(desk, one, "notice_time", "breach_target", "retention"),
            BoardFact(desk.label("public"), public),
            BoardFact(desk.w("joining.title"), joins),
            *facts(desk, one, "display_name", "colour"),
        ),
        more=Markup(" ").join((change, picture, joining)) if may else Markup(),
    )


def _post(desk: PageDesk, one: Processor) -> Markup:
    """Where it has its post; where nobody said, what that leads to."""
    return desk.said("address", one.address) if one.address else desk.w("settings.no_post")


async def _people(desk: PageDesk, unit: ReadUnit) -> Block:
    call = desk.call(limit=MOST, state="active")
    rows, _ = await call.rows(unit, USERS, call.caller.role == "admin", call.caller.processor)
    return Block(
        id="people",
        title=desk.w("settings.people"),
        heads=(*map(desk.label, ("name", "email", "role", "language")), desk.w("settings.change")),
        rows=[
            (
                escape(row["name"]),
                escape(row["email"]),
                desk.f.role(row["role"]),
                desk.choice("language", row["language"]),
                Markup(", ").join(
                    desk.link(f"users/{row['id']}/{action}", desk.w("settings.do", action=said, name=row["name"]))
                    for action, said in (
                        (UPDATE, desk.f.action("users", UPDATE)),
                        (REMOVE, desk.f.action("users", REMOVE)),
                        ("told", desk.w("told.title")),
                    )
                ),
            )
            for row in rows
        ],
        none=desk.w("list.none"),
        more=desk.link(f"users/{NEW}", desk.f.action("users", NEW)),
    )


def _of_admins(desk: PageDesk) -> Block:
    """What a director has to ask for: keys, and the settings themselves, are an admin's."""
    return Block(id="keys", title=desk.w("settings.keys"), none=desk.w("settings.of_admins"))


async def _keys(desk: PageDesk, unit: ReadUnit, id: UUID) -> Block:
    rows = await unit.connection.fetch(sql("keys_to_show"), unit.processors, MOST, id)
    make = desk.link(f"processors/{id}/keys", desk.f.action("processors", "keys"))
    return Block(
        id="keys",
        title=desk.w("settings.keys"),
        heads=(
            *map(desk.label, ("name", "role", "since", "last_used_at", "state")),
            desk.w("settings.change"),
        ),
        rows=[
            (
                escape(row["name"]),
                desk.f.role(row["role"]),
                desk.day_of(row["created_at"]),
                desk.day_of(row["last_used_at"]),
                desk.w("settings.revoked" if row["revoked_at"] else "settings.valid"),
                _revoke(desk, row),
            )
            for row in rows
        ],
        none=desk.w("list.none"),
        more=make if _may(desk, "processors", "keys") else Markup(),
    )


def _revoke(desk: PageDesk, row: Any) -> Markup:
    if row["revoked_at"] is not None:
        return Markup()
    return desk.link(
        f"keys/{row['id']}/revoke", desk.w("settings.do", action=desk.w("settings.revoke"), name=row["name"])
    )


async def _webhooks(desk: PageDesk, unit: ReadUnit) -> Block:
    rows, _ = await desk.call(limit=MOST).rows(unit, WEBHOOKS.listing)
    shown: Sequence[Any] = [msgspec.json.decode(row["entity"]) for row in rows]
    make = desk.link(f"webhooks/{NEW}", desk.f.action("webhooks", NEW))
    return Block(
        id="webhooks",
        title=desk.w("settings.webhooks"),
        heads=tuple(map(desk.label, ("url", "state"))),
        rows=[
            (desk.link(f"webhooks/{row['id']}", one["url"]), desk.state("webhook", row["state"]))
            for row, one in zip(rows, shown, strict=True)
        ],
        none=desk.w("list.none"),
        more=make if _may(desk, "webhooks", NEW) else Markup(),
    )
