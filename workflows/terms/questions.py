"""What one has to ask of a text to write it as a terms file: the questions in their order, and what they take.

What is asked stands in `asking/*.po`, under `ask.` and the key that a question names in `words`.
"""

import json
from collections.abc import Mapping
from typing import Final, Literal, get_args, get_type_hints

import msgspec

from workflows.errors import BadInput, Problem
from workflows.terms.check import id_problem, version_problem
from workflows.terms.countries import country_problem
from workflows.terms.finding import period_problems, unique
from workflows.terms.model import (
    AFTER,
    Amendment,
    Counting,
    Ending,
    EndRules,
    Entry,
    Form,
    Overruling,
    Region,
    Rule,
    Subprocessors,
    TerminationRight,
    Terms,
)
from workflows.terms.names import RULES, WAITING, did_you_mean, listed
from workflows.terms.phrases import event_words
from workflows.terms.shape import line_problem
from workflows.time import calendar_for, check_zone
from workflows.words import Catalogue, Language, said_in

Answers = Mapping[str, str]
"""By a question's id; a question that is not here, or whose answer is empty, was not answered."""

Takes = Literal["text", "id", "version", "choice", "yes_no", "length", "zone", "calendar", "places", "list"]
When = tuple[str, tuple[str, ...]] | None
"""A question and the answers to it after which another is asked; without any, whatever was answered."""

CATALOGUE: Final = Catalogue("workflows.terms.asking")
AT_ONCE: Final = "at once"
NO_NUMBER: Final = "no number"
CHOICE: Final = "end.choice"
RETURN: Final = "end.return"
ERASURE: Final = "end.erasure"
_AFTER: Final = {f"{AFTER}{CHOICE}": ("end.data", ("choice",)), f"{AFTER}{RETURN}": ("end.return.given", ("yes",))}
"""What a clock may start after, each with the question and the answer without which there is no such clock."""
BLANK: Final = "blank"
"""A length that the text leaves to each agreement."""
LENGTHS: Final = (AT_ONCE, NO_NUMBER, BLANK)
PERIODS: Final = ("P30D", "P10WD", "PT48H")
YES_NO: Final = ("yes", "no")
UNSAID: Final = "unsaid"


class DraftQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """`when`: asked only after one of these answers to another question. `needed`: without an answer the file lacks
    something, which `terms check` then says. `rule`: of which rule it asks for the event. `examples`: what it takes,
    beside more like it. `spoken`: its choices are words of the question, and none of the format."""

    id: str
    words: str
    takes: Takes = "text"
    choices: tuple[str, ...] = ()
    when: When = None
    needed: bool = True
    rule: str = ""
    examples: tuple[str, ...] = ()
    spoken: bool = False

    @property
    def known(self) -> tuple[str, ...]:
        """The words that it takes; empty where it takes others."""
        return YES_NO if self.takes == "yes_no" else self.choices

    def offered(self, answers: Answers) -> tuple[str, ...]:
        """Those of the words that it takes that go with what was answered so far."""
        lacking = {event for event, (asked, wanted) in _AFTER.items() if answers.get(asked) not in wanted}
        return tuple(one for one in self.known if one not in lacking)

    def is_asked(self, answers: Answers) -> bool:
        """Whether it makes sense after what was answered so far."""
        if self.when is None:
            return True
        other, wanted = self.when
        return answers.get(other, "") in wanted if wanted else bool(answers.get(other))

    def bare(self, lang: Language) -> str:
        """The question, without what it takes."""
        return CATALOGUE.say(f"ask.{self.words}", lang)

    def asks(self, lang: Language) -> str:
        """The question, and how its answer is written where that is no word of a list."""
        asked = self.bare(lang)
        if self.takes == "length":
            quoted = said_in(lang)
            words = {one.replace(" ", "_"): quoted("terms.quoted", text=self.word(one, lang)) for one in LENGTHS}
            return f"{asked} {CATALOGUE.say('length', lang, examples=', '.join(PERIODS), **words)}"
        if not self.examples:
            return asked
        several = f" {CATALOGUE.say('several', lang)}" if self.takes in ("places", "list") else ""
        return f"{asked} {', '.join(self.examples)}, …{several}"

    def stands_open(self, lang: Language, answers: Answers) -> str:
        """The question as a comment beside a key that stands empty, with what the file takes there."""
        asked = self.bare(lang)
        if self.takes == "length":
            rule = self.id.removesuffix(".period")
            key = "file.length_waited" if rule in WAITING else "file.length"
            return f"{asked} {CATALOGUE.say(key, lang, examples=_listed(PERIODS), field=json.dumps(rule))}"
        if self.examples:
            return f"{asked} {_listed(self.examples)}, …"
        if not self.choices or self.spoken:
            return asked
        means = ((one, self.means(one, lang)) for one in self.offered(answers))
        return f"{asked} {', '.join(_listed((one,)) + (f' ({said})' if said else '') for one, said in means)}"

    def word(self, one: str, lang: Language) -> str:
        """A word that it takes, as somebody writes it who answers: one of the format stays what it is."""
        if self.takes == "choice" and not self.spoken:
            return one
        key = f"word.{one}"
        said = CATALOGUE.in_language(lang)
        return said(key) if key in said else one

    def means(self, choice: str, lang: Language) -> str:
        """What one of its words means, for a reader; empty where the word says it itself."""
        if self.rule:
            event = event_words(Rule(clause="", party=RULES[self.rule].party, starts=choice), lang)
            return CATALOGUE.say("from_event", lang, event=event)
        for key in (f"choice.{self.id}.{choice}", f"choice.{self.words}.{choice}"):
            if key in CATALOGUE.in_language(lang):
                return CATALOGUE.say(key, lang)
        return ""


def _listed(values: tuple[str, ...]) -> str:
    """Values as a file has them."""
    return ", ".join(json.dumps(one, ensure_ascii=False) for one in values)


def _words(shape: type[msgspec.Struct], name: str) -> tuple[str, ...]:
    """The words that a key of a terms file takes, in the order in which the format has them."""
    return tuple(str(one) for one in get_args(get_type_hints(shape)[name]) if one)


def _choice(of: str, shape: type[msgspec.Struct], when: When = None, *, needed: bool = True) -> DraftQuestion:
    choices = _words(shape, of.rpartition(".")[2])
    return DraftQuestion(id=of, words=of, takes="choice", choices=choices, when=when, needed=needed)


def _yes_no(of: str, when: When = None, *, needed: bool = False) -> DraftQuestion:
    return DraftQuestion(id=of, words=of, takes="yes_no", when=when, needed=needed)


def _clause(of: str, when: When = None) -> DraftQuestion:
    return DraftQuestion(id=f"{of}.clause", words="clause", when=when)


def _ends(of: str, when: When) -> tuple[DraftQuestion, DraftQuestion]:
    """What a right to end brings to its end, and in which form it is used."""
    choices = _words(TerminationRight, "ends")
    ends = DraftQuestion(id=f"{of}.ends", words="ends", takes="choice", choices=choices, when=when)
    return ends, _form(f"{of}.form", when)


def _form(of: str, when: When) -> DraftQuestion:
    return DraftQuestion(id=of, words="form", takes="choice", choices=get_args(Form), when=when, needed=False)


def _rule(of: str, words: str, when: When = None) -> tuple[DraftQuestion, ...]:
    """How long, from when where that can differ, and by which clause."""
    events: tuple[str, ...] = RULES[of].starts
    if RULES[of].after and of != CHOICE:
        events = (*events, f"{AFTER}{CHOICE}")
    if of == ERASURE:
        events = (*events, f"{AFTER}{RETURN}")
    starts = DraftQuestion(id=f"{of}.starts", words="starts", takes="choice", choices=events, when=when, rule=of)
    return (
        DraftQuestion(id=f"{of}.period", words=words, takes="length", when=when),
        DraftQuestion(id=f"{of}.says", words="says", when=(f"{of}.period", (BLANK,))),
        *((starts,) if len(events) > 1 else ()),
        _clause(of, when),
    )


def _if_given(of: str, words: str, when: When = None, *, given: str = "given") -> tuple[DraftQuestion, ...]:
    """A rule that a text may have or not."""
    asked = f"{of}.{given}"
    first = DraftQuestion(id=asked, words=f"{of}.given", takes="yes_no", when=when, needed=False)
    return (first, *_rule(of, words, (asked, ("yes",))))


_TOLD: Final = ("subprocessors.rule", ("objection", "consent", "information", "termination_right"))
_OBJECTION: Final = ("subprocessors.rule", ("objection",))
_CONSENT: Final = ("subprocessors.rule", ("consent",))
_MAY_END: Final = ("subprocessors.rule", ("termination_right",))
_OBJECTED: Final = ("objected.given", ("yes",))
_RIGHT: Final = ("overruling.then", ("termination",))
_PLACES: Final = ("region.named", ("yes",))
_ALONE: Final = ("amendment.how", ("unilateral",))
_AMENDED: Final = ("amendment.termination.given", ("yes",))
_COUNTED: Final = ("counting.moves", _words(Counting, "moves"))
_SPOKEN: Final = ("amendment.how", tuple(one for one in _words(Amendment, "how") if one != "silent"))

QUESTIONS: Final = (
    DraftQuestion(id="title", words="title"),
    DraftQuestion(id="id", words="id", takes="id"),
    DraftQuestion(id="version", words="version", takes="version"),
    _choice("language", Terms),
    DraftQuestion(id="zone", words="zone", takes="zone", examples=("Europe/Amsterdam",)),
    DraftQuestion(id="calendar", words="calendar", takes="calendar",
                  examples=("NL", "DE-BY", "GB-ENG", "US-NY", "none")),
    DraftQuestion(id="law", words="law", needed=False, examples=("GDPR", "UK GDPR", "HIPAA")),
    DraftQuestion(id="also_laws", words="also_laws", takes="list", when=("law", ()), needed=False,
                  examples=("UK GDPR", "FADP", "CCPA")),
    _choice("counting.moves", Counting, needed=False),
    DraftQuestion(id="counting.law", words="counting.law", when=_COUNTED, needed=False, examples=("§ 193 BGB",)),
    DraftQuestion(id="counting.clause", words="counting.clause", when=_COUNTED, needed=False),
    _choice("entry.event", Entry),
    DraftQuestion(id="entry.says", words="entry.says", when=("entry.event", ("named_day",))),
    _clause("entry"),
    _choice("ending.in_force_until", Ending, needed=False),
    DraftQuestion(id="ending.clause", words="ending.clause"),
    _choice("subprocessors.rule", Subprocessors),
    _clause("subprocessors", _TOLD),
    _choice("subprocessors.decided_by", Subprocessors, _OBJECTION, needed=False),
    *_rule("subprocessor.objection", "subprocessor.objection.period", _OBJECTION),
    _form("subprocessor.objection.form", _OBJECTION),
    DraftQuestion(id="subprocessor.consent.clause", words="consent.clause", when=_CONSENT, needed=False),
    _form("subprocessor.consent.form", _CONSENT),
    *_rule("subprocessor.termination", "subprocessor.termination.period", _MAY_END),
    *_ends("ended", _MAY_END),
    *_if_given("subprocessor.notice", "before", _TOLD),
    *_if_given("subprocessor.alternative", "how_long", _OBJECTION),
    _yes_no("objected.given", _OBJECTION),
    *_ends("objected", _OBJECTED),
    _clause("objected", _OBJECTED),
    DraftQuestion(id="overruling.allowed", words="overruling.allowed", takes="choice", choices=(*YES_NO, UNSAID),
                  when=_OBJECTION, spoken=True),
    _clause("overruling", ("overruling.allowed", YES_NO)),
    _choice("overruling.then", Overruling, ("overruling.allowed", ("yes",)), needed=False),
    *_ends("overruled", _RIGHT),
    _clause("overruled", _RIGHT),
    _yes_no("region.named"),
    DraftQuestion(id="region.inside", words="region.inside", takes="places", when=_PLACES,
                  examples=("NL", "EEA", "ADEQUATE", "US:DPF")),
    _choice("region.outside", Region, _PLACES),
    _clause("region", _PLACES),
    _choice("amendment.how", Amendment),
    _clause("amendment", _SPOKEN),
    _form("amendment.form", _SPOKEN),
    *_if_given("amendment.notice", "before", _SPOKEN),
    *_if_given("amendment.termination", "within", _ALONE),
    *_ends("amended", _AMENDED),
    *_rule("breach.notice", "breach.notice.period"),
    *_if_given("request.assist", "within", given="owed"),
    *_if_given("request.forward", "within"),
    _choice("end.data", EndRules),
    _clause("end"),
    _form("end.return_form", ("end.data", ("choice", "return_first"))),
    *_rule("end.choice", "end.choice.period", ("end.data", ("choice",))),
    *_if_given("end.return", "within", ("end.data", ("choice", "return_first"))),
    *_rule("end.erasure", "end.erasure.period"),
    _yes_no("end.declaration"),
    _clause("end.declaration", ("end.declaration", ("yes",))),
    *_if_given("end.certificate", "within"),
    DraftQuestion(
        id="audit.next.limit",
        words="audit.next.limit",
        takes="choice",
        choices=("once a year", "waiting time"),
        needed=False,
        spoken=True,
    ),
    *(one for one in _rule("audit.next", "audit.next.period", ("audit.next.limit", ("waiting time",)))
      if not one.id.endswith(".clause")),
    _clause("audit.next", ("audit.next.limit", ("once a year", "waiting time"))),
    *_if_given("audit.notice", "before"),
)  # fmt: skip
BY_ID: Final = {one.id: one for one in QUESTIONS}


def checked(answers: Answers) -> Answers:
    """Give the answers back, without those that are empty. Raises BadInput with everything that is wrong with them:
    what is no question, no answer to it, or an answer to what is not asked after the others."""
    given = {name: value.strip() for name, value in answers.items() if value.strip()}
    wrong = []
    for name, value in given.items():
        if name not in BY_ID:
            wrong.append(Problem(name, f"is no question.{did_you_mean(name, BY_ID)}"))
        elif problem := answer_problem(BY_ID[name], value) or _misplaced(BY_ID[name], given):
            wrong.append(Problem(name, problem))
    if wrong:
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        raise BadInput(f"{wrong[0].path}: {wrong[0].message}{more}", tuple(wrong))
    return given


def _misplaced(question: DraftQuestion, answers: Answers) -> str | None:
    """What contradicts an answer: another one, after which this is not asked."""
    other, wanted = question.when or ("", ())
    asked, fitting = _AFTER.get(answers.get(question.id, ""), ("", ()))
    if asked and answers.get(asked) not in fitting:
        other, wanted = asked, fitting
    elif question.is_asked(answers):
        return None
    if not wanted:
        return f"goes with an answer to {other}, which is not answered: leave it out, or answer that"
    said = repr(answers[other]) if other in answers else "not answered"
    return f"goes with {other} = {listed([repr(one) for one in wanted])}, which is {said}: leave it out, or change that"


def answer_problem(question: DraftQuestion, answer: str) -> str | None:
    """Say what is wrong with an answer; None where it will do."""
    if question.known and answer not in question.known:
        return f"is {answer[:40]!r}: write {listed([repr(one) for one in question.known])}"
    try:
        match question.takes:
            case "id":
                return id_problem(answer)
            case "version":
                return version_problem(answer)
            case "zone":
                check_zone(answer)
            case "calendar":
                calendar_for(answer)
            case "length":
                return None if answer in LENGTHS else _length_problem(answer)
            case "places":
                return _places_problem(places_of(answer))
            case "list":
                said = next((message for _, message in unique("", places_of(answer))), None)
                return said or line_problem(answer)
            case _:
                return line_problem(answer)
    except BadInput as error:
        return error.detail.rstrip(".")
    return None


def _length_problem(answer: str) -> str | None:
    said = next((message for _, message in period_problems(answer, "")), None)
    if said is not None and "immediately" in said:
        return f"{answer} is no time at all: answer {AT_ONCE!r} for what is due at once"
    return said


def _places_problem(places: list[str]) -> str | None:
    for one in places:
        if said := country_problem(one, groups_too=True):
            return said
    return next((message for _, message in unique("", places)), None)


def places_of(answer: str) -> list[str]:
    """The places, groups or names of an answer, which commas part."""
    return [one.strip() for one in answer.split(",") if one.strip()]
