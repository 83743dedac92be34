"""What customers were told of a change: kept when it is announced or amended, whatever becomes of the records. Pure."""

from datetime import datetime

from workflows.model.change import AnnouncedSubprocessor, AnnouncedText, Change
from workflows.model.parties import Subprocessor, Wording
from workflows.model.per_language import base_of


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
