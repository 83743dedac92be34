"""`termijn terms new`: a terms file from answers, asked on a terminal or read from a file."""

import errno
import shlex
import sys
from pathlib import Path
from typing import Final, NoReturn

import click

from service.cli.asking import AnswersOnDisk, ask, blank_answers, read_answers
from service.cli.named import WrongTerms, read_file
from service.cli.words import asks_language, laws_known, refusal, told, words_in
from workflows.errors import BadInput
from workflows.terms.drafting import draft
from workflows.terms.explain import law_named
from workflows.terms.law import law_called, laws_named
from workflows.terms.load import parse_toml
from workflows.words import SOURCE, Language

_WHY: Final = {
    errno.ENOENT: "there is no such folder",
    errno.ENOTDIR: "there is no such folder",
    errno.EEXIST: "it is there already",
    errno.EISDIR: "it is a folder",
    errno.EACCES: "you may not write there",
}
_FIRST_NAME: Final = "my-agreement.toml"


@click.command("new")
@click.option("--answers", metavar="FILE", help="Answers, TOML or JSON, instead of questions; - is standard input.")
@click.option("--questions", is_flag=True, help="Print the questions as a file of answers to fill in, and stop.")
@click.option("--out", metavar="FILE", help="Where to write it; else it is asked, or standard output.")
@asks_language
def new_terms(answers: str | None, questions: bool, out: str | None, lang: Language) -> None:
    """Begin a terms file: ask what a text says, and write it down.

    On a terminal each answer is checked when it is given, and kept beside the file to come (FILE.answers.toml): stop
    whenever you like, and go on with the same command. What nobody answers is left to fill in, clauses too, and what
    no question is about is named at the end of the file.
    """
    if questions:
        click.echo(blank_answers(lang), nl=False)
    elif answers is not None:
        _from_file(answers, out, lang)
    elif sys.stdin.isatty():
        begin(out, lang)
    else:
        raise click.UsageError(words_in(lang)("new.no_terminal"))


def _from_file(answers: str, out: str | None, lang: Language) -> None:
    try:
        raw = sys.stdin.buffer.read() if answers == "-" else read_file(answers)
        made = draft(read_answers(raw, answers, lang), lang, out or "FILE")
    except BadInput as error:
        if not error.problems:
            raise WrongTerms(refusal(error, lang)) from None
        for problem in error.problems:
            click.echo(told(problem, lang), err=True)
        raise click.exceptions.Exit(2) from None
    if out is None:
        click.echo(made, nl=False)
    else:
        _write(made, out, lang, mode="x")
    _say_what_is_left(made, out or "FILE", lang)


def begin(out: str | None, lang: Language) -> None:
    """Ask on the terminal, and write the file. Raises WrongTerms where it cannot be written, Exit where one stops."""
    said = words_in(lang)
    if out is None and sys.stdout.isatty():
        out = click.prompt(said("new.where"), default=_FIRST_NAME, err=True).strip()
    target = Path(out or _FIRST_NAME)
    kept = _kept(target, lang)
    if out is not None and target.exists() and not _is_made_by(target, kept, lang):
        raise WrongTerms(said("new.changed", file=out))
    click.echo(said("new.hint", file=kept.path), err=True)
    if kept.given:
        click.echo(said("new.resumed", count=len(kept.given), file=kept.path), err=True)
    try:
        given = ask(kept, lang)
    except (click.Abort, KeyboardInterrupt):
        click.echo(f"\n{said('new.kept', count=len(kept.given), file=kept.path, command=kept.goes_on)}", err=True)
        raise click.exceptions.Exit(1) from None
    except OSError as error:
        _not_written(str(kept.path), error, lang)
    made = draft(given, lang, str(target))
    if out is None:
        click.echo(made, nl=False)
    else:
        _write(made, out, lang, mode="w")
    if not _say_what_is_left(made, str(target), lang):
        click.echo(said("new.goes_on", command=kept.goes_on), err=True)


def _kept(target: Path, lang: Language) -> AnswersOnDisk:
    """The answers beside the file to come, at once written: where nothing can be written, nothing is asked."""
    spoken = f" --lang {lang}" if lang != SOURCE else ""
    try:
        kept = AnswersOnDisk(
            target.with_suffix(".answers.toml"), lang, f"termijn terms new --out {shlex.quote(str(target))}{spoken}"
        )
        kept.write()
    except BadInput as error:
        raise WrongTerms(refusal(error, lang)) from None
    except (OSError, ValueError) as error:  # ValueError: a name that is none
        _not_written(str(target), error, lang)
    return kept


def _is_made_by(target: Path, kept: AnswersOnDisk, lang: Language) -> bool:
    """Whether a file is what these answers made, so that it may be written anew; not where somebody went on in it."""
    try:
        made = draft(kept.given, lang, str(target))
        return target.read_text("utf-8") == made
    except (BadInput, OSError, ValueError):
        return False


def _write(made: str, out: str, lang: Language, *, mode: str) -> None:
    try:
        with Path(out).open(mode, encoding="utf-8") as file:
            file.write(made)
    except (OSError, ValueError) as error:
        _not_written(out, error, lang)


def _not_written(name: str, error: OSError | ValueError, lang: Language) -> NoReturn:
    number = error.errno if isinstance(error, OSError) else errno.ENOENT
    why = _WHY.get(number or 0) or getattr(error, "strerror", None) or "the system does not say why"
    raise WrongTerms(refusal(BadInput(f"{name} cannot be written: {why}."), lang)) from None


def _say_what_is_left(made: str, name: str, lang: Language) -> bool:
    """Whether the file is whole; else what is left in it is told."""
    said = words_in(lang)
    try:
        found = parse_toml(made, name)
    except BadInput as error:
        left = len(error.problems)
        click.echo(said("new.left", count=left, command=f"termijn terms check {shlex.quote(name)}"), err=True)
        return False
    unknown = [law for law in laws_named(found) if law and law_called(law) is None]
    if unknown:
        click.echo(" ".join((law_named(found, lang), *laws_known(unknown, lang))), err=True)
    click.echo(said("new.whole", command=f"termijn terms explain {shlex.quote(name)}"), err=True)
    return True
