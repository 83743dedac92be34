"""What commands say that need no database, from `catalogue/*.po`, and what was found wrong in the reader's language."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, TypeVar

import click

from workflows.errors import BadInput, Problem, TermijnError
from workflows.terms.law import laws
from workflows.terms.names import did_you_mean
from workflows.terms.problems import in_language
from workflows.words import LANGUAGES, Catalogue, Language, Sentences

CATALOGUE: Final = Catalogue("service.cli.catalogue")
Command = TypeVar("Command", bound=Callable[..., Any])
_LINE: Final = re.compile(r"line (?P<line>[0-9]+), column (?P<column>[0-9]+)$")


def words_in(lang: Language) -> Sentences:
    """The catalogue in one language."""
    return CATALOGUE.in_language(lang)


def asks_language(command: Command) -> Command:
    """The option by which one says in which language to be spoken to."""
    return click.option(
        "--lang", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Language of what is said."
    )(command)


def told(problem: Problem, lang: Language) -> str:
    """One line: the place, and what would be right there."""
    place = _LINE.sub(lambda found: words_in(lang)("line", **found.groupdict()), problem.path)
    message = in_language(problem.message, lang)
    return f"{place}: {message}" if place else message


def refusal(error: TermijnError, lang: Language) -> str:
    """What was wrong, on one line; of several problems of a file the first, and how many more there are."""
    problems = error.problems if isinstance(error, BadInput) else ()
    if not problems or not error.detail.startswith(f"{problems[0].path}: {problems[0].message}"):
        return in_language(error.detail, lang)
    first = told(problems[0], lang)
    return first if len(problems) == 1 else words_in(lang)("more", problem=first, number=len(problems) - 1)


def laws_known(unknown: Iterable[str], lang: Language) -> Iterator[str]:
    """What is to be written where a file names laws by names that the program does not know."""
    named = [law for law in unknown if law]
    for law in named:
        words = re.findall(r"\w+", law)
        initials = "".join(one[0] for one in words if one[0].isupper())
        short = {one.casefold() for one in (*words, initials)}
        found = next((name for name, one in laws().items() if one.known_as & short), "")
        meant = f"Did you mean {found}?" if found else did_you_mean(law, laws()).strip()
        if meant:
            yield in_language(meant, lang)
    if named:
        yield words_in(lang)("check.laws", names=", ".join(laws()))
