"""What one has to ask of a text to write it as a terms file: the questions in their order, and what they take."""

from collections.abc import Mapping
from typing import Final, Literal

import msgspec
from msgspec import inspect

from workflows.errors import BadInput, Problem
from workflows.terms.countries import country_problem
from workflows.terms.model import (
    Amendment,
    Counting,
    Ending,
    EndRules,
    Entry,
    Overruling,
    Region,
    Subprocessors,
    TerminationRight,
    Terms,
)
from workflows.terms.names import RULES, did_you_mean, listed
from workflows.terms.shape import type_of
from workflows.time import calendar_for, check_zone, parse_period

Answers = Mapping[str, str]
"""By a question's id; a question that is not here, or whose answer is empty, was not answered."""

Takes = Literal["text", "word", "choice", "yes_no", "length", "zone", "calendar", "places"]

AT_ONCE: Final = "at once"
NO_NUMBER: Final = "no number"
BLANK: Final = "blank"
"""A length that the text leaves to each agreement."""


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """`when`: asked only after one of these answers to another question. `needed`: without an answer the file lacks
    something, which `terms check` then says."""

    id: str
    asks: str
    takes: Takes = "text"
    choices: tuple[str, ...] = ()
    when: tuple[str, tuple[str, ...]] | None = None
    needed: bool = True

    def is_asked(self, answers: Answers) -> bool:
        """Whether it makes sense after what was answered so far."""
        return self.when is None or answers.get(self.when[0], "") in self.when[1]


def _words(shape: type[msgspec.Struct], name: str) -> tuple[str, ...]:
    """The words that a key of a terms file takes."""
    kind = type_of(shape)
    assert isinstance(kind, inspect.StructType)
    field = next(one for one in kind.fields if one.name == name)
    assert isinstance(field.type, inspect.LiteralType)
    return tuple(str(word) for word in field.type.values if word)


def _clause(of: str, when: tuple[str, tuple[str, ...]] | None = None) -> Question:
    return Question(id=f"{of}.clause", asks="Which clause says so, as its readers number it?", when=when)


def _length(of: str, asks: str, when: tuple[str, tuple[str, ...]] | None = None) -> Question:
    how = f"a period such as P30D or P10WD, {AT_ONCE!r}, {NO_NUMBER!r}, or {BLANK!r} where each agreement says it"
    return Question(id=f"{of}.period", asks=f"{asks} ({how})", takes="length", when=when)


def _says(of: str) -> Question:
    return Question(
        id=f"{of}.says", asks="What must each agreement say there, in a few words?", when=(f"{of}.period", (BLANK,))
    )


def _rule(of: str, asks: str, when: tuple[str, tuple[str, ...]] | None = None) -> tuple[Question, ...]:
    """How long, from when where that can differ, and by which clause."""
    events = RULES[of].starts
    starts = Question(id=f"{of}.starts", asks="From when?", takes="choice", choices=tuple(events), when=when)
    return (_length(of, asks, when), _says(of), *((starts,) if len(events) > 1 else ()), _clause(of, when))


_ENDS: Final = _words(TerminationRight, "ends")
_OBJECTION: Final = ("subprocessors.rule", ("objection",))
_CONSENT: Final = ("subprocessors.rule", ("consent",))
_MAY_END: Final = ("subprocessors.rule", ("termination_right",))
_AHEAD: Final = ("subprocessor.notice.given", ("yes",))
_ENGAGING: Final = ("subprocessors.rule", ("objection", "consent", "information", "termination_right"))
_ANSWERED: Final = ("subprocessors.rule", ("objection",))
_NAMED: Final = ("entry.event", ("named_day",))
_GOES_ON: Final = ("overruling.allowed", ("yes",))
_RIGHT: Final = ("overruling.then", ("termination",))
_PLACES: Final = ("region.named", ("yes",))
_ALONE: Final = ("amendment.how", ("unilateral",))
_AMENDED: Final = ("amendment.termination.given", ("yes",))
_HELP: Final = ("request.assist.owed", ("yes",))
_CHOICE: Final = ("end.data", ("choice",))
_WAITING: Final = ("audit.next.limit", ("waiting time",))
_AUDITS: Final = ("audit.next.limit", ("once a year", "waiting time"))
_SPOKEN: Final = tuple(one for one in _words(Amendment, "how") if one != "silent")
_COUNTED: Final = ("counting.moves", _words(Counting, "moves"))

QUESTIONS: Final = (
    Question(id="title", asks="What is the agreement called?"),
    Question(id="id", asks="Under which id is it known here (small letters, digits, hyphens)?", takes="word"),
    Question(id="version", asks="Which version of the text is it?"),
    Question(id="language", asks="In which language is it?", takes="choice", choices=_words(Terms, "language")),
    Question(id="zone", asks="In whose time do its days run (IANA name)?", takes="zone"),
    Question(id="calendar", asks="Whose legal holidays count (NL, DE-BY, GB-ENG, US-NY, none, …)?", takes="calendar"),
    Question(id="law", asks="Which law on personal data does it name (GDPR, …)?", needed=False),
    Question(
        id="counting.moves",
        takes="choice",
        choices=_COUNTED[1],
        needed=False,
        asks="Does the text or a law say whose last day moves off a weekend or holiday? Unanswered: it does not",
    ),
    Question(id="counting.law", asks="By which law (§ 193 BGB, …)?", when=_COUNTED, needed=False),
    Question(id="counting.clause", asks="By which clause?", when=_COUNTED, needed=False),
    Question(id="entry.event", asks="What makes it enter into force?", takes="choice", choices=_words(Entry, "event")),
    Question(id="entry.says", asks="What is the day that the parties name, in a few words?", when=_NAMED),
    _clause("entry"),
    Question(
        id="ending.in_force_until",
        takes="choice",
        choices=_words(Ending, "in_force_until"),
        needed=False,
        asks="Until when is it in force: the end of the main contract, or until the last data are gone?",
    ),
    _clause("ending"),
    Question(
        id="subprocessors.rule",
        takes="choice",
        choices=_words(Subprocessors, "rule"),
        asks="A new subprocessor is announced and the customer is silent. What does the text make of that?",
    ),
    _clause("subprocessors", _ENGAGING),
    Question(
        id="subprocessors.decided_by",
        takes="choice",
        choices=_words(Subprocessors, "decided_by"),
        needed=False,
        asks="Does the text say who decides on objections?",
    ),
    *_rule("subprocessor.objection", "How long may the customer object?", _OBJECTION),
    _clause("subprocessor.consent", _CONSENT),
    *_rule("subprocessor.termination", "How long may the customer end the agreement over it?", _MAY_END),
    Question(id="ended.ends", asks="What ends then?", takes="choice", choices=_ENDS, when=_MAY_END),
    Question(
        id="subprocessor.notice.given",
        takes="yes_no",
        needed=False,
        when=_ENGAGING,
        asks="Must the processor tell a certain time before a new subprocessor begins, beside the time to answer?",
    ),
    *_rule("subprocessor.notice", "How long before?", _AHEAD),
    Question(
        id="overruling.allowed",
        asks="May the processor go on against an objection?",
        takes="yes_no",
        when=_ANSWERED,
    ),
    _clause("overruling", _ANSWERED),
    Question(
        id="overruling.then",
        takes="choice",
        choices=_words(Overruling, "then"),
        when=_GOES_ON,
        needed=False,
        asks="May the customer end the agreement then?",
    ),
    Question(id="overruled.ends", asks="What ends then?", takes="choice", choices=_ENDS, when=_RIGHT),
    _clause("overruled", _RIGHT),
    Question(id="region.named", asks="Does the text say where subprocessors may work?", takes="yes_no", needed=False),
    Question(
        id="region.inside",
        asks="Where (NL, EEA, ADEQUATE, US:DPF, …; several with commas)?",
        takes="places",
        when=_PLACES,
    ),
    Question(
        id="region.outside",
        asks="And elsewhere?",
        takes="choice",
        choices=_words(Region, "outside"),
        when=_PLACES,
    ),
    _clause("region", _PLACES),
    Question(id="amendment.how", asks="Who may change the text?", takes="choice", choices=_words(Amendment, "how")),
    _clause("amendment", ("amendment.how", _SPOKEN)),
    Question(
        id="amendment.termination.given",
        asks="May the customer end the agreement over a change?",
        takes="yes_no",
        when=_ALONE,
        needed=False,
    ),
    *_rule("amendment.termination", "Within which time?", _AMENDED),
    Question(id="amended.ends", asks="What ends then?", takes="choice", choices=_ENDS, when=_AMENDED),
    *_rule("breach.notice", "How soon must the processor tell of a breach?"),
    Question(
        id="request.assist.owed",
        asks="Must the processor help with requests of data subjects?",
        takes="yes_no",
        needed=False,
    ),
    *_rule("request.assist", "Within which time?", _HELP),
    Question(
        id="end.data", asks="What becomes of the data at the end?", takes="choice", choices=_words(EndRules, "data")
    ),
    _clause("end"),
    *_rule("end.choice", "How long may the customer choose?", _CHOICE),
    *_rule("end.erasure", "When must the data be erased?"),
    Question(
        id="audit.next.limit",
        takes="choice",
        choices=("once a year", "waiting time"),
        needed=False,
        asks="Does the text limit how often there may be an audit?",
    ),
    _length("audit.next", "How long after the last one?", _WAITING),
    _says("audit.next"),
    _clause("audit.next", _AUDITS),
)


def checked(answers: Answers) -> Answers:
    """Give the answers back, without those that are empty. Raises BadInput with everything that is wrong."""
    known = {one.id: one for one in QUESTIONS}
    wrong = []
    for name, value in answers.items():
        if name not in known:
            wrong.append(Problem(name, f"is no question.{did_you_mean(name, known)}"))
        elif value.strip() and (problem := answer_problem(known[name], value)):
            wrong.append(Problem(name, problem))
    if wrong:
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        raise BadInput(f"{wrong[0].path}: {wrong[0].message}{more}", tuple(wrong))
    return {name: value.strip() for name, value in answers.items() if value.strip()}


def answer_problem(question: Question, answer: str) -> str | None:
    """Say what is wrong with an answer; None where it will do."""
    answer = answer.strip()
    choices = ("yes", "no") if question.takes == "yes_no" else question.choices
    if choices and answer not in choices:
        return f"is {answer[:40]!r}: write {listed(choices)}"
    try:
        match question.takes:
            case "zone":
                check_zone(answer)
            case "calendar":
                calendar_for(answer)
            case "length" if answer not in (AT_ONCE, NO_NUMBER, BLANK):
                parse_period(answer)
            case "places":
                return next(
                    (said for one in places_of(answer) if (said := country_problem(one, groups_too=True))), None
                )
    except BadInput as error:
        return error.detail.rstrip(".")
    return None


def places_of(answer: str) -> list[str]:
    """The places and groups of an answer, which commas part."""
    return [one.strip() for one in answer.split(",") if one.strip()]
