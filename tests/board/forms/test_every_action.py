"""Every action of every table is a form: made of its shape alone, in words of each language, and read back the same."""

from collections.abc import Iterator, Sequence
from typing import Any, get_args

import msgspec
import pytest

from service.board.forms.deeds import Deed, deeds
from service.board.forms.fields import KINDS, Field, fields_of, with_keys
from service.board.forms.guarded import GUARDED, SEVERAL, WHOLE, places_of
from service.board.forms.placing import refused
from service.board.forms.sent import UNITS, by_default, closed_up, sent, standing
from service.board.forms.typed import Typed
from service.board.forms.words import form_words
from workflows.intake.checks import in_utc
from workflows.kinds import WORKFLOWS
from workflows.machine.vocabulary import guard_name
from workflows.time import Unit
from workflows.words import LANGUAGES, Language

ZONE = "Europe/Amsterdam"
ONE = "019f3b1e-0000-7000-8000-000000000001"
DEEDS = [one for one in deeds().values() if one.body is not None]
KNOWN: dict[bool, tuple[Field, ...]] = {
    False: (Field(name="end.erasure", shape="", kind="period", label="Erasure", help="Clause 9", lang="en"),),
    True: (Field(name="nature", shape="", kind="wording", label="What kind", help="Clause 7", lang="en"),),
}
VALUES: dict[str, Any] = {
    "text": "kim",
    "long": "Twice\nover",
    "country": "NL",
    "period": "P30D",
    "date": "2026-03-31",
    "instant": "2026-03-02T09:00:00.000001Z",
    "number": 12,
    "yes": True,
    "boolean": False,
    "lines": ["one", "two"],
    "countries": ["NL", "DE"],
    "reference": ONE,
    "references": [ONE],
    "wording": {"nl": "Zo", "en": "So"},
    "wordings": {"nl": ["een", "twee"], "en": ["one"]},
    "hidden": ONE,
    "evidence": {"text": "Twice\nover", "files": [ONE]},
}


def example(fields: Sequence[Field]) -> dict[str, Any]:
    """A body with all that can be said, of these fields."""
    return {one.name: value_of(one) for one in fields}


def value_of(field: Field) -> Any:
    match field.kind:
        case "choice":
            return field.choices[-1]
        case "choices":
            return list(field.choices)
        case "group":
            return example(field.inner)
        case "groups":
            return [example(field.inner), example(field.inner)]
        case "map":
            return example(field.inner)
        case kind:
            return VALUES[kind]


def everywhere(fields: Sequence[Field]) -> Iterator[Field]:
    for one in fields:
        yield one
        yield from everywhere(one.inner)


def shape(deed: Deed) -> tuple[Field, ...]:
    """The fields of a form whose maps have a name that is known: of a period, or of a text in each language."""
    assert deed.body is not None
    return with_keys(fields_of(deed.body), lambda field: KNOWN[field.wording])


def named(deed: Deed) -> str:
    return f"{deed.list}/{deed.action}"


def test_every_action_of_every_table_has_a_form() -> None:
    for kind, flow in WORKFLOWS.items():
        if flow.table.path:
            asked = {row.trigger for row in flow.table.rows if row.action}
            assert asked <= {one.action for one in deeds().values() if one.kind == kind}, kind


def test_what_has_no_table_is_few() -> None:
    assert {named(one) for one in deeds().values() if not one.kind} == {
        "inbound/classify", "users/new", "users/update", "users/remove",
    }  # fmt: skip


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_form_speaks_every_language(lang: Language) -> None:
    w = form_words(lang)
    asked = [one for deed in DEEDS for one in everywhere(fields_of(deed.body or msgspec.Struct))]
    lacking = {key for one in asked for key in w.lacks(one)}
    lacking |= {key for list, action in deeds() if not w.has(key := f"act.{list}.{action}")}
    for kind, flow in WORKFLOWS.items():
        lacking |= {f"kind.{kind}"} if not w.has(f"kind.{kind}") else set()
        lacking |= {
            f"state.{kind}.{state}"
            for state in flow.states
            if not w.has(f"state.{kind}.{state}") and not w.has(f"state.{state}")
        }
    lacking |= {key for unit in UNITS if not w.has(key := f"form.unit.{unit}")}
    assert "\n".join(sorted(lacking)) == ""


@pytest.mark.parametrize("deed", DEEDS, ids=named)
def test_a_filled_form_is_the_same_command(deed: Deed) -> None:
    fields = shape(deed)
    whole = example(fields)
    for body in (whole, {one.name: whole[one.name] for one in fields if one.required}):
        typed = closed_up(fields, Typed.of(standing(fields, body, ZONE, "nl").pairs()))
        found = sent(fields, typed, ZONE)
        assert found.wrong == ()
        assert found.body == body
        assert read(deed, found.body) == read(deed, body)


def read(deed: Deed, body: dict[str, Any]) -> object:
    found = deed.decode(body)
    return in_utc(found) if isinstance(found, msgspec.Struct) and type(found).__name__ != "Incomplete" else found


@pytest.mark.parametrize("deed", DEEDS, ids=named)
def test_an_untouched_form_says_nothing_but_what_the_program_takes_anyway(deed: Deed) -> None:
    fields = shape(deed)
    typed = by_default(fields, ZONE, "en")
    body = sent(fields, typed, ZONE).body
    for one in fields:
        if one.name in body and not one.required:
            assert body[one.name] == one.default, one.name


@pytest.mark.parametrize("deed", [one for one in DEEDS if one.fills], ids=named)
def test_what_was_not_changed_is_not_sent_and_what_was_emptied_goes(deed: Deed) -> None:
    fields = shape(deed)
    before = standing(fields, example(fields), ZONE, "de")
    assert sent(fields, before, ZONE, before).body == {}
    emptied = sent(fields, Typed(), ZONE, before).body
    assert set(emptied) == {one.name for one in fields}
    assert all(not value for value in emptied.values())


def test_the_kinds_of_fields_are_all_met() -> None:
    met = {one.kind for deed in DEEDS for one in everywhere(shape(deed))}
    assert met == set(KINDS)


def test_units_are_those_of_periods() -> None:
    assert set(UNITS) == set(get_args(Unit))


def test_a_map_asks_for_what_is_known() -> None:
    (facts,) = shape(deeds()["agreements", "give-facts"])
    typed = Typed.of([("facts.end.erasure", "30"), ("facts.end.erasure~unit", "days")])
    assert sent((facts,), typed, ZONE).body == {"facts": {"end.erasure": "P30D"}}
    assert str(form_words("nl").label(facts.inner[0])) == '<span lang="en" class="typed">Erasure</span>'


def _judges_what_is_asked(guard: Any) -> bool:
    """Whether a guard looks at the data of a command, and not only at what stands."""
    return "StepInput" in str(next(iter(guard.__annotations__.values())))


def test_a_refusal_of_what_was_typed_stands_at_its_field() -> None:
    """Each guard that judges data names a field of their shape, or is known to judge the whole."""
    lost, met = [], set()
    for kind, flow in WORKFLOWS.items():
        for row in flow.table.rows:
            place = flow.table.path or "breaches"  # a case is shown, and acted on, with its breach
            deed = deeds().get((place, row.trigger)) if row.action else None
            body = deed.body if deed is not None else None
            for guard in row.require if body is not None else ():
                name = guard_name(guard)
                if not _judges_what_is_asked(guard):
                    continue
                met.add(name)
                asked = {one.name for one in fields_of(body)} if body is not None else set()
                if name not in WHOLE and not asked & set(places_of(name)):
                    lost.append((kind, row.trigger, name, sorted(asked)))
    assert lost == []
    assert {*GUARDED, *SEVERAL, *WHOLE} - met == set(), "of guards that there are"


def test_a_refusal_that_names_a_field_stands_at_it() -> None:
    body = {"detail": "There are several main contracts: name one in `reference` (A, B).", "guard": "known_contract"}
    assert refused(body, {"on", "reference"})[0].path == "reference"
    ends = {"detail": "The contract cannot end before it begins (2026-01-01).", "guard": "ends_after_start"}
    assert refused(ends, {"on", "reference"})[0].path == "on"
    assert refused(ends, {"reason"})[0].path == "", "no such field stands there"
    assert refused({"detail": "No.", "guard": "state"}, {"on"})[0].path == ""
