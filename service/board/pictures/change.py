"""A change over its customers, from counts: a hundred thousand agreements cost no more rows than one."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from db.queries import sql
from db.session import Connection
from service.pictures.audience import NAMED, Audience, audience
from service.pictures.picture import Picture
from workflows.words import Language


async def change_picture(
    connection: Connection, processors: Sequence[UUID], change: UUID, title: str, zone: str, lang: Language
) -> Picture | None:
    """How far a change has come; None before anybody is to be told. Days are those of `zone`."""
    row = await connection.fetchrow(sql("change_audience"), processors, change)
    if not row["total"]:
        return None
    days: Sequence[Any] = await connection.fetch(sql("change_served"), processors, change, zone)
    first: Sequence[Any] = ()
    if row["holding"]:
        first = await connection.fetch(sql("change_holding"), processors, change, NAMED)
    found = Audience(
        total=row["total"],
        told=row["told"],
        received=row["received"],
        answered=row["answered"],
        settled=row["settled"],
        served=tuple((one["day"], one["count"]) for one in days),
        holding=tuple(one["name"] for one in first),
        more=row["holding"] - len(first),
    )
    return audience(f"change-{change}", title, found, lang)
