"""`termijn calendar`: the days that count as free under a calendar."""

from typing import Final

import click
import msgspec

from service.cli.named import WrongTerms
from workflows.errors import TermijnError
from workflows.time.legal_days import CalendarYear, calendar_year
from workflows.time.words import say_day

_ENCODER: Final = msgspec.json.Encoder()


@click.command("calendar")
@click.argument("calendar", metavar="ID")
@click.argument("year", type=int)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def calendar_command(calendar: str, year: int, as_json: bool) -> None:
    """Show the free days that count under a calendar in a year, each with its source.

    ID is a country (NL), a part of one (DE-BY, GB-ENG, US-NY) or none, as `calendar` in a terms file.
    """
    try:
        found = calendar_year(calendar, year)
    except TermijnError as error:
        raise WrongTerms(error.detail) from None
    if as_json:
        click.echo(_ENCODER.encode(found).decode())
    else:
        _show(found)


def _show(found: CalendarYear) -> None:
    click.echo(f"{found.id} {found.year}: {found.called or 'no day is a holiday'}")
    for one in found.days:
        what = "" if one.kind == "holiday" else " (equated: a customer's last day moves off it; it is a working day)"
        click.echo(f"{one.day} {say_day(one.day).partition(' ')[0]:<9} {one.name}{what} [{one.source}]")
    if found.note:
        click.echo(found.note)
