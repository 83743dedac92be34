"""`termijn terms`, `termijn due` and `termijn penalty`: the terms library without a database.

Exit status: 0 done, 1 a check failed, 2 wrong use or bad input with one line on stderr.
"""

import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Final

import click
import msgspec

from service.cli.asking import ask, blank_answers, read_answers
from workflows.diagram import mermaid
from workflows.errors import BadInput, TermijnError
from workflows.terms.comparing import compared
from workflows.terms.drafting import draft
from workflows.terms.due import due as due_of
from workflows.terms.explain import explain
from workflows.terms.load import LARGEST, library, parse_toml
from workflows.terms.model import Due, Terms
from workflows.terms.names import UNIT_FACTS, did_you_mean
from workflows.terms.penalty import PenaltyDue
from workflows.terms.penalty import penalty as penalty_of
from workflows.terms.problems import in_language
from workflows.terms.schema import packaged_schema
from workflows.time import local_time, parse_instant
from workflows.words import LANGUAGES, Language

LONGEST_LINE: Final = 1 << 20
_ENCODER: Final = msgspec.json.Encoder()


class WrongTerms(click.ClickException):
    """Wrong use or bad input: one line on stderr, exit status 2."""

    exit_code = 2


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


@click.group()
def terms() -> None:
    """The terms library: what agreements say, as data."""


@terms.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON line for each.")
def list_terms(as_json: bool) -> None:
    """List the terms that come with the program."""
    for entry in library().values():
        if as_json:
            _print_json({"id": entry.id, "version": entry.version, "title": entry.title})
        else:
            click.echo(f"{entry.id:<16} {entry.version:<10} {entry.title}")


@terms.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@click.option("--lang", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Language of the problems.")
def check(files: tuple[str, ...], lang: Language) -> None:
    """Check terms files; exit status 1 where one is wrong."""
    failed = False
    for name in files:
        try:
            found = parse_toml(_read(name), name)
        except BadInput as error:
            if not error.problems:
                raise WrongTerms(error.detail) from None
            failed = True
            for problem in error.problems:
                click.echo(f"{problem.path}: {in_language(problem.message, lang)}", err=True)
        else:
            click.echo(f"{name}: ok, {found.id} {found.version} with {len(found.rules)} rules")
    if failed:
        raise click.exceptions.Exit(1)


@terms.command("explain")
@click.argument("name", metavar="ID")
@click.option("--lang", type=click.Choice(LANGUAGES), help="Language; else that of the agreement.")
def explain_terms(name: str, lang: Language | None) -> None:
    """Tell an agreement's rules in plain words."""
    found = _named(name)
    click.echo(explain(found, lang or found.language), nl=False)


@terms.command("new")
@click.option("--answers", metavar="FILE", help="Answers, TOML or JSON, instead of questions on the terminal.")
@click.option("--questions", is_flag=True, help="Print the questions as a file of answers to fill in, and stop.")
@click.option("--out", metavar="FILE", help="Where to write it; else standard output.")
def new_terms(answers: str | None, questions: bool, out: str | None) -> None:
    """Begin a terms file: ask what a text says, and write it down.

    What nobody answers is left to fill in, clauses too; `terms check` names each.
    """
    if questions:
        click.echo(blank_answers(), nl=False)
        return
    if answers is None and not sys.stdin.isatty():
        raise click.UsageError("Give --answers FILE, or run it on a terminal.")
    try:
        made = draft(read_answers(_read(answers), answers) if answers is not None else ask())
    except BadInput as error:
        for problem in error.problems[1:]:
            click.echo(f"{problem.path}: {problem.message}", err=True)
        raise WrongTerms(error.detail) from None
    if out is None:
        click.echo(made, nl=False)
    else:
        try:
            with Path(out).open("x", encoding="utf-8") as file:
                file.write(made)
        except OSError as error:
            raise WrongTerms(f"{out} cannot be written: {error.strerror}.") from None
    _say_what_is_left(made, out or "FILE")


def _say_what_is_left(made: str, name: str) -> None:
    try:
        parse_toml(made, name)
    except BadInput as error:
        click.echo(f"{len(error.problems)} to fill in or to mend: termijn terms check {name}", err=True)


@terms.command("compare")
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@click.option("--lang", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Language.")
@click.option("--all", "everything", is_flag=True, help="Also what is the same under another clause.")
@click.option("--json", "as_json", is_flag=True, help="One JSON line for each difference.")
def compare_terms(first: str, second: str, lang: Language, everything: bool, as_json: bool) -> None:
    """Tell what two agreements say otherwise, and whose duty or right it is.

    A and B are ids of the library or .toml files. Words in brackets say who must or may act.
    """
    one, other = _named(first), _named(second)
    every = compared(one, other, lang)
    found = every if everything else [line for line in every if line.in_substance]
    if as_json:
        for line in found:
            _print_json(line)
        return
    click.echo(f"A: {one.title} ({one.id}, {one.version})\nB: {other.title} ({other.id}, {other.version})")
    if not found:
        click.echo("They say the same.")
    for line in found:
        whom = "" if line.whom == "either" else f" [{line.whom}]"
        same = "" if line.in_substance else " (the same under another clause)"
        click.echo(f"\n{line.label}{whom}{same}\n  A: {line.first or '–'}\n  B: {line.second or '–'}")
    if len(found) < len(every):
        click.echo(f"\n{len(every) - len(found)} more are the same under another clause; --all shows them.")


@terms.command("schema")
def print_schema() -> None:
    """Print the format of terms files as a JSON Schema, for editors.

    Beside a file that begins with `#:schema ./terms.schema.json`, Even Better TOML and Taplo check and complete it.
    """
    click.echo(packaged_schema(), nl=False)


@terms.command()
@click.argument("name", metavar="ID")
@click.option("--workflow", default="agreement", show_default=True, help="Which workflow to draw.")
def diagram(name: str, workflow: str) -> None:
    """Print a workflow under these terms as a Mermaid state diagram."""
    found = _named(name)
    try:
        click.echo(mermaid(workflow, found), nl=False)
    except TermijnError as error:
        raise WrongTerms(error.detail) from None


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
        _print_json(answer)
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
        _print_json(answer)
    else:
        _show_penalty(answer)


def terms_named(name: str) -> Terms:
    """Give terms by their id in the library, or from a `.toml` file.

    Raises BadInput where there are none of that name, or the file is wrong.
    """
    found = library().get(name)
    if found is not None:
        return found
    if name.endswith(".toml"):
        return _from_file(name)
    known = library()
    raise BadInput(
        f"There are no terms {name[:60]!r}.{did_you_mean(name, known)} "
        f"Known: {', '.join(known)}, or the path of a .toml file."
    )


@lru_cache(maxsize=16)
def _from_file(name: str) -> Terms:
    return parse_toml(_read(name), name)


def _named(name: str) -> Terms:
    try:
        return terms_named(name)
    except TermijnError as error:
        raise WrongTerms(error.detail) from None


def _read(name: str) -> bytes:
    try:
        with Path(name).open("rb") as file:
            return file.read(LARGEST + 1)
    except (OSError, ValueError) as error:  # ValueError: a name with NUL
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise BadInput(f"{name} cannot be read: {why}.") from None


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


def _print_json(answer: object) -> None:
    click.echo(_ENCODER.encode(answer).decode())


def _show_due(found: Terms, answer: Due) -> None:
    click.echo(f"{found.id} {answer.rule}")
    if answer.due_at is None:
        click.echo("due       no date: the agreement gives no number")
    else:
        local = local_time(answer.due_at, found.zone)
        said = f"{local.isoformat()} in {found.zone} ({_utc(answer.due_at)})"
        if answer.boundary == "from":
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
