"""A terms file to begin with, from answers: what nobody answered is left to be filled in, and no clause is made up."""

import json
import re
import tomllib
from collections.abc import Mapping
from typing import Any, Final

from workflows.errors import BadInput, Problem
from workflows.terms.by_hand import BY_HAND, GUIDE
from workflows.terms.load import parse_toml
from workflows.terms.model import AFTER
from workflows.terms.names import CONSENT, RULES, WAITING
from workflows.terms.questions import (
    AT_ONCE,
    BLANK,
    BY_ID,
    CATALOGUE,
    CHOICE,
    NO_NUMBER,
    RETURN,
    UNSAID,
    Answers,
    checked,
    places_of,
)
from workflows.words import LANGUAGES, SOURCE, Language

_RIGHTS: Final = (
    ("overruled_objection", "overruling.then", "termination", "overruled"),
    ("objection", "objected.given", "yes", "objected"),
    ("amendment", "amendment.termination.given", "yes", "amended"),
    ("subprocessor", "subprocessors.rule", "termination_right", "ended"),
)
"""The ground of a right, the answer that gives it, and of what the questions about it are."""
_CLAUSES: Final = {"amended": "amendment.termination", "ended": "subprocessor.termination"}
"""Rights that rest on the clause of their rule."""
_GIVEN: Final = (
    *((one, f"{one}.given", "yes") for one in (
        "subprocessor.notice", "subprocessor.alternative", "amendment.notice", "amendment.termination",
    )),
    ("request.assist", "request.assist.owed", "yes"),
    ("request.forward", "request.forward.given", "yes"),
    ("end.choice", "end.data", "choice"),
    ("end.return", "end.return.given", "yes"),
    ("end.certificate", "end.certificate.given", "yes"),
    ("audit.notice", "audit.notice.given", "yes"),
)  # fmt: skip
"""Rules that a text may have or not, with the answer by which it has one."""
_STEPS: Final = re.compile(r'"([^"]*)"|\[(\d+)\]|([A-Za-z0-9_-]+)')
"""The steps of a path, as problems write it: a quoted key, a place in a list, a bare key."""
_DAY: Final = "entry.day"
_HEAD: Final = ("id", "version", "title", "language", "zone", "calendar")


def draft(answers: Answers, lang: Language = SOURCE, name: str = "FILE") -> str:
    """Write the terms file, TOML, with what is said in it to its writer in a language; `name` is that of the file.

    What is needed and was not answered stands there empty with its question beside it: `terms check` names each.
    Raises BadInput with everything that is wrong with the answers.
    """
    return _Draft(checked(answers), lang).text(name)


def contradictions(answers: Answers) -> tuple[Problem, ...]:
    """What does not hold together in the answers given so far, beside what nobody has answered yet.

    Raises BadInput for answers that are wrong in themselves.
    """
    made = draft(answers)
    document = tomllib.loads(made)
    try:
        parse_toml(made, "")
    except BadInput as error:
        found = [Problem(one.path.removeprefix(": "), one.message) for one in error.problems]
        return tuple(one for one in found if not _is_open(document, one))
    return ()


def _is_open(document: dict[str, Any], problem: Problem) -> bool:
    """Whether a problem is about a place that stands empty, or does not stand there yet."""
    at: Any = document
    for quoted, place, bare in _STEPS.findall(problem.path):
        step = int(place) if place else quoted or bare
        if isinstance(at, dict) and step not in at:
            return problem.message.startswith("is missing")
        at = at[step]
    return at in ("", [])


class _Draft:
    def __init__(self, answers: Answers, lang: Language) -> None:
        self.answers = answers
        self.lang: Language = lang
        self.lines: list[str] = []

    def text(self, name: str) -> str:
        said = CATALOGUE.in_language(self.lang)
        self.lines += [
            "#:schema ./terms.schema.json",
            f"# {said('file.schema', command='termijn terms schema > terms.schema.json')}",
            f"# {said('file.check', command=f'termijn terms check {name}')}",
            "",
        ]
        for key in _HEAD:
            self.key(key, key)
        self.key("law", "law", needed=False)
        if laws := places_of(self.answers.get("also_laws", "")):
            self.lines.append(f"also_laws = [{', '.join(map(_text, laws))}]")
        self.counting()
        self.table("entry", "event")
        if self.given("entry.event", "named_day"):
            self.lines.append(f'field = "{_DAY}"')
        self.table("ending", "in_force_until?")
        self.rights()
        self.table("amendment", "how", "form?", clause=not self.given("amendment.how", "silent"))
        said_of = not self.given("subprocessors.rule", "unsaid")
        self.table("subprocessors", "rule", "decided_by?", clause=said_of)
        self.overruling()
        self.region()
        self.end()
        self.fields()
        for rule in self.rules():
            self.rule(rule)
        self.by_hand()
        return "\n".join(self.lines) + "\n"

    def given(self, question: str, *answers: str) -> bool:
        return self.answers.get(question) in answers

    def asks(self, question: str) -> str:
        return BY_ID[question].stands_open(self.lang, self.answers)

    def own(self, key: str, words: str) -> None:
        """A key with a text of the program's own: in English, and in the languages of the file and of its writer."""
        language = self.answers.get("language", "")
        wanted = dict.fromkeys(one for one in LANGUAGES if one in (SOURCE, language, self.lang))
        said = {one: CATALOGUE.say(words, one) for one in wanted}
        self.lines.append(f"{key} = {_text(said[SOURCE]) if (*wanted, language) == (SOURCE, SOURCE) else _table(said)}")

    def typed(self, key: str, question: str) -> None:
        """A key with a text that the writer typed, who was asked for it in the language of the questions."""
        answer, language = self.answers.get(question), self.answers.get("language", "")
        alone = SOURCE if language == "nl" else language
        if answer is None or self.lang == alone:
            self.key(key, question)
        else:
            self.lines.append(f"{key} = {_table({self.lang: answer})}")

    def key(self, name: str, question: str, *, needed: bool = True) -> None:
        """A key with its answer; where it is needed and has none, empty with the question beside it."""
        answer = self.answers.get(question)
        if answer is not None:
            self.lines.append(f"{name} = {_text(answer)}")
        elif needed:
            self.lines.append(f'{name} = ""  # {self.asks(question)}')

    def table(self, name: str, *keys: str, clause: bool = True) -> None:
        self.lines += ["", f"[{name}]"]
        for key in keys:
            self.key(key.rstrip("?"), f"{name}.{key.rstrip('?')}", needed=not key.endswith("?"))
        if clause:
            self.key("clause", f"{name}.clause")

    def counting(self) -> None:
        if "counting.moves" in self.answers:
            self.table("counting", "moves", "law?", clause=False)
            self.key("clause", "counting.clause", needed="counting.law" not in self.answers)

    def rights(self) -> None:
        for ground, question, answer, of in _RIGHTS:
            if self.given(question, answer):
                self.lines += ["", "[[ending.rights]]", f'ground = "{ground}"']
                self.key("ends", f"{of}.ends")
                self.key("form", f"{of}.form", needed=False)
                self.key("clause", f"{_CLAUSES.get(of, of)}.clause")

    def overruling(self) -> None:
        if self.answers.get("subprocessors.rule", "objection") != "objection":
            return
        self.lines += ["", "[subprocessors.overruling]"]
        allowed = self.answers.get("overruling.allowed")
        if allowed is None:
            self.lines.append(f"# {CATALOGUE.say('file.allowed', self.lang, asks=self.asks('overruling.allowed'))}")
        else:
            ends = allowed == UNSAID and self.given("objected.given", "yes")  # the text says that much of what follows
            self.lines.append(f"allowed = {'true' if ends else _bool(allowed)}")
        if allowed == UNSAID:
            self.key("clause", "subprocessors.clause")
            self.own("reading", "file.unsaid")
            return
        if self.given("overruling.then", "termination"):
            self.lines.append('then = "termination"')
        self.key("clause", "overruling.clause")

    def region(self) -> None:
        if not self.given("region.named", "yes"):
            return
        self.lines += ["", "[subprocessors.region]"]
        places = places_of(self.answers.get("region.inside", ""))
        asked = "" if places else f"  # {self.asks('region.inside')}"
        self.lines.append(f"inside = [{', '.join(map(_text, places))}]{asked}")
        self.key("outside", "region.outside")
        self.key("clause", "region.clause")

    def end(self) -> None:
        self.table("end", "data", "return_form?")
        if self.given("end.declaration", "yes"):
            self.lines.append("declaration = true")
            self.key("declaration_clause", "end.declaration.clause")

    def fields(self) -> None:
        if self.given("entry.event", "named_day"):
            self.field(_DAY, "date", "entry")
        for rule in self.rules():
            if self.given(f"{rule}.period", BLANK):
                self.field(rule, "duration", rule)

    def field(self, name: str, kind: str, of: str) -> None:
        """What each agreement must say itself."""
        self.lines += ["", "[[fields]]", f'name = "{name}"', f'kind = "{kind}"']
        self.key("clause", f"{of}.clause")
        self.typed("text", f"{of}.says")

    def rules(self) -> list[str]:
        """The rules that the text has, and those without which no file is whole, in the order of RULES."""
        found = {"breach.notice", "end.erasure"}
        own = f"subprocessor.{self.answers.get('subprocessors.rule', '').removesuffix('_right')}"
        found |= {own} & RULES.keys()
        found |= {rule for rule, question, answer in _GIVEN if self.given(question, answer)}
        if self.given("region.outside", "consent"):
            found.add("subprocessor.consent")
        if "audit.next.limit" in self.answers:
            found.add("audit.next")
        return [name for name in RULES if name in found]

    def rule(self, name: str) -> None:
        known = RULES[name]
        self.lines += ["", f'[rules."{name}"]']
        self.key("clause", self.clause_of(name))
        self.lines.append(f'party = "{known.party}"')
        for before in (CHOICE, RETURN) if self.given(f"{name}.period", NO_NUMBER) else ():
            if self.given(f"{name}.starts", f"{AFTER}{before}"):
                self.key("starts", f"{before}.starts")
                self.lines.append(f'follows = "{before}"')
                return
        if f"{name}.starts" in BY_ID:
            self.key("starts", f"{name}.starts")
        else:
            self.lines.append(f'starts = "{known.starts[0]}"')
        if f"{name}.form" in BY_ID:
            self.key("form", f"{name}.form", needed=False)
        if self.given(f"{name}.limit", "once a year"):
            self.lines.append("calendar_year = true")
        elif f"{name}.period" in BY_ID:
            self.length(name)

    def clause_of(self, rule: str) -> str:
        """The question whose answer a rule rests on: consent, where nobody names another clause, on the one by which it
        is asked."""
        asked = f"{rule}.clause"
        if rule != CONSENT or asked in self.answers:
            return asked
        return "subprocessors.clause" if self.given("subprocessors.rule", "consent") else "region.clause"

    def length(self, name: str) -> None:
        answer = self.answers.get(f"{name}.period")
        match answer:
            case None:
                self.lines.append(f'period = ""  # {self.asks(f"{name}.period")}')
            case str() if answer == AT_ONCE and name in WAITING:
                self.own("note", "file.at_once")
            case str() if answer == AT_ONCE:
                self.lines.append("immediately = true")
            case str() if answer == BLANK:
                self.lines.append(f'field = "{name}"')
            case str() if answer == NO_NUMBER:
                self.own("note", "file.no_number")
            case _:
                self.lines.append(f"period = {_text(answer)}")

    def by_hand(self) -> None:
        """What no question is about."""
        said = CATALOGUE.in_language(self.lang)
        self.lines += ["", f"# {said('file.by_hand', page=GUIDE)}"]
        self.lines += [f"#   {one.tables}: {said(f'hand.{one.words}')} (#{one.anchor})" for one in BY_HAND]


def _bool(answer: str) -> str:
    return "true" if answer == "yes" else "false"


def _table(texts: Mapping[Language, str]) -> str:
    """A text by language, as TOML writes it on one line."""
    return f"{{ {', '.join(f'{lang} = {_text(text)}' for lang, text in texts.items())} }}"


def _text(value: str) -> str:
    """A text as TOML writes it."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
