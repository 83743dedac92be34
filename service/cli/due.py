"""`termijn due` and `termijn penalty`: what a rule reckons, without a database.

Exit status: 0 done, 2 wrong use or bad input with one line on stderr. With `--stdin` each line is answered by one, a
line that cannot be answered by `{"error"}`, and the status is 0 whatever the lines hold.
"""

import re
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, TypeVar

import click
import msgspec

from service.answers.otherwise import otherwise
from service.answers.own_texts import own_texts
from service.cli.named import WrongTerms, print_json, terms_named
from service.cli.words import asks_language, refusal, words_in
from service.cli.working import calendar_in_words
from workflows.errors import BadInput, TermijnError
from workflows.terms.clauses import as_found
from workflows.terms.counting import week_of
from workflows.terms.due import due as due_of
from workflows.terms.model import Due, Terms
from workflows.terms.names import UNIT_FACTS, WAITING
from workflows.terms.penalty import PenaltyDue
from workflows.terms.penalty import penalty as penalty_of
from workflows.terms.problems import in_language
from workflows.time import local_time, parse_instant
from workflows.words import SOURCE, Language

LONGEST_LINE: Final = 1 << 20
_KINDS: Final = {
    "str": "a text in quotes",
    "int": "a number",
    "float": "a number",
    "bool": "true or false",
    "object": "an object in braces",
    "array": "a list in square brackets",
    "null": "nothing",
}
"""What JSON holds, as a person says it."""
_KIND: Final = re.compile(f"`({'|'.join(_KINDS)})`")
_ENCODER: Final = msgspec.json.Encoder()


class DueLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One question of `termijn due --stdin`."""

    terms: str
    rule: str
    at: str
    facts: dict[str, object] = {}


class PenaltyLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One question of `termijn penalty --stdin`; `due` may be absent where nothing runs from it."""

    terms: str
    rule: str
    at: str
    due: str | None = None
    facts: dict[str, object] = {}


class Failed(msgspec.Struct, frozen=True):
    """The answer to a line that cannot be answered."""

    error: str


_DUE_LINES: Final = msgspec.json.Decoder(DueLine)


_PENALTY_LINES: Final = msgspec.json.Decoder(PenaltyLine)


Command = TypeVar("Command", bound=Callable[..., None])


def _questions(at: str, fact: str) -> Callable[[Command], Command]:
    """What both commands take: one question as arguments, or many from standard input."""

    def with_options(command: Command) -> Command:
        for add in reversed((
            click.argument("terms_id", metavar="[TERMS", required=False),
            click.argument("rule", metavar="RULE]", required=False),
            click.option("--at", help=at),
            click.option("--fact", "facts", multiple=True, metavar="KEY=VALUE", help=fact),
            click.option("--json", "as_json", is_flag=True, help="One JSON line."),
            click.option("--stdin", "from_stdin", is_flag=True, help="Answer JSON lines from standard input, and take "
                         "nothing else; a line that cannot be answered gets an error, and the exit status stays 0."),
            asks_language,
        )):  # fmt: skip
            command = add(command)
        return command

    return with_options


@click.command()
@_questions("The event: an RFC 3339 instant, or a date for the whole of that day.", "What the agreement leaves blank.")
def due(
    terms_id: str | None,
    rule: str | None,
    at: str | None,
    facts: tuple[str, ...],
    as_json: bool,
    from_stdin: bool,
    lang: Language,
) -> None:
    """Tell when a rule is due, with every step of the computation.

    TERMS is an id of the library or a .toml or .json file. With --json the steps are told in
    English, as they are kept in evidence.

    With --stdin each line is `{"terms", "rule", "at", "facts"}` and is answered by one line, as with --json. A line
    that cannot be answered gets `{"error"}` and the rest goes on; the exit status is 0 all the same.
    """
    if from_stdin:
        _refuse_beside_stdin(lang, terms_id, rule, at, facts)
        _answer_lines(lambda line: _answer_due(_DUE_LINES.decode(line)), lang)
        return
    if terms_id is None or rule is None or at is None:
        raise click.UsageError(words_in(lang)("due.asks"))
    try:
        found = terms_named(terms_id)
        answer = _due(found, rule, at, _facts(facts))
    except TermijnError as error:
        raise WrongTerms(refusal(error, lang)) from None
    if as_json:
        print_json(answer)
    else:
        _show_due(found, answer, lang)


@click.command()
@click.option("--due", "due_at", help="By when it had to be done: an RFC 3339 instant.")
@_questions("As of when: an RFC 3339 instant.", "Such as violations=2.")
def penalty(
    terms_id: str | None,
    rule: str | None,
    due_at: str | None,
    at: str | None,
    facts: tuple[str, ...],
    as_json: bool,
    from_stdin: bool,
    lang: Language,
) -> None:
    """Tell the contractual penalty as of an instant, with its steps; it is never collected.

    TERMS is an id of the library or a .toml or .json file. With --json the steps are told in
    English, as they are kept in evidence.

    With --stdin each line is `{"terms", "rule", "due", "at", "facts"}` and is answered by one line, as with --json. A
    line that cannot be answered gets `{"error"}` and the rest goes on; the exit status is 0 all the same.
    """
    if from_stdin:
        _refuse_beside_stdin(lang, terms_id, rule, at, facts, due_at)
        _answer_lines(lambda line: _answer_penalty(_PENALTY_LINES.decode(line)), lang)
        return
    if terms_id is None or rule is None or at is None:
        raise click.UsageError(words_in(lang)("penalty.asks"))
    try:
        found = terms_named(terms_id)
        answer = _penalty(found, rule, due_at, at, _facts(facts))
    except TermijnError as error:
        raise WrongTerms(refusal(error, lang)) from None
    if as_json:
        print_json(answer)
    else:
        _show_penalty(found, answer, lang)


def _due(found: Terms, rule: str, at: str, facts: Mapping[str, object]) -> Due:
    return due_of(found, rule, parse_instant(at), facts)


def _penalty(found: Terms, rule: str, due_at: str | None, at: str, facts: Mapping[str, object]) -> PenaltyDue:
    since = _instant("due", due_at) if due_at is not None else None
    return penalty_of(found, rule, since, _instant("at", at), facts)


def _instant(name: str, text: str) -> datetime:
    found = parse_instant(text)
    if not isinstance(found, datetime):
        raise BadInput(f"{name} must be an exact instant, such as {found}T10:00:00Z: hours are counted from it.")
    return found


def _answer_due(line: DueLine) -> Due:
    return _due(terms_named(line.terms), line.rule, line.at, line.facts)


def _answer_penalty(line: PenaltyLine) -> PenaltyDue:
    return _penalty(terms_named(line.terms), line.rule, line.due, line.at, line.facts)


def _answer_lines(answer: Callable[[bytes], Due | PenaltyDue], lang: Language) -> None:
    """Answer every line with one line, in order and at once; one that is wrong stops nothing."""
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while line := source.readline(LONGEST_LINE + 1):
        reply: Due | PenaltyDue | Failed
        if len(line) > LONGEST_LINE:
            while line and not line.endswith(b"\n"):
                line = source.readline(LONGEST_LINE)
            reply = _failed(f"The line is too long: at most {LONGEST_LINE} bytes are taken.", lang)
        else:
            try:
                reply = answer(line.strip() or _blank())
            except TermijnError as error:
                reply = Failed(refusal(error, lang))
            except msgspec.MsgspecError as error:
                reply = _failed(f"The line cannot be read: {_why(error)}.", lang)
            except UnicodeDecodeError:
                reply = _failed("The line cannot be read: it is not UTF-8.", lang)
            except RecursionError:
                reply = _failed("The line cannot be read: it is nested too deeply.", lang)
        sink.write(_ENCODER.encode(reply) + b"\n")
        sink.flush()


def _why(error: msgspec.MsgspecError) -> str:
    """What is wrong with a line; of what is no JSON the place, for the rest is in the parser's own words."""
    found = re.search(r"malformed.*\(byte ([0-9]+)\)", str(error))
    if found is not None:
        return f"it is no JSON from byte {found[1]} on"
    return _KIND.sub(lambda kind: _KINDS[kind[1]], str(error))


def _failed(message: str, lang: Language) -> Failed:
    return Failed(in_language(message, lang))


def _blank() -> bytes:
    raise BadInput('The line is blank: write {"terms": …, "rule": …, "at": …}.')


def _facts(pairs: tuple[str, ...]) -> dict[str, object]:
    """`KEY=VALUE` as facts; numbers of times become numbers."""
    facts: dict[str, object] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name or not value:
            raise BadInput(f"{pair[:60]!r} is not a fact: write KEY=VALUE, such as end.erasure=P30D.")
        if name in facts:
            raise BadInput(f"The fact {name} is given twice: keep one.")
        countable = name in UNIT_FACTS and value.isascii() and value.isdigit() and len(value) <= 9
        facts[name] = int(value) if countable else value
    return facts


def _refuse_beside_stdin(lang: Language, *given: object) -> None:
    if any(given):
        raise click.UsageError(words_in(lang)("stdin.alone"))


def _show_due(found: Terms, answer: Due, lang: Language) -> None:
    said = words_in(lang)
    rows = []
    if answer.due_at is None:
        rows.append((said("due.label"), said("due.none")))
    else:
        local = local_time(answer.due_at, found.zone).isoformat()
        at = said("due.at", local=local, zone=found.zone, utc=_utc(answer.due_at))
        if answer.boundary == "from" or answer.rule in WAITING:
            rows.append((said("due.from"), said("due.no_earlier", at=at)))
        else:
            in_time = "due.before" if answer.boundary == "exclusive" else "due.at_or_before"
            rows += [(said("due.label"), at), (said("due.last_day"), said(in_time, day=answer.last_day))]
    rows += [
        (said("due.party"), said(f"party.{answer.party}")),
        (said("due.clause"), as_found(found, answer.clause, lang) if answer.clause else "–"),
        *_steps(found, answer, lang),
        (said("due.calendar"), calendar_in_words(answer.calendar, lang, week_of(found))),
    ]
    click.echo(f"{found.id} {answer.rule}")
    _show(rows)


def _show_penalty(found: Terms, answer: PenaltyDue, lang: Language) -> None:
    said = words_in(lang)
    owed = said("penalty.as_of", amount=answer.amount, currency=answer.currency, at=_utc(answer.at))
    rows = []
    if answer.exposure != answer.amount:
        whole = said("penalty.started", amount=answer.exposure, currency=answer.currency)
        rows.append((said("penalty.exposure"), whole))
    rows += [
        (said("due.clause"), as_found(found, answer.clause, lang) if answer.clause else "–"),
        (said("penalty.damages"), said(f"damages.{answer.damages}")),
        *_steps(found, answer, lang),
    ]
    click.echo(f"{answer.rule}  {owed}")
    _show(rows)


def _show(rows: list[tuple[str, str]]) -> None:
    """Each row under a label, all as wide as the widest; what has no label stands as it is."""
    widest = max(len(label) for label, _ in rows)
    for label, text in rows:
        click.echo(f"{label:<{widest}}  {text}" if label else text)


def _steps(found: Terms, answer: Due | PenaltyDue, lang: Language) -> list[tuple[str, str]]:
    """The steps, numbered, in the reader's language."""
    told = list(answer.steps)
    if lang != SOURCE:
        own = own_texts(found, answer.rule, lang)
        told = [_step(step, own, lang, week_of(found)) for step in told]
        told = [f"{step[:1].upper()}{step[1:]}" for step in told]
    for clause in answer.clause.split("; ") if answer.clause else ():
        told[0] = told[0].replace(clause, as_found(found, clause, lang))
    return [("", "\n".join(f"{number:>8}. {step}" for number, step in enumerate(told, 1)))]


def _step(step: str, own: Mapping[str, str], lang: Language, week: int) -> str:
    """A step in another language, with what the file itself says as a quotation; in English where none has it."""
    found = otherwise(step, lang, week)
    if found is None:
        return words_in(lang)("due.quoted", text=step)
    said = found.text
    for text in found.foreign:
        said = said.replace(text, own.get(text) or words_in(lang)("due.quoted", text=text))
    return said


def _utc(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")
