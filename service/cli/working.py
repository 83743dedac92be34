"""What a count says of working days, for the terminal: by their names, and by the word for a week of so many."""

from workflows.terms.counting import calendar_of
from workflows.terms.model import Terms
from workflows.time.calendars import WEEK
from workflows.words import Language, locale_of, said_in
from workflows.words.week import by_week

_WORKS = "; working days "


def in_its_week(terms: Terms, text: str, lang: Language) -> str:
    """A sentence with working days called as in the week of these terms."""
    return by_week(text, lang, len(calendar_of(terms).manner.week))


def calendar_in_words(calendar: str, lang: Language) -> str:
    """The calendar that an answer names, with its working days in the reader's language."""
    before, works, after = calendar.partition(_WORKS)
    if not works:
        return calendar
    days, other, rest = after.partition("; ")
    names = locale_of(lang).days["stand-alone"]["wide"]
    said = ", ".join(names[WEEK.index(one)] if one in WEEK else one for one in days.split(", "))
    return f"{before}; {said_in(lang)('terms.working_days_are', days=said)}{other}{rest}"
