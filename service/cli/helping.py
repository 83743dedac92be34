"""What `--help` shows of a command, in the language that it names with `--lang`."""

import copy
import io
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from functools import lru_cache, partial
from typing import Any, Final

import click

from service.cli.words import CATALOGUE, words_in
from workflows.words import SOURCE, Language

_HELP: Final = "help."
_HEADINGS: Final = {
    "usage": re.compile(r"^Usage: (?P<command>.*\S) (?P<pieces>\S+)$", re.MULTILINE),
    "help.options": re.compile(r"^Options:$", re.MULTILINE),
    "help.commands": re.compile(r"^Commands:$", re.MULTILINE),
    "help.shows_this": re.compile(r"Show this message and exit\.$", re.MULTILINE),
    "help.default": re.compile(r"\[default: (?P<value>[^\]]*)\]"),
}
"""Click's own words, by the key of ours."""


def spoken(command: click.Command, lang: Language) -> click.Command:
    """A command whose help, and that of its options and of the commands below it, is in a language."""
    made = copy.copy(command)
    made.help = "\n\n".join(_said(one, lang) for one in paragraphs(command))
    made.params = [_param(one, lang) for one in command.params]
    if isinstance(made, click.Group):
        made.commands = {name: spoken(one, lang) for name, one in made.commands.items()}
    return made


def paragraphs(command: click.Command) -> Iterator[str]:
    """The English help of a command, paragraph by paragraph, each on one line."""
    for one in re.split(r"\n\s*\n", (command.help or "").strip()):
        yield " ".join(one.split())


def shown(run: Callable[[], Any], lang: Language) -> Any:
    """Run a command that shows its help, with the words around it in a language too."""
    held = io.StringIO()
    try:
        with redirect_stdout(held):
            return run()
    finally:
        sys.stdout.write(_around(held.getvalue(), lang))


def _around(text: str, lang: Language) -> str:
    for key, pattern in _HEADINGS.items():
        text = pattern.sub(partial(_in_its_place, key=key, lang=lang), text)
    return text


def _in_its_place(found: "re.Match[str]", key: str, lang: Language) -> str:
    return words_in(lang)(key, **found.groupdict())


def _param(param: click.Parameter, lang: Language) -> click.Parameter:
    made = copy.copy(param)
    if isinstance(made, click.Option) and made.help:
        made.help = _said(made.help, lang)
    return made


def _said(text: str, lang: Language) -> str:
    """A text of a help in a language; one that is in no catalogue stays as it is."""
    key = _by_english().get(text)
    return words_in(lang).text(key) if key is not None else text


@lru_cache(maxsize=1)
def _by_english() -> dict[str, str]:
    english = CATALOGUE.in_language(SOURCE)
    return {english.text(key): key for key in english if key.startswith(_HELP)}
