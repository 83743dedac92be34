"""`termijn terms`: the terms library without a database.

Exit status: 0 done, 1 a check failed, 2 wrong use or bad input with one line on stderr.
"""

import hashlib
from importlib import import_module
from pathlib import Path

import click

from service.cli.named import WrongTerms, named, print_json, read_file
from service.cli.new import new_terms
from service.cli.words import asks_language, laws_known, refusal, told, words_in
from workflows.diagram import mermaid
from workflows.errors import BadInput, TermijnError
from workflows.terms.check_ends import ERASURE, RETURN, maybe_before, returned_unchosen
from workflows.terms.comparing import Compared, compared
from workflows.terms.explain import explain, headed, law_named
from workflows.terms.law import law_called, laws_named
from workflows.terms.load import library, parse_file
from workflows.terms.names import CHOICE
from workflows.terms.phrases import rule_title
from workflows.terms.schema import packaged_schema
from workflows.words import LANGUAGES, SOURCE, Language, Sentences


@click.group()
def terms() -> None:
    """The terms library: what agreements say, as data."""


@terms.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON line for each.")
def list_terms(as_json: bool) -> None:
    """List the terms that come with the program."""
    for entry in library().values():
        if as_json:
            print_json({"id": entry.id, "version": entry.version, "title": entry.title})
        else:
            click.echo(f"{entry.id:<16} {entry.version:<10} {entry.title}")


@terms.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@asks_language
def check(files: tuple[str, ...], lang: Language) -> None:
    """Check terms files, TOML or JSON.

    Each file is checked, whatever is wrong with the others. Exit status 0: all are right; 1: one is wrong; 2: one
    cannot be read.
    """
    said = words_in(lang)
    tally = {"right": 0, "wrong": 0, "unread": 0}
    for name in files:
        try:
            raw = read_file(name)
        except BadInput as error:
            tally["unread"] += 1
            click.echo(refusal(error, lang), err=True)
            continue
        try:
            found = parse_file(raw, name)
        except BadInput as error:
            tally["wrong"] += 1
            for problem in error.problems:
                click.echo(told(problem, lang), err=True)
        else:
            tally["right"] += 1
            click.echo(said("check.ok", name=name, id=found.id, version=found.version, count=len(found.rules)))
            for rule in maybe_before(found):
                titles = {"erasure": rule_title(ERASURE, lang), "other": rule_title(rule, lang)}
                click.echo(said("check.may_come_first", name=name, rule=rule, **titles))
            if returned_unchosen(found):
                titles = {"back": rule_title(RETURN, lang), "choice": rule_title(CHOICE, lang)}
                click.echo(said("check.returned_unchosen", name=name, rule=CHOICE, **titles))
            unknown = [law for law in laws_named(found) if law_called(law) is None]
            if unknown:  # right in itself, and the clocks of a law that was misspelt would be missed
                click.echo(" ".join((f"{name}: {law_named(found, lang)}", *laws_known(unknown, lang))))
    if len(files) > 1:
        click.echo(said("check.summary", count=len(files), **tally), err=True)
    if tally["wrong"] or tally["unread"]:
        raise click.exceptions.Exit(2 if tally["unread"] else 1)


@terms.command("explain")
@click.argument("name", metavar="ID")
@click.option("--lang", type=click.Choice(LANGUAGES), help="Language; else that of the agreement.")
def explain_terms(name: str, lang: Language | None) -> None:
    """Tell an agreement's rules in plain words.

    ID is an id of the library or a .toml or .json file.
    """
    found = named(name, lang or SOURCE)
    click.echo(explain(found, lang or found.language), nl=False)


@terms.command("text")
@click.argument("name", metavar="ID")
@click.option("--lang", type=click.Choice(LANGUAGES), help="Language; else that of the agreement.")
@click.option("--output", type=click.Path(dir_okay=False, writable=True), required=True, help="The PDF to write.")
def write_text(name: str, lang: Language | None, output: str) -> None:
    """Write the text for agreements that is made of the rules, as a PDF.

    ID is an id of the library or a .toml or .json file.

    It is the text that the API sets for `text/generate`, byte for byte.
    """
    found = named(name, lang or SOURCE)
    # The typesetter is loaded where a text is asked for: nothing else of these commands waits for it.
    content = import_module("service.certificate.agreement_text").press_text(found, lang or found.language)
    try:
        Path(output).write_bytes(content)
    except OSError as error:
        raise WrongTerms(f"{output}: {error.strerror or error}") from None
    click.echo(f"{output} {hashlib.sha256(content).hexdigest()}")


terms.add_command(new_terms)


@terms.command("compare")
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@asks_language
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="Also what is the same under another clause, and the clauses that are no rules.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON line for each difference.")
def compare_terms(first: str, second: str, lang: Language, everything: bool, as_json: bool) -> None:
    """Tell what two agreements say otherwise, and whose duty or right it is.

    A and B are ids of the library or .toml or .json files. Words in brackets say who must or may act.
    """
    one, other = named(first, lang), named(second, lang)
    every = compared(one, other, lang, everything=everything)
    found = every if everything else tuple(line for line in every if line.in_substance)
    if as_json:
        for line in found:
            print_json(line)
        return
    said = words_in(lang)
    click.echo(f"A: {headed(one, lang)}\nB: {headed(other, lang)}")
    if not found:
        click.echo(said("compare.same"))
    before = ""
    for line in found:
        heading = _heading(line, said)
        click.echo("" if heading == before else f"\n{heading}")
        click.echo(f"  A: {line.first or '–'}\n  B: {line.second or '–'}")
        before = heading
    if len(found) < len(every):
        click.echo("\n" + said("compare.more", count=len(every) - len(found)))
    left = 0 if everything or one.id == other.id else len(one.statements) + len(other.statements)
    if left:
        click.echo("\n" + said("compare.statements", count=left))


def _heading(line: Compared, said: Sentences) -> str:
    """What a line is about, and who must or may act."""
    whom = "" if line.whom == "either" else f" [{said(f'party.{line.whom}')}]"
    label = f"{line.label}{whom}"
    return label if line.in_substance else said("compare.moved", label=label)


@terms.command("schema")
def print_schema() -> None:
    """Print the format of terms files as a JSON Schema, for editors.

    Beside a file that begins with `#:schema ./terms.schema.json`, Even Better TOML and Taplo check and complete it.
    """
    click.echo(packaged_schema(), nl=False)


@terms.command()
@click.argument("name", metavar="ID")
@click.option("--workflow", default="agreement", show_default=True, help="Which workflow to draw.")
@asks_language
def diagram(name: str, workflow: str, lang: Language) -> None:
    """Print a workflow under these terms as a Mermaid state diagram.

    States and triggers are names of the program, the same in every language.
    """
    found = named(name, lang)
    try:
        click.echo(mermaid(workflow, found), nl=False)
    except TermijnError as error:
        raise WrongTerms(refusal(error, lang)) from None
