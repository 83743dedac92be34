"""`termijn due` and `termijn penalty`: what a rule reckons, without a database.

Exit status: 0 done, 2 wrong use or bad input with one line on stderr.
"""

import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

import click
import msgspec

from service.cli.named import WrongTerms, print_json, terms_named
from workflows.errors import BadInput, TermijnError
from workflows.terms.due import due as due_of
from workflows.terms.model import Due, Terms
from workflows.terms.names import UNIT_FACTS, WAITING
from workflows.terms.penalty import PenaltyDue
from workflows.terms.penalty import penalty as penalty_of
from workflows.time import local_time, parse_instant

LONGEST_LINE: Final = 1 << 20
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


@click.command()
@click.argument("terms_id", metavar="[TERMS", required=False)
@click.argument("rule", metavar="RULE]", required=False)
@click.option("--at", help="The event: an RFC 3339 instant, or a date for the whole of that day.")
@click.option("--fact", "facts", multiple=True, metavar="KEY=VALUE", help="What the agreement leaves blank.")
@click.option("--json", "as_json", is_flag=True, help="One JSON line.")
@click.option(
    "--stdin", "from_stdin", is_flag=True, help="Answer JSON lines from standard input, and take nothing else."
)
def due(
    terms_id: str | None,
    rule: str | None,
    at: str | None,
    facts: tuple[str, ...],
    as_json: bool,
    from_stdin: bool,
) -> None:
    """Tell when a rule is due, with every step of the computation.

    TERMS is an id of the library or a .toml file.
    """
    if from_stdin:
        _refuse_beside_stdin(terms_id, rule, at, facts)
        _answer_lines(lambda line: _answer_due(_DUE_LINES.decode(line)))
        return
    if terms_id is None or rule is None or at is None:
        raise click.UsageError("Give TERMS, RULE and --at, or --stdin.")
    try:
        found = terms_named(terms_id)
        answer = _due(found, rule, at, _facts(facts))
    except TermijnError as error:
        raise WrongTerms(error.detail) from None
    if as_json:
        print_json(answer)
    else:
        _show_due(found, answer)


@click.command()
@click.argument("terms_id", metavar="[TERMS", required=False)
@click.argument("rule", metavar="RULE]", required=False)
@click.option("--due", "due_at", help="By when it had to be done: an RFC 3339 instant.")
@click.option("--at", help="As of when: an RFC 3339 instant.")
@click.option("--fact", "facts", multiple=True, metavar="KEY=VALUE", help="Such as violations=2.")
@click.option("--json", "as_json", is_flag=True, help="One JSON line.")
@click.option(
    "--stdin", "from_stdin", is_flag=True, help="Answer JSON lines from standard input, and take nothing else."
)
def penalty(
    terms_id: str | None,
    rule: str | None,
    due_at: str | None,
    at: str | None,
    facts: tuple[str, ...],
    as_json: bool,
    from_stdin: bool,
) -> None:
    """Tell the contractual penalty as of an instant, with its steps; it is never collected.

    TERMS is an id of the library or a .toml file.
    """
    if from_stdin:
        _refuse_beside_stdin(terms_id, rule, at, facts, due_at)
        _answer_lines(lambda line: _answer_penalty(_PENALTY_LINES.decode(line)))
        return
    if terms_id is None or rule is None or at is None:
        raise click.UsageError("Give TERMS, RULE, --due and --at, or --stdin.")
    try:
        answer = _penalty(terms_named(terms_id), rule, due_at, at, _facts(facts))
    except TermijnError as error:
        raise WrongTerms(error.detail) from None
    if as_json:
        print_json(answer)
    else:
        _show_penalty(answer)


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


def _answer_lines(answer: Callable[[bytes], Due | PenaltyDue]) -> None:
    """Answer every line with one line, in order and at once; one that is wrong stops nothing."""
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while line := source.readline(LONGEST_LINE + 1):
        reply: Due | PenaltyDue | Failed
        if len(line) > LONGEST_LINE:
            while line and not line.endswith(b"\n"):
                line = source.readline(LONGEST_LINE)
            reply = Failed(f"The line is too long: at most {LONGEST_LINE} bytes are taken.")
        else:
            try:
                reply = answer(line.strip() or _blank())
            except TermijnError as error:
                reply = Failed(error.detail)
            except msgspec.MsgspecError as error:
                reply = Failed(f"The line cannot be read: {error}.")
            except UnicodeDecodeError:
                reply = Failed("The line cannot be read: it is not UTF-8.")
            except RecursionError:
                reply = Failed("The line cannot be read: it is nested too deeply.")
        sink.write(_ENCODER.encode(reply) + b"\n")
        sink.flush()


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


def _refuse_beside_stdin(*given: object) -> None:
    if any(given):
        raise click.UsageError("With --stdin every question comes from a line: leave out TERMS, RULE and the rest.")


def _show_due(found: Terms, answer: Due) -> None:
    click.echo(f"{found.id} {answer.rule}")
    if answer.due_at is None:
        click.echo("due       no date: the agreement gives no number")
    else:
        local = local_time(answer.due_at, found.zone)
        said = f"{local.isoformat()} in {found.zone} ({_utc(answer.due_at)})"
        if answer.boundary == "from" or answer.rule in WAITING:
            click.echo(f"from      {said}; no earlier, and the agreement gives no last day")
        else:
            in_time = "before" if answer.boundary == "exclusive" else "at or before"
            click.echo(f"due       {said}")
            click.echo(f"last day  {answer.last_day}; in time is what happens {in_time} that instant")
    click.echo(f"party     {answer.party}")
    click.echo(f"clause    {answer.clause or '–'}")
    _show_steps(answer.steps)
    click.echo(f"calendar  {answer.calendar}")


def _show_penalty(answer: PenaltyDue) -> None:
    click.echo(f"{answer.rule}  {answer.amount} {answer.currency} as of {_utc(answer.at)}")
    if answer.exposure != answer.amount:
        click.echo(f"exposure  {answer.exposure} {answer.currency}, with started hours counted whole")
    click.echo(f"clause    {answer.clause or '–'}")
    click.echo(f"damages   {answer.damages}")
    _show_steps(answer.steps)


def _show_steps(steps: tuple[str, ...]) -> None:
    for number, step in enumerate(steps, 1):
        click.echo(f"{number:>8}. {step}")


def _utc(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")
