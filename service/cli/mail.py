"""`termijn mail`: the templates of mails, to list, check, look at and copy, without a database; and what waits since a
restore (`held.py`).

Exit status: 0 done, 1 a template is wrong, 2 wrong use or bad input; each with one line on stderr.
"""

import os
import sys
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, Literal, NoReturn
from uuid import UUID

import click

from service.cli.held import drop, held, release
from service.cli.named import WrongTerms
from service.mail.kinds.registry import MAIL_KINDS
from service.mail.outgoing.calendar import CalendarSheet
from service.mail.outgoing.enclosed import enclosed
from service.mail.outgoing.mime import (  # fmt: skip
    UNANSWERED_BY_MACHINES,
    compose,
    date_field,
    mailbox,
    one_line,
    unstructured,
)
from service.mail.texts.own_words import own_file
from service.mail.texts.samples import sample_entries, samples
from service.mail.texts.shelf import Shelf, load_shelf
from service.mail.texts.texts import PACKAGED, Texts, TextsError
from service.settings import PREFIX
from service.up.folder import DataFolder
from workflows.terms.names import did_you_mean
from workflows.words import LANGUAGES, Language

Form = Literal["html", "text", "eml"]

SETTING: Final = f"{PREFIX}TEMPLATES"
SENT_AT: Final = datetime(2026, 11, 26, 9, tzinfo=UTC)
"""When a preview says that it was sent: well before the last moment that samples name."""
_ADDRESS: Final = "notices@dpa.example.org"
_WHO: Final = UUID("01990000-0000-7000-8000-000000000002")

_templates = click.option(
    "--templates",
    type=click.Path(path_type=Path),
    help=f"The folder with processors' own templates; else that of {SETTING}.",
)
_data = click.option("--data", type=click.Path(path_type=Path), help="A folder of `termijn up`: DIR/templates.")
_lang = click.option("--lang", type=click.Choice(LANGUAGES), default="nl", show_default=True)


@click.group("mail")
def mail_command() -> None:
    """The templates of mails: list, check, look at, copy to edit. And mails that wait since a restore."""


for _command in (held, release, drop):
    mail_command.add_command(_command)


@mail_command.command("list")
@_templates
@_data
def list_kinds(templates: Path | None, data: Path | None) -> None:
    """List the kinds of mails, each with its subject, and who has templates of its own."""
    shelf = _shelf(_folder(templates, data))
    packaged = shelf.of("")
    for kind in MAIL_KINDS:
        click.echo(f"{kind:<20} {packaged.write(kind, 'en', samples(kind)[0]).subject}")
    for slug, texts in shelf.own.items():
        click.echo(f"{slug} has its own {', '.join(sorted(texts.own)) or 'folder, with nothing in it'}")


@mail_command.command("check")
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@_data
def check(folder: Path | None, data: Path | None) -> None:
    """Check FOLDER as the worker does when it starts; exit 1 where a template is wrong."""
    shelf = _shelf(_folder(folder, data))
    click.echo(f"the packaged templates hold: {len(PACKAGED)} files")
    for slug, texts in shelf.own.items():
        click.echo(f"{slug}: {len(texts.own)} of its own, and they hold")


@mail_command.command("preview")
@click.argument("kind")
@_lang
@click.option("--processor", default="", metavar="SLUG", help="Whose templates; else the packaged ones.")
@click.option("--html", "form", flag_value="html", help="The HTML alone.")
@click.option("--text", "form", flag_value="text", default=True, help="Subject and text (the default).")
@click.option("--eml", "form", flag_value="eml", help="The whole mail, calendar and all, for a mail reader.")
@click.option("--sample", default=1, show_default=True, metavar="N", help="Which made-up case.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="A file to write; else the output.")
@_templates
@_data
def preview(
    kind: str,
    lang: Language,
    processor: str,
    form: Form,
    sample: int,
    out: Path | None,
    templates: Path | None,
    data: Path | None,
) -> None:
    """Write one kind of mail with made-up values."""
    if kind not in MAIL_KINDS:
        near = did_you_mean(kind, MAIL_KINDS) or " `termijn mail list` shows them."
        raise WrongTerms(f"There is no kind of mail called {kind}.{near}")
    known = samples(kind, lang)
    if not 1 <= sample <= len(known):
        raise WrongTerms(f"{kind} has samples 1 to {len(known)}.")
    shelf = _shelf(_folder(templates, data))
    if processor and processor not in shelf.own:
        near = did_you_mean(processor, shelf.own) or f" Its folder is FOLDER/{processor}, given by --templates."
        raise WrongTerms(f"{processor} has no templates of its own.{near}")
    content = _shown(shelf.of(processor), kind, lang, known[sample - 1], form)
    if out is None:
        click.echo(content, nl=False)
        return
    try:
        out.write_bytes(content)
    except OSError as error:
        raise WrongTerms(f"{out} cannot be written: {error.strerror}") from None


@mail_command.command("export")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--lang", type=click.Choice(LANGUAGES), help="The sentences of one language alone; else all.")
def export(folder: Path, lang: Language | None) -> None:
    """Copy the packaged templates and sentences into FOLDER, to edit; keep there only what is to be another."""
    packaged = files("service.mail.texts")
    content = {name: packaged.joinpath("templates", name).read_bytes() for name in sorted(PACKAGED)}
    for one in LANGUAGES if lang is None else (lang,):
        content[f"{one}.po"] = own_file(one)
    if there := [name for name in content if (folder / name).exists()]:
        raise WrongTerms(f"{folder / there[0]} exists already; nothing was written.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, raw in content.items():
            (folder / name).write_bytes(raw)
    except OSError as error:
        raise WrongTerms(f"{folder} cannot be written: {error.strerror}") from None
    click.echo(f"{len(content)} files are in {folder}; what you leave as it is, you can delete again")


def _folder(given: Path | None, data: Path | None) -> Path | None:
    """The folder that is meant; raises Wrong where it is none."""
    if given is None and data is not None:
        given = DataFolder(data).templates
        return given if given.is_dir() else None
    if given is None and (named := os.environ.get(SETTING)):
        given = Path(named)
    if given is not None and not given.is_dir():
        raise WrongTerms(f"{given} is not a folder.")
    return given


def _shelf(folder: Path | None) -> Shelf:
    try:
        return load_shelf(folder)
    except TextsError as error:
        _fail(str(error))


def _fail(line: str) -> NoReturn:
    click.echo(f"termijn: {line}", err=True)
    sys.exit(1)


def _shown(texts: Texts, kind: str, lang: Language, sample: dict[str, Any], form: Form) -> bytes:
    written = texts.write(kind, lang, sample)
    if form == "html":
        return written.html.encode()
    if form == "text":
        return f"{written.subject}\n\n{written.text}".encode()
    sender = sample["processor"]
    fields = [
        ("Date", date_field(SENT_AT)),
        ("From", mailbox(sender, _ADDRESS)),
        ("To", mailbox(sample["contact"], "kim@customer.example")),
        ("Subject", unstructured(one_line(written.subject), len("Subject: "))),
        ("Message-ID", f"<{kind}@dpa.example.org>"),
        *UNANSWERED_BY_MACHINES,
        ("Content-Language", lang),
    ]
    sheet = CalendarSheet(
        contact=_WHO, zone="Europe/Amsterdam", host="dpa.example.org", organizer=sender, address=_ADDRESS, now=SENT_AT
    )
    calendar = enclosed(sample_entries(kind), sheet, texts, lang, sample)
    return compose(fields, written.text, written.html, "=_preview", calendar)
