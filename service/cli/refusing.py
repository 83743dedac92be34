"""What click itself refuses, and its frame around every refusal, in the language that the command was asked for in."""

from collections.abc import Sequence

import click

from service.cli.words import words_in
from workflows.terms.problems import in_language
from workflows.words import LANGUAGES, SOURCE, Language

LANG = "--lang"


def asked_for(args: Sequence[str]) -> Language:
    """The language that a command line names; English where it names none that there is."""
    for place, one in enumerate(args):
        said = one.removeprefix(f"{LANG}=") if one.startswith(f"{LANG}=") else ""
        said = args[place + 1] if one == LANG and place + 1 < len(args) else said
        if found := next((lang for lang in LANGUAGES if lang == said), None):
            return found
    return SOURCE


def refuse(error: click.ClickException, lang: Language) -> None:
    """Tell on stderr what was wrong, and of wrong use how the command is used."""
    said = words_in(lang)
    if isinstance(error, click.UsageError) and error.ctx is not None:
        ctx = error.ctx
        click.echo(said("usage", command=ctx.command_path, pieces=" ".join(_pieces(ctx))), err=True)
        if ctx.command.get_help_option(ctx) is not None:
            speaks = any(LANG in one.opts for one in ctx.command.params)
            more = f"{ctx.command_path} {ctx.help_option_names[-1]}" + (f" {LANG} {lang}" if speaks else "")
            click.echo(said("usage.help", command=more) + "\n", err=True)
    click.echo(said("error", message=in_language(error.format_message(), lang)), err=True)


def _pieces(ctx: click.Context) -> list[str]:
    return ctx.command.collect_usage_pieces(ctx)
