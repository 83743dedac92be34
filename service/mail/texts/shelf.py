"""Each processor's templates: its own where a folder has them, else those that come with the program.

    FOLDER/acme/nl.po                    what the processor with slug `acme` says otherwise in Dutch, by sentence
    FOLDER/acme/announcement.jinja       what stands in its announcements, in every language
    FOLDER/acme/nl/announcement.jinja    the same in Dutch alone
    FOLDER/acme/words.jinja              its own phrases; those it leaves out are the packaged ones
    FOLDER/acme/layout.html.jinja        what stands around its messages

All are loaded at the start of a process; a file that changes later counts from the next start.
"""

from collections.abc import Mapping
from pathlib import Path

from jinja2 import FileSystemLoader

from service.mail.texts.texts import FILES, PACKAGED, Texts, TextsError, packaged_texts
from workflows.terms.names import did_you_mean, listed
from workflows.words import LANGUAGES


class Shelf:
    """The templates of every processor, loaded and checked."""

    def __init__(self, own: Mapping[str, Texts] | None = None) -> None:
        self._own = dict(own or {})

    def of(self, slug: str) -> Texts:
        """The templates that a processor's messages are written with."""
        return self._own.get(slug) or packaged_texts()

    @property
    def own(self) -> Mapping[str, Texts]:
        return self._own


def load_shelf(folder: Path | None) -> Shelf:
    """Load the packaged templates and, where a folder is given, those of its processors.

    Raises TextsError with one line that names file and line, what is wrong, and what is known.
    """
    packaged_texts()
    if folder is None:
        return Shelf()
    try:
        found = sorted(one for one in folder.iterdir() if one.is_dir() and not one.name.startswith("."))
        return Shelf({one.name: _load(one) for one in found})
    except OSError as error:
        raise TextsError(f"{folder} cannot be read: {error.strerror}") from error


def _load(folder: Path) -> Texts:
    for path in sorted(one for one in folder.rglob("*") if one.suffix in (".jinja", ".po")):
        name = path.relative_to(folder).as_posix()
        if name not in FILES:
            raise TextsError(f"{path} is no template of any message{_meant(name)}")
        try:
            path.read_text("utf-8")
        except UnicodeDecodeError as error:
            raise TextsError(f"{path} is not UTF-8 text") from error
    return Texts(FileSystemLoader(folder), str(folder))


def _meant(name: str) -> str:
    """A hint at the names of templates that may have been meant."""
    lang, slash, file = name.rpartition("/")
    if name.endswith(".po") or (slash and lang not in LANGUAGES):
        return f"; a language is {listed(LANGUAGES)}"
    known = sorted(PACKAGED if not slash else {one for one in PACKAGED if f"{lang}/{one}" in FILES})
    return f".{near}" if (near := did_you_mean(file, known)) else f"; known are {', '.join(known)}"
