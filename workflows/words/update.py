"""Bring the PO files of catalogues up to their templates: `python -m workflows.words.update [--new LANG] FOLDER…`.

What the template has anew is added untranslated, what it has no more is left out, and a translation of English that has
changed is kept and marked fuzzy: until somebody has looked at it, the sentence is said in English. What is typed in
French is set as French is.
"""

import re
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

from workflows.words.catalogue import TEMPLATE

_SET: Final = {"fr": ((r" ([:;!?»])", "\u202f\\1"), (r"« ", "«\u202f"), (r"(?<=\w)'(?=[\w{«])", "’"))}
"""What keyboards lack, by language: narrow spaces that do not break, curved apostrophes."""
_WRITTEN: Final = datetime(2026, 1, 1)
"""In each header, so that writing a file again changes nothing."""


def updated(template: Catalog, old: Catalog, lang: str) -> Catalog:
    """The catalogue of a language with the sentences of the template, in its order."""
    known = {one.context: one for one in old if one.id}
    made = Catalog(
        locale=lang,
        project="Termijn",
        version="1",
        copyright_holder="Termijn",
        msgid_bugs_address="see docs/languages.md",
        last_translator="Termijn",
        language_team="Termijn",
        creation_date=_WRITTEN,
        revision_date=_WRITTEN,
        fuzzy=False,
        header_comment=f"# {lang}: translations of {TEMPLATE}. See docs/languages.md.",
    )
    for one in template:
        if not one.id:
            continue
        was = known.get(one.context)
        flags = set(one.flags)
        if was is not None and (was.fuzzy or was.id != one.id) and any(_forms(was)):
            flags.add("fuzzy")
        forms = tuple(_set(form, lang) for form in _forms(was)) if was is not None else ()
        string = None if len(forms) != _wanted(made, one) else forms if one.pluralizable else forms[0]
        own = was.user_comments if was is not None else ()
        made.add(one.id, string, context=one.context, flags=flags, auto_comments=one.auto_comments, user_comments=own)
    return made


def _forms(one: Message) -> tuple[str, ...]:
    return (one.string,) if isinstance(one.string, str) else tuple(one.string or ())


def _set(text: str, lang: str) -> str:
    for typed, proper in _SET.get(lang, ()):
        text = re.sub(typed, proper, text)
    return text


def _wanted(made: Catalog, one: Message) -> int:
    return made.num_plurals if one.pluralizable else 1


def update(folder: Path, new: str | None = None) -> Iterator[Path]:
    """Write the files of one catalogue again, and begin one for a `new` language; says which."""
    with (folder / TEMPLATE).open("rb") as source:
        template = read_po(source, abort_invalid=True)
    for lang in sorted({*(file.stem for file in folder.glob("*.po")), *((new,) if new else ())}):
        file = folder / f"{lang}.po"
        old = Catalog()
        if file.is_file():
            with file.open("rb") as source:
                old = read_po(source, locale=lang, abort_invalid=True)
        with file.open("wb") as target:
            write_po(target, updated(template, old, lang), width=0, ignore_obsolete=True)
        yield file


if __name__ == "__main__":
    arguments = sys.argv[1:]
    wanted = arguments.pop(1) if arguments[:1] == ["--new"] else None
    for name in arguments[1:] if wanted else arguments:
        for written in update(Path(name), wanted):
            print(written)
