"""What a count says of working days, for the terminal: by their names, and by the word for a week of so many."""

from workflows.time.calendars import WEEK
from workflows.words import Language, locale_of, said_in

_WORKS = "; working days "


def calendar_in_words(calendar: str, lang: Language, week: int) -> str:
    """The calendar that an answer names, with its working days in the reader's language; `week`: how many there are."""
    before, works, after = calendar.partition(_WORKS)
    if not works:
        return calendar
    days, other, rest = after.partition("; ")
    names = locale_of(lang).days["stand-alone"]["wide"]
    said = ", ".join(names[WEEK.index(one)] if one in WEEK else one for one in days.split(", "))
    return f"{before}; {said_in(lang, week)('terms.working_days_are', days=said)}{other}{rest}"
