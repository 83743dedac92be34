"""A terms file to begin with, from answers: what nobody answered is left to be filled in, and no clause is made up."""

import json
from typing import Final

from workflows.terms.names import RULES, WAITING
from workflows.terms.questions import AT_ONCE, BLANK, NO_NUMBER, QUESTIONS, Answers, checked, places_of

_OPEN: Final = {one.id: one.asks for one in QUESTIONS}
_RIGHTS: Final = {
    "overruled": "overruled.clause",
    "amended": "amendment.termination.clause",
    "ended": "subprocessor.termination.clause",
}
_DAY: Final = "entry.day"
_HEAD: Final = ("id", "version", "title", "language", "zone", "calendar")


def draft(answers: Answers) -> str:
    """Write the terms file, TOML. Raises BadInput with everything that is wrong with the answers.

    What is needed and was not answered stands there empty with its question beside it: `terms check` names each.
    """
    return _Draft(checked(answers)).text()


class _Draft:
    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self.lines: list[str] = []

    def text(self) -> str:
        self.lines += [
            "#:schema ./terms.schema.json",
            "# Check it with `termijn terms check`: it names what is left to fill in.",
            "",
        ]
        for key in _HEAD:
            self.key(key, key)
        self.key("law", "law", needed=False)
        self.counting()
        self.table("entry", "event")
        if self.answers.get("entry.event") == "named_day":
            self.lines.append(f'field = "{_DAY}"')
        self.table("ending", "in_force_until?")
        self.rights()
        self.table(
            "amendment", "how", clause="amendment.how" not in self.answers or self.answers["amendment.how"] != "silent"
        )
        said = self.answers.get("subprocessors.rule") != "unsaid"
        self.table("subprocessors", "rule", "decided_by?", clause=said)
        self.overruling()
        self.region()
        self.table("end", "data")
        self.fields()
        for rule in self.rules():
            self.rule(rule)
        return "\n".join(self.lines) + "\n"

    def key(self, name: str, question: str, *, needed: bool = True) -> None:
        """A key with its answer; where it is needed and has none, empty with the question beside it."""
        answer = self.answers.get(question)
        if answer is not None:
            self.lines.append(f"{name} = {_text(answer)}")
        elif needed:
            self.lines.append(f'{name} = ""  # {_OPEN[question]}')

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
        for ground, asked, of in (
            ("overruled_objection", self.answers.get("overruling.then") == "termination", "overruled"),
            ("amendment", self.answers.get("amendment.termination.given") == "yes", "amended"),
            ("subprocessor", self.answers.get("subprocessors.rule") == "termination_right", "ended"),
        ):
            if asked:
                self.lines += ["", "[[ending.rights]]", f'ground = "{ground}"']
                self.key("ends", f"{of}.ends")
                self.key("clause", _RIGHTS[of])

    def overruling(self) -> None:
        if self.answers.get("subprocessors.rule", "objection") != "objection":
            return
        self.lines += ["", "[subprocessors.overruling]"]
        allowed = self.answers.get("overruling.allowed")
        if allowed is None:
            self.lines.append(f"# allowed = true or false: {_OPEN['overruling.allowed']}")
        else:
            self.lines.append(f"allowed = {'true' if allowed == 'yes' else 'false'}")
        if self.answers.get("overruling.then") == "termination":
            self.lines.append('then = "termination"')
        self.key("clause", "overruling.clause")

    def region(self) -> None:
        if self.answers.get("region.named") != "yes":
            return
        self.lines += ["", "[subprocessors.region]"]
        places = places_of(self.answers.get("region.inside", ""))
        self.lines.append(
            f"inside = [{', '.join(map(_text, places))}]" + ("" if places else f"  # {_OPEN['region.inside']}")
        )
        self.key("outside", "region.outside")
        self.key("clause", "region.clause")

    def fields(self) -> None:
        if self.answers.get("entry.event") == "named_day":
            self.field(_DAY, "date", "entry")
        for rule in self.rules():
            if self.answers.get(f"{rule}.period") == BLANK:
                self.field(rule, "duration", rule)

    def field(self, name: str, kind: str, of: str) -> None:
        """What each agreement must say itself."""
        self.lines += ["", "[[fields]]", f'name = "{name}"', f'kind = "{kind}"']
        self.key("clause", f"{of}.clause")
        self.key("text", f"{of}.says")

    def rules(self) -> list[str]:
        """The rules that the text has, and those without which no file is whole."""
        said = self.answers.get
        found = ["breach.notice"]
        own = said("subprocessors.rule", "").removesuffix("_right")
        if f"subprocessor.{own}" in RULES:
            found.append(f"subprocessor.{own}")
        if said("subprocessor.notice.given") == "yes":
            found.append("subprocessor.notice")
        if said("region.outside") == "consent" and "subprocessor.consent" not in found:
            found.append("subprocessor.consent")
        if said("amendment.termination.given") == "yes":
            found.append("amendment.termination")
        if said("request.assist.owed") == "yes":
            found.append("request.assist")
        if said("end.data") == "choice":
            found.append("end.choice")
        found.append("end.erasure")
        if "audit.next.limit" in self.answers:
            found.append("audit.next")
        return found

    def rule(self, name: str) -> None:
        known = RULES[name]
        self.lines += ["", f'[rules."{name}"]']
        by_region = name == "subprocessor.consent" and "subprocessor.consent.clause" not in self.answers
        self.key("clause", "region.clause" if by_region and "region.clause" in self.answers else f"{name}.clause")
        self.lines.append(f'party = "{known.party}"')
        if f"{name}.starts" in _OPEN:
            self.key("starts", f"{name}.starts")
        else:
            self.lines.append(f'starts = "{known.starts[0]}"')
        if name == "audit.next" and self.answers["audit.next.limit"] == "once a year":
            self.lines.append("calendar_year = true")
        elif f"{name}.period" in _OPEN:
            self.length(name)

    def length(self, name: str) -> None:
        answer = self.answers.get(f"{name}.period")
        match answer:
            case None:
                self.lines.append(f'period = ""  # {_OPEN[f"{name}.period"]}')
            case str() if answer == AT_ONCE and name in WAITING:
                self.lines.append('note = "the text says at once: nothing is waited for"')
            case str() if answer == AT_ONCE:
                self.lines.append("immediately = true")
            case str() if answer == BLANK:
                self.lines.append(f'field = "{name}"')
            case str() if answer == NO_NUMBER:
                self.lines.append('note = "the text gives no number"')
            case _:
                self.lines.append(f"period = {_text(answer)}")


def _text(value: str) -> str:
    """A text as TOML writes it."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
