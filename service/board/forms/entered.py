"""What was entered, beside what would happen: nobody confirms what they cannot see. Pure."""

from collections.abc import Iterator, Sequence
from datetime import date

import msgspec
from markupsafe import Markup, escape

from service.board.forms.clocks import NoTime, Skipped, Twice, instant
from service.board.forms.fields import Field
from service.board.forms.filled import Filled
from service.board.forms.sent import inside
from service.board.forms.typed import Typed
from workflows.words import LANGUAGES


class EnteredLine(msgspec.Struct, frozen=True, kw_only=True):
    """A field by its label, with what stands in it, as people read it."""

    label: Markup
    value: Markup


def entered(
    form: Filled, fields: Sequence[Field], zone: str, before: Typed | None, path: str = ""
) -> Iterator[EnteredLine]:
    """Every field in which something stands; where only changes are sent, those alone that were changed."""
    for one in fields:
        place = inside(path, one.name)
        stands = form.typed.below(place)
        if one.kind == "hidden" or (before is not None and before.below(place) == stands):
            continue
        match one.kind:
            case "group" | "map":
                yield from entered(form, one.inner, zone, before, place)
            case "groups":
                for row in form.typed.rows(place):
                    inner = entered(form, one.inner, zone, None, f"{place}[{row}]")
                    joined = Markup(", ").join(each.value for each in inner)
                    yield EnteredLine(label=form.w("form.row", label=form.w.label(one), number=row + 1), value=joined)
            case _:
                value = _said(form, one, place, zone)
                if value or before is not None:
                    yield EnteredLine(label=form.w.label(one), value=value or form.w("look.emptied"))


def _said(form: Filled, field: Field, path: str, zone: str) -> Markup:
    texts = form.typed.all(path)
    match field.kind:
        case "choice" | "choices":
            return Markup(", ").join(form.w.choice(field, one) for one in texts)
        case "yes" | "boolean":
            return form.w(f"form.{texts[0]}") if texts else Markup()
        case "reference" | "references":
            labels = {one.value: one.label for one in form.options(path).found}
            return Markup(", ").join(escape(labels.get(one, one)) for one in texts)
        case "date" if texts:
            return form.w.day(date.fromisoformat(texts[0]))
        case "instant" if texts:
            return _at(form, texts[0], path, zone)
        case "period" if texts:
            unit = form.typed.one(f"{path}~unit") or "days"
            return Markup("{} {}").format(texts[0], form.w(f"form.unit.{unit}"))
        case "wording" | "wordings":
            each = (form.typed.one(f"{path}.{lang}") for lang in LANGUAGES)
            return Markup(" / ").join(escape(one) for one in (*texts, *each) if one)
        case "evidence":
            return Markup(", ").join(escape(one) for one in (*texts, *(name for _, name in form.files(path))))
        case _:
            return Markup(", ").join(escape(line) for text in texts for line in text.splitlines())


def _at(form: Filled, text: str, path: str, zone: str) -> Markup:
    try:
        return form.w.at(instant(text, zone, form.typed.one(f"{path}~which")), zone)
    except (NoTime, Skipped, Twice):
        return escape(text)
