"""The pages of actions: a form, what would happen, and the deed.

    GET  /board/LIST/new, /board/LIST/ID/ACTION      the form
    POST the same, `step=again`                      the form anew: searched, with more rows
    POST the same, `step=look`                       what would happen, in words; nothing is done
    POST the same, `step=do`                         done, once, if nothing has changed since it was looked at

What an action is, what it asks and who may do it follow from its table and shape; no page knows a trigger.
"""

import re
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.connection import Request
from litestar.params import FromPath
from markupsafe import Markup

from service.board.door import SIGNED_IN, insist_on_fresh
from service.board.forms import calling, subjects
from service.board.forms.beside import beside
from service.board.forms.calling import Ahead, Answer
from service.board.forms.choices import Around
from service.board.forms.deeds import AMONG_SETTINGS, NEW, Deed, deeds
from service.board.forms.entered import entered
from service.board.forms.fields import Field, fields_of
from service.board.forms.filled import filled
from service.board.forms.known import known_fields
from service.board.forms.narrowing import choosing, narrowed, of_kind
from service.board.forms.offers import done_in
from service.board.forms.placing import mistakes, refused
from service.board.forms.possible import Possible, not_now, possible
from service.board.forms.saying import FOLLOWED, NOT_BEFORE, last_day, told, told_later, wished_day
from service.board.forms.sent import Untaken, by_default, closed_up, sent, standing
from service.board.forms.typed import Typed
from service.board.forms.uploads import read_posted, with_files
from service.board.forms.words import form_words
from service.board.render import go, root, show, words_for
from service.files.store import LARGEST_FILE
from service.http.request_context import RequestContext
from service.pages.forms import LARGEST_FORM
from workflows.errors import NotAllowed, NotFound
from workflows.ids import new_id
from workflows.time import end_of_day

MOST_FIELDS: Final = 2_000
"""Inputs of one form: a register of a hundred contacts still fits."""
OWN: Final = frozenset({"_csrf_token", "_key", "_version", "step"})
"""What a page's form has beside what is asked."""
ONCE: Final = ("key", "secret")
"""What an answer may show that is never shown again."""
NEXT: Final = {("changes", NEW): "notify", ("announcements", NEW): "notify"}
"""What one goes on with: a draft is looked at, and announced."""
_GONE: Final = 404
_REFUSED: Final = 409
_STALE: Final = 412
_NOT_LOOKED: Final = 428
"""What is done has been looked at: its page has the version that was seen, and a key that is good for once."""
_VERSION: Final = re.compile(r"[0-9]{1,18}")
_NOT_ALLOWED: Final = 403
_KEY_REUSED: Final = 422
TROUBLE: Final = {
    _REFUSED: "error.refused",
    _STALE: "error.stale",
    _NOT_ALLOWED: "error.not_allowed",
    503: "error.unavailable",
}


class FormPage(msgspec.Struct, frozen=True, kw_only=True):
    """One form for one person: what is done, to what, and all that its page knows."""

    request: Any
    deed: Deed
    id: UUID | None
    around: Around
    possible: Possible = Possible()

    @property
    def subject(self) -> Any:
        return self.around.subject

    @property
    def shape(self) -> tuple[Field, ...]:
        found = fields_of(self.deed.body) if self.deed.body is not None else ()
        found = tuple(one for one in found if self.possible.only is None or one.name in self.possible.only)
        found = tuple(map(_by_hand, found))
        return found if RequestContext(self.request).caller.may("admin") else tuple(map(_without_admins, found))

    def asked(self, typed: Typed) -> tuple[Field, ...]:
        """What is asked once a choice that decides of it is made."""
        found = narrowed(self.deed.list, self.deed.action, self.shape, typed)
        return of_kind(self.deed.list, found, self.subject.get("kind", "")) if self.subject else found

    @property
    def version(self) -> int | None:
        """The version that the subject has now, where the action is asked of one."""
        return self.subject.get("version") if self.deed.versioned else None

    def before(self, fields: Sequence[Field]) -> Typed | None:
        """What stood in the form when it was opened, where only changes are sent."""
        zone, lang = self.around.zone, self.around.lang
        if self.deed.fills:
            return standing(fields, self.subject, zone, lang)
        part = {one.name: self.subject for one in fields if one.standing}
        return standing(fields, part, zone, lang) if part else None

    @property
    def back(self) -> str:
        """The page to go back to: the subject's own, or the list."""
        list = self.deed.list
        if self.id is not None:
            return f"{root(self.request)}board/{list}/{self.id}"
        return f"{root(self.request)}board/{'settings' if list in AMONG_SETTINGS else list}"


def _by_hand(field: Field) -> Field:
    """What a person writes down came in some other way than by the customer's own link."""
    if field.name != "channel" or "link" not in field.choices:
        return field
    return msgspec.structs.replace(field, choices=tuple(one for one in field.choices if one != "link"))


def _without_admins(field: Field) -> Field:
    """An admin is made by an admin: nobody else is offered that role."""
    if field.name != "role" or "admin" not in field.choices:
        return field
    return msgspec.structs.replace(field, choices=tuple(one for one in field.choices if one != "admin"))


@get([f"/{list}/{NEW}" for list, action in deeds() if action == NEW], opt=SIGNED_IN)
async def ask_new(request: Request[Any, Any, Any]) -> Response[Any]:
    """The form for something new."""
    return await _ask(await _page(request, None, NEW))


@get([f"/{list}/{{id:uuid}}/{{action:str}}" for list in dict.fromkeys(list for list, _ in deeds())], opt=SIGNED_IN)
async def ask(request: Request[Any, Any, Any], id: FromPath[UUID], action: FromPath[str]) -> Response[Any]:
    """The form of an action."""
    return await _ask(await _page(request, id, action))


@post(
    [f"/{list}/{NEW}" for list, action in deeds() if action == NEW],
    opt=SIGNED_IN,
    request_max_body_size=LARGEST_FILE + LARGEST_FORM,
)
async def take_new(request: Request[Any, Any, Any]) -> Response[Any]:
    """Look at what something new would bring, or make it."""
    return await _take(await _page(request, None, NEW))


@post(
    [f"/{list}/{{id:uuid}}/{{action:str}}" for list in dict.fromkeys(list for list, _ in deeds())],
    opt=SIGNED_IN,
    request_max_body_size=LARGEST_FILE + LARGEST_FORM,
)
async def take(request: Request[Any, Any, Any], id: FromPath[UUID], action: FromPath[str]) -> Response[Any]:
    """Look at what an action would do, or do it."""
    return await _take(await _page(request, id, action))


async def _page(request: Request[Any, Any, Any], id: UUID | None, action: str) -> FormPage:
    """Raises NotFound for what is no action, or nobody's subject, NotAllowed for a role that may never do it."""
    list = request.scope["path"].split("/")[2]
    deed = deeds().get((list, action))
    if deed is None or deed.makes != (id is None):
        raise NotFound("There is no such action.")
    if not RequestContext(request).caller.may(deed.role):
        raise NotAllowed(f"This needs the role {deed.role}.")
    subject = await calling.one(request, list, id) if id is not None else {}
    if deed.for_good:
        insist_on_fresh(request)
    words = form_words(words_for(request).lang)
    around = Around(request, list, subject, await subjects.zone(request), words)
    fields = fields_of(deed.body) if deed.body is not None else ()
    known = await possible(around, deed, id, fields) if subject else Possible()
    return FormPage(request=request, deed=deed, id=id, around=around, possible=known)


async def _ask(page: FormPage) -> Response[Any]:
    if page.possible.why is not None:  # said before anything is typed
        wrong = (Untaken("", said=page.possible.why),)
        status = _NOT_ALLOWED if page.possible.of_role else _REFUSED
        return await _form(page, Typed(), wrong, status, TROUBLE[status], closed=True)
    asked = Typed.of(page.request.query_params.multi_items())
    fields = await known_fields(page.around, page.asked(asked), Typed())
    before = page.before(fields)
    typed = before if before is not None else by_default(page.shape, page.around.zone, page.around.lang)
    return await _form(page, closed_up(fields, typed | asked))


async def _take(page: FormPage) -> Response[Any]:
    posted = await read_posted(page.request, MOST_FIELDS)
    pairs = posted.pairs
    own = {name: text for name, text in pairs if name in OWN}
    typed = Typed.of((name, text) for name, text in pairs if name not in OWN)
    fields = await known_fields(page.around, page.asked(typed), typed)
    typed, unkept = await with_files(page.request, closed_up(fields, typed), posted.files)
    step = own.get("step")
    if unkept:
        return await _form(page, typed, unkept, 422)
    if step not in ("look", "do"):
        return await _form(page, typed)
    found = sent(fields, typed, page.around.zone, page.before(fields))
    if found.wrong:
        return await _form(page, typed, found.wrong, 422)
    if step == "look":
        return await _look(page, typed, fields, found.body)
    version = int(own["_version"]) if _VERSION.fullmatch(own.get("_version", "")) else None
    key = own.get("_key", "")
    if not key or (version is None and page.version is not None):
        return await _form(page, typed, (Untaken("", "error.not_looked"),), _NOT_LOOKED)
    answer = await calling.act(page.request, page.deed, found.body, version, key)
    return await _done(page, typed, answer)


async def _look(page: FormPage, typed: Typed, fields: Sequence[Field], body: dict[str, Any]) -> Response[Any]:
    """What would happen, with the one button that makes it happen."""
    kind, zone = page.deed.kind, await subjects.own_zone(page.around)
    day = last_day(kind, body)
    known = day or wished_day(kind, page.subject, body)
    to = end_of_day(known, zone) if known is not None else None
    found, later, until = await calling.look(
        page.request, page.deed, body, Ahead(to=to, periods=kind in FOLLOWED and day is None)
    )
    if isinstance(found, Answer):
        return await _not_taken(page, typed, found)
    before = page.subject.get("state", "")
    w = page.around.words
    form = await filled(page.around, fields, typed)
    return show(
        page.request,
        "forms/look.html",
        **_shown(page),
        told=told(w, found, kind, before, zone, f"{page.deed.list}.{page.deed.action}", body.get(NOT_BEFORE, "")),
        later=told_later(w, found, later, page.id, day, until, zone) if later is not None and until else None,
        entered=tuple(entered(form, fields, page.around.zone, page.before(fields))),
        warning=_warning(page),
        kept=[pair for pair in typed.pairs() if not pair[0].endswith("~find")],
        key=str(new_id()),
    )


async def _done(page: FormPage, typed: Typed, answer: Answer) -> Response[Any]:
    """On to the subject, with a word on what was done; a secret is shown here, since it never is again."""
    if not answer.taken:
        return await _not_taken(page, typed, answer)
    body = answer.body if isinstance(answer.body, dict) else {}
    secret = next((body[name] for name in ONCE if body.get(name)), None)
    if secret is not None:
        return show(page.request, "forms/once.html", **_shown(page), secret=secret)
    id = page.id or body.get("id")
    place = f"/board/{page.deed.list}/{id}"
    after = NEXT.get((page.deed.list, page.deed.action))
    return go(page.request, f"{place}/{after}?done={page.deed.action}" if after else f"{place}?done={page.deed.action}")


async def _not_taken(page: FormPage, typed: Typed, answer: Answer) -> Response[Any]:
    """The form again, with what was typed and what is wrong with it."""
    if answer.status >= 500 and answer.status != 503:
        return await _form(page, typed, (Untaken("", "error.unavailable"),), answer.status)
    if answer.status == _STALE:
        return await _form(page, typed, (Untaken("", TROUBLE[_STALE]),), _STALE)
    if answer.status == _KEY_REUSED:
        return await _form(page, typed, (Untaken("", "error.again"),), answer.status)
    if answer.status == _GONE:
        return await _form(page, typed, (Untaken("", "error.gone"),), answer.status)
    trouble = TROUBLE.get(answer.status, "")
    if answer.status == _REFUSED and answer.body.get("guard") == "state":
        return await _form(
            page,
            typed,
            (Untaken("", said=not_now(page.around, page.deed, answer.body["state"], answer.body["actions"])),),
            answer.status,
            trouble,
        )
    names = {one.name for one in page.shape}
    return await _form(page, typed, refused(answer.body, names), answer.status, trouble)


async def _form(
    page: FormPage,
    typed: Typed,
    wrong: Sequence[Untaken] = (),
    status: int = 200,
    trouble: str = "",
    *,
    closed: bool = False,
) -> Response[Any]:
    around = await beside(page.around, page.deed.action)
    typed = typed | Typed({name: (text,) for name, text in around.filled.items()})
    fields = page.possible.narrowed(await known_fields(page.around, page.asked(typed), typed))
    found = mistakes(page.around.words, fields, typed, wrong)
    form = await filled(page.around, fields, typed, found, trouble or "error.summary")
    shown = {**_shown(page), "done": done_in(page.request, page.deed.list), "panels": around.panels}
    shown |= {
        "closed": closed,
        "choosing": choosing(page.deed.list, page.deed.action, typed),
        "ruled_out": tuple(dict.fromkeys(page.possible.closed.values())),
    }
    return show(page.request, "forms/form.html", status, **shown, fields=fields, form=form)


def _warning(page: FormPage) -> Markup:
    """What to know before what gives something away, or destroys it, is done."""
    if not page.deed.for_good:
        return Markup()
    w, own = page.around.words, f"look.for_good.{page.deed.list}.{page.deed.action}"
    return w(own) if w.has(own) else w("look.for_good")


def _shown(page: FormPage) -> dict[str, Any]:
    """What every page of an action shows."""
    w = page.around.words
    state = page.subject.get("state")
    return {
        "f": w,
        "title": w.action(page.deed.list, page.deed.action),
        "about": subjects.name(page.around) if page.id is not None else "",
        "state": w.state(page.deed.kind, state) if state else "",
        "back": page.back,
        "version": page.version,
    }


ROUTES: Final = (ask_new, ask, take_new, take)
