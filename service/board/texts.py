"""The terms: each text's rules in plain words, and its versions side by side."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from litestar import Response
from markupsafe import Markup, escape

from db.queries import sql
from service.board.desk import PageDesk
from service.board.view import Block, BoardFact
from service.board.what_if import what_if
from service.files.store import LARGEST_FILE
from service.http.request_context import ReadUnit
from service.http.routes.terms import LATEST, VERSIONS
from workflows.errors import NotFound
from workflows.terms.comparing import compared
from workflows.terms.explain import counted_in, explained, law_named
from workflows.terms.model import Terms
from workflows.words import LANGUAGES, Spoken

MOST: Final = 200


async def terms_list(desk: PageDesk) -> Response[str]:
    """The latest version of each text."""
    call = desk.call(limit=MOST)
    async with call.reading() as unit:
        rows, _ = await call.rows(unit, LATEST, call.caller.processor)
    return desk.shown(
        "blocks_alone.html",
        title=desk.w("list.terms"),
        blocks=[
            Block(
                id="terms",
                title=desk.w("terms.latest"),
                heads=(desk.label("terms"), desk.label("terms_version"), desk.label("whose")),
                rows=[
                    (
                        desk.link(f"terms/{row['terms']}", row["title"]),
                        escape(row["version"]),
                        desk.w("terms.own" if row["processor_id"] else "terms.everyones"),
                    )
                    for row in rows
                ],
            )
        ],
    )


async def terms_page(
    desk: PageDesk, id: str, *, version: str | None = None, wrong: Markup | None = None, status: int = 200
) -> Response[str]:
    """One text in plain words. `?version=` names another than the latest, `?beside=` one to lay beside it.

    `wrong` is why a text was not set for this `version`. Raises NotFound.
    """
    params = desk.request.query_params
    call = desk.call(limit=MOST)
    async with call.reading() as unit:
        row = await _row(unit, call.caller.processor, id, version or params.get("version") or None)
        versions, _ = await call.rows(unit, VERSIONS, id)
        other = next((one for one in versions if one["version"] == params.get("beside")), None)
        wanted = [row["id"], *([other["id"]] if other is not None else [])]
        text = await _text(desk, unit, row)
        known: Mapping[Any, Terms] = await unit.engine.terms(unit.connection, wanted)
    terms = known[row["id"]]
    blocks = [
        Block(id=f"part-{number}", title=escape(part.title), points=tuple(_line(desk, one) for one in part.lines))
        for number, part in enumerate(explained(terms, desk.lang))
    ]
    return desk.shown(
        "terms.html",
        status,
        text=text,
        wrong_text=wrong,
        may_set=call.caller.may("manager"),
        all_languages=LANGUAGES,
        largest=LARGEST_FILE // 1024**2,
        id=id,
        title=terms.title,
        version=row["version"],
        law=law_named(terms, desk.lang),
        counting=tuple(desk.w.marked(one) for one in counted_in(terms, desk.lang)),
        blocks=blocks,
        versions=_versions(desk, id, row, versions),
        beside=laid_beside(desk, known[other["id"]], terms) if other is not None else None,
        asked=await what_if(desk, terms),
        address=desk.href(f"terms/{id}"),
    )


async def _text(desk: PageDesk, unit: ReadUnit, row: Any) -> tuple[BoardFact, ...]:
    """The text of the agreements under this version; nothing where none was set."""
    found = await unit.connection.fetchrow(sql("terms_text"), [desk.call().caller.tenant()], row["id"])
    if found is None:
        return ()
    if found["language"] is None:
        made = desk.w("terms.text_handed_in")
    else:
        language = desk.choice("language", found["language"])
        same = found["made_of"] == row["digest"]
        made = desk.w("terms.text_made" if same else "terms.text_made_before", language=language)
    return (
        BoardFact(desk.w("terms.text_file"), desk.link(f"files/{found['id']}", found["name"])),
        BoardFact(desk.w("terms.text_hash"), Markup('<code class="hash">{}</code>').format(found["sha256"].hex())),
        BoardFact(desk.w("terms.text_from"), made),
    )


def _line(desk: PageDesk, text: str) -> Markup:
    return desk.wrote(text) if isinstance(text, Spoken) else desk.w.marked(text)


async def _row(unit: ReadUnit, processor: Any, id: str, version: str | None) -> Any:
    row = await unit.connection.fetchrow(sql("read_terms"), processor, id, version)
    if row is None:
        raise NotFound("There are no such terms, or not in that version.")
    return row


def _versions(desk: PageDesk, id: str, row: Any, versions: Sequence[Any]) -> Block:
    def beside(one: Any) -> Markup:
        if one["version"] == row["version"]:
            return desk.w("terms.this")
        return desk.link(f"terms/{id}", desk.w("terms.compare"), version=row["version"], beside=one["version"])

    return Block(
        id="versions",
        title=desk.w("terms.versions"),
        heads=(desk.label("terms_version"), desk.label("since"), desk.w("terms.beside")),
        rows=[
            (
                desk.link(f"terms/{id}", one["version"], version=one["version"]),
                desk.day_of(one["created_at"]),
                beside(one),
            )
            for one in versions
        ],
    )


def laid_beside(desk: PageDesk, old: Terms, new: Terms) -> Block:
    """What two versions say otherwise, side by side."""
    return Block(
        id="beside",
        title=desk.w("terms.differences"),
        heads=(desk.w("terms.what"), escape(old.version), escape(new.version)),
        rows=[
            (escape(one.label), escape(one.first), escape(one.second))
            for one in compared(old, new, desk.lang)
            if one.in_substance
        ],
        none=desk.w("terms.same"),
    )
