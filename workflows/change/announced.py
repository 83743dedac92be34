"""What customers were told of a change: kept when it is announced or amended, whatever becomes of the records. Pure."""

from datetime import datetime
from typing import Any

from msgspec.structs import replace

from workflows.model.change import FACTS, AnnouncedSubprocessor, AnnouncedText, Change, ChangeFields
from workflows.model.parties import Subprocessor, Wording
from workflows.model.per_language import base_of, list_base_of


def text_of(
    change: Change, subprocessor: Subprocessor | None, replaced: Subprocessor | None, at: datetime, why: Wording = ""
) -> AnnouncedText:
    """The text that the records make now."""
    country = change.country or (subprocessor.country if subprocessor is not None else None)
    return AnnouncedText(
        revision=change.revision,
        at=at,
        subprocessor=as_told(subprocessor, country),
        replaced=as_told(replaced, replaced.country if replaced is not None else None),
        country=country,
        from_country=change.from_country,
        to_version=change.to_version,
        services=change.services,
        reason=change.reason,
        reason_in=change.reason_in,
        effective_on=change.effective_on,
        why=base_of(why)[0],
        why_in=base_of(why)[1],
    )


def as_told(one: Subprocessor | None, country: str | None) -> AnnouncedSubprocessor | None:
    """A subprocessor as customers are told of it, in the country where it works or will work.

    The place on its record is no further one: the announced place stands instead of it, as in a move.
    """
    if one is None:
        return None
    return AnnouncedSubprocessor(
        id=one.id,
        name=one.name,
        service=one.service,
        country=one.country,
        aliases=one.aliases,
        countries=tuple(further for further in one.countries if further not in (country, one.country)),
        address=one.address,
        contact=one.contact,
        categories=one.categories,
        transfer_basis=one.transfer_basis,
        service_in=one.service_in,
        categories_in=one.categories_in,
    )


def published_at(change: Change, revision: int) -> datetime | None:
    """When this revision of a change was first published (UTC), None where it was not."""
    return min((one.at for one in change.publications if one.revision == revision), default=None)


def facts_of(fields: ChangeFields) -> dict[str, Any]:
    """What an amendment says of the subprocessor itself, by the fields of its record."""
    found = {name: value for name in FACTS if (value := getattr(fields, name)) is not None}
    if fields.service is not None:
        found["service"], found["service_in"] = base_of(fields.service)
    if fields.categories is not None:
        found["categories"], found["categories_in"] = list_base_of(fields.categories)
    return found


def reworded(told: AnnouncedText, fields: ChangeFields, at: datetime, why: Wording) -> AnnouncedText:
    """The same text in other words; all that the amendment does not name stays as it was told."""
    who, facts = told.subprocessor, facts_of(fields)
    if who is not None and facts:
        if (countries := facts.get("countries")) is not None:
            facts["countries"] = tuple(one for one in countries if one not in (told.country, who.country))
        who = replace(who, **facts)
    reason, reason_in = (told.reason, told.reason_in) if fields.reason is None else base_of(fields.reason)
    said, said_in = base_of(why)
    return replace(told, at=at, subprocessor=who, reason=reason, reason_in=reason_in, why=said, why_in=said_in)


def further_places(told: AnnouncedText, fields: ChangeFields) -> tuple[str, ...]:
    """Countries that an amendment adds to those that customers were told of."""
    who = told.subprocessor
    known = {told.country, *((who.country, *who.countries) if who is not None else ())}
    return tuple(one for one in fields.countries or () if one not in known)


def announced_text(
    change: Change, subprocessor: Subprocessor | None, replaced: Subprocessor | None, now: datetime, revision: int
) -> AnnouncedText:
    """The text of that revision as customers were told it, the last wording of it.

    As the records stand `now` where it was announced by an older release, which kept none.
    """
    told = [one for one in change.announced if one.revision == revision]
    return told[-1] if told else text_of(change, subprocessor, replaced, now)


def earlier_text(change: Change, revision: int) -> AnnouncedText | None:
    """The text before that revision, as it read last; None where none is on record."""
    told = [one for one in change.announced if one.revision < revision]
    return told[-1] if told else None


def place(change: Change, subprocessor: Subprocessor) -> str | None:
    """Where the subprocessor is to work: as announced; of a draft, as the records have it; None: nobody has said."""
    if change.announced and (told := change.announced[-1].country) is not None:
        return told
    return change.country or subprocessor.country
