"""A change over its customers, from counts: a hundred thousand agreements cost no more rows than one."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from db.queries import sql
from db.session import Connection
from service.board.forms.words import FormWords, form_words
from service.http.routes.changes import ChangeShown
from service.pictures.audience import NAMED, Audience, audience
from service.pictures.picture import Picture
from workflows.change.table import CHANGE
from workflows.notice.table import NOTICE
from workflows.words import Language


async def change_picture(
    connection: Connection, processors: Sequence[UUID], one: ChangeShown, title: str, zone: str, lang: Language
) -> Picture | None:
    """How far a change has come, by the counts that its page has beside it; None before anybody is to be told. Days are
    those of `zone`."""
    said = form_words(lang)
    counts, told = one.progress, one.progress["told"]
    waiting = 0 if told["finished"] else max(told["total"] - counts["total"], 0)
    if not counts["total"] + waiting:
        return None
    days: Sequence[Any] = await connection.fetch(sql("change_served"), processors, one.id, zone)
    first: Sequence[Any] = ()
    held = 0
    if not CHANGE.states[one.state].final:  # what was taken back or is over is held by nobody
        held = await connection.fetchval(sql("change_held"), processors, one.id)
    if held:
        first = await connection.fetch(sql("change_holding"), processors, one.id, NAMED)
    found = Audience(
        stands=tuple((_words(said, state), counts[state]) for state in NOTICE.states if counts[state]),
        waiting=waiting,
        served=tuple((row["day"], row["count"]) for row in days),
        holding=tuple((row["name"], _words(said, row["state"])) for row in first),
        more=max(held - len(first), 0),
    )
    return audience(f"change-{one.id}", title, found, lang)


def _words(said: FormWords, state: str) -> str:
    return said.state("notice", state).unescape()
