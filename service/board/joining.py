"""The page on which a processor sets up its page for strangers: under which terms, with what they leave blank, and in
which languages."""

from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.connection import Request
from litestar.params import FromPath
from markupsafe import Markup

from db.queries import sql
from service.board.desk import PageDesk
from service.board.door import SIGNED_IN
from service.board.forms import calling
from service.board.forms.choices import Around
from service.board.forms.deeds import UPDATE, deeds
from service.board.forms.fields import Field
from service.board.forms.filled import filled
from service.board.forms.placing import mistakes, refused
from service.board.forms.sent import Untaken, sent
from service.board.forms.sent import standing as as_typed
from service.board.forms.typed import Typed
from service.board.render import go
from service.board.what_if import FACTS, blank
from service.http.request_context import RequestContext
from service.pages.forms import LARGEST_FORM, read_pairs
from workflows.errors import NotFound
from workflows.ids import new_id
from workflows.model.parties import Joining, Processor
from workflows.terms.model import Terms
from workflows.words import LANGUAGES, Language

ADMINS: Final = SIGNED_IN | {"role": "admin"}
_MOST_FIELDS: Final = 200
_PATH: Final = "/processors/{id:uuid}/joining"
_FIELD: Final = "joining."


class _Choice(msgspec.Struct, frozen=True, kw_only=True):
    """A version with a text, under which a page may be."""

    id: UUID
    terms: str
    version: str
    title: str

    @property
    def value(self) -> str:
        return str(self.id)


@get(_PATH, opt=ADMINS)
async def ask_joining(request: Request[Any, Any, Any], id: FromPath[UUID]) -> Response[Any]:
    """The form: first which text, then what that leaves blank."""
    return await _page(request, id, request.query_params.get("text"), None)


@post(_PATH, opt=ADMINS, request_max_body_size=LARGEST_FORM)
async def take_joining(request: Request[Any, Any, Any], id: FromPath[UUID]) -> Response[Any]:
    """Sets the page up, or takes it away."""
    pairs = await read_pairs(request, _MOST_FIELDS)
    form = dict(pairs)
    if form.get("do") == "off":
        return await _set(request, id, None, None, Typed.of(pairs), ())
    desk = PageDesk(request)
    chosen, terms = await _chosen(desk, form.get("text"))
    if chosen is None or terms is None:
        return await _page(request, id, None, None)
    typed = Typed.of(pairs)
    read = sent(_blanks(desk, terms), typed, terms.zone)
    body = {
        "terms": chosen.terms,
        "terms_version": chosen.version,
        "facts": read.body.get(FACTS, {}),
        "languages": [one for one in LANGUAGES if one in typed.all("languages")],
    }
    return await _set(request, id, chosen.value, body, typed, read.wrong)


async def _set(
    request: Request[Any, Any, Any],
    id: UUID,
    text: str | None,
    body: dict[str, Any] | None,
    typed: Typed,
    wrong: tuple[Untaken, ...],
) -> Response[Any]:
    if wrong:
        return await _page(request, id, text, typed, wrong, 422)
    answer = await calling.act(request, deeds()["processors", UPDATE], {"joining": body}, None, str(new_id()))
    if answer.taken:
        return go(request, f"/board/settings?done={UPDATE}#processor")
    found = tuple(msgspec.structs.replace(one, path=one.path.removeprefix(_FIELD)) for one in refused(answer.body))
    return await _page(request, id, text, typed, found, answer.status)


async def _page(
    request: Request[Any, Any, Any],
    id: UUID,
    text: str | None,
    typed: Typed | None,
    wrong: tuple[Untaken, ...] = (),
    status: int = 200,
) -> Response[Any]:
    desk = PageDesk(request)
    if id != RequestContext(request).caller.tenant():
        raise NotFound("There is no such processor.")
    standing = await _standing(desk, id)
    choices = await _choices(desk)
    if text is None and standing is not None:
        there = (standing.terms, standing.terms_version)
        text = next((one.value for one in choices if (one.terms, one.version) == there), None)
    chosen, terms = await _chosen(desk, text)
    form, fields = None, tuple[Field, ...]()
    if terms is not None and chosen is not None:
        same = standing is not None and (standing.terms, standing.terms_version) == (chosen.terms, chosen.version)
        fields = _blanks(desk, terms)
        if typed is None:
            typed = _as_it_stands(fields, standing, terms, desk.lang) if same and standing is not None else Typed()
        around = Around(desk.request, "terms", {}, terms.zone, desk.f)
        form = await filled(around, fields, typed, mistakes(desk.f, fields, typed, wrong))
    return desk.shown(
        "joining.html",
        status,
        id=id,
        choices=choices,
        chosen=chosen,
        terms=terms,
        fields=fields,
        form=form,
        languages=LANGUAGES,
        ticked=typed.all("languages") if typed is not None else (),
        wrong=_said(desk, form, wrong),
        standing=standing,
        address=f"j/{desk.house.slug}",
    )


def _said(desk: PageDesk, form: Any, wrong: tuple[Untaken, ...]) -> list[Markup]:
    if form is not None:
        return [Markup("{}: {}").format(one.label, one.words) if one.label else one.words for one in form.mistakes]
    return [desk.f.told(one.words) for one in wrong]


async def _standing(desk: PageDesk, id: UUID) -> Joining | None:
    async with desk.call().reading() as unit:
        stored = await unit.connection.fetchval(sql("one_processor"), unit.processors, id)
    return msgspec.json.decode(stored, type=Processor).joining


async def _choices(desk: PageDesk) -> list[_Choice]:
    """The newest row of each version that has a text."""
    async with desk.call().reading() as unit:
        rows = await unit.connection.fetch(sql("terms_with_texts"), [desk.call().caller.tenant()])
    return [msgspec.convert(dict(row), _Choice) for row in rows]


async def _chosen(desk: PageDesk, text: str | None) -> tuple[_Choice | None, Terms | None]:
    found = next((one for one in await _choices(desk) if one.value == text), None)
    if found is None:
        return None, None
    async with desk.call().reading() as unit:
        return found, (await unit.engine.terms(unit.connection, [found.id]))[found.id]


def _blanks(desk: PageDesk, terms: Terms) -> tuple[Field, ...]:
    """What the text leaves blank, each by its own words; nothing where it leaves nothing blank."""
    inner = tuple(blank(desk, terms, one, required=one.required) for one in terms.fields)
    if not inner:
        return ()
    legend, why = desk.w("terms.facts"), desk.w("joining.facts_why")
    return (Field(name=FACTS, shape=FACTS, kind="map", inner=inner, label=legend, help=why),)


def _as_it_stands(fields: tuple[Field, ...], standing: Joining, terms: Terms, lang: Language) -> Typed:
    facts = as_typed(fields, {FACTS: standing.facts}, terms.zone, lang)
    return facts | Typed({"languages": tuple(standing.languages)})


ROUTES: Final = (ask_joining, take_joining)
