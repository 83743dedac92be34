"""`termijn calendar`: the days that count as free under a calendar."""

from typing import Final

import click
import msgspec

from service.answers.otherwise import otherwise
from service.cli.named import WrongTerms
from service.cli.words import asks_language, refusal, words_in
from service.pictures.words import known_holiday
from workflows.errors import TermijnError
from workflows.terms.phrases import country_words
from workflows.terms.telling.quoting import quoted
from workflows.time.legal_days import CalendarYear, calendar_year
from workflows.words import SOURCE, Language, locale_of

_ENCODER: Final = msgspec.json.Encoder()


@click.command("calendar")
@click.argument("calendar", metavar="ID")
@click.argument("year", type=int)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@asks_language
def calendar_command(calendar: str, year: int, as_json: bool, lang: Language) -> None:
    """Show the free days that count under a calendar in a year, each with its source.

    ID is a country (NL), a part of one (DE-BY, GB-ENG, US-NY) or none, as `calendar` in a terms file.
    """
    try:
        found = calendar_year(calendar, year)
    except TermijnError as error:
        raise WrongTerms(refusal(error, lang)) from None
    if as_json:
        click.echo(_ENCODER.encode(found).decode())
    else:
        _show(found, lang)


def _show(found: CalendarYear, lang: Language) -> None:
    said = words_in(lang)
    weekdays = locale_of(lang).days["format"]["wide"]
    widest = max(map(len, weekdays.values()))
    called = country_words(found.id, lang) if found.called else said("calendar.none")
    click.echo(f"{found.id} {found.year}: {called}")
    for one in found.days:
        what = "" if one.kind == "holiday" else f" ({said('calendar.equated')})"
        name = known_holiday(one.name, lang) if lang != SOURCE else one.name
        name = name or quoted(one.name, SOURCE, lang)
        click.echo(f"{one.day} {weekdays[one.day.weekday()]:<{widest}} {name}{what} [{one.source}]")
    if found.note:
        note = otherwise(found.note, lang) if lang != SOURCE else None
        click.echo(note.text if note is not None else found.note)
    if lang != SOURCE and found.days:
        click.echo(said("calendar.sources"))
