"""A period in hours: a bar for each day that it runs through, as long as the day is."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final

from service.pictures import words
from service.pictures.drawing import LEADING, SMALL, Box, Drawing
from service.pictures.measure import width
from service.pictures.words import Lang, sentences
from workflows.time import Counted, end_of_day, local_day, local_time, start_of_day

_MOST: Final = timedelta(hours=240)
_HOUR: Final = timedelta(hours=1)
_HIGH: Final = 20.0
_LONGEST: Final = 25.0
"""Hours of the longest day, on which the clocks go back."""
_TICKS: Final = (6, 12, 18)


def hours_drawn(counted: Counted) -> bool:
    """Whether it is drawn so: in hours, and not more of them than ten days have."""
    period = counted.span.period
    return period is not None and period.unit == "hours" and timedelta(hours=period.count) <= _MOST


def hour_rows(drawing: Drawing, counted: Counted, zone: str, lang: Lang, *, now: datetime | None) -> None:
    """Draw the days from the event to the end, with how many hours have passed by the end of each."""
    scale, said = drawing.across / _LONGEST, sentences(lang)
    begins, ends = counted.span.event_at, counted.due_at
    for day in _days(local_day(begins, zone), local_day(ends, zone)):
        start, over = start_of_day(day, zone), end_of_day(day, zone)
        first, last = max(begins, start), min(ends, over)
        x, long = (first - start) / _HOUR * scale, max((last - first) / _HOUR * scale, 1)
        passed = said("hours.passed", count=int((last - begins) / _HOUR))
        drawing.y += SMALL * LEADING
        label = words.day(day, lang)
        taken = drawing.text(drawing.across, drawing.y, passed, size=SMALL, anchor="end",
                             most=drawing.across * 0.72, bold=True)  # fmt: skip
        room = drawing.across - taken - 8
        short = label if width(label, SMALL) <= room else words.tick(day, lang)
        drawing.text(0, drawing.y, short, "quiet", size=SMALL, most=room, whole=label)
        drawing.y += 4
        with drawing.group(f"{label}: {passed}"):
            drawing.box(Box(0, drawing.y, (over - start) / _HOUR * scale, _HIGH), "cell plain")
            drawing.box(Box(x, drawing.y, long, _HIGH), "cell counted")
            drawing.box(Box(x, drawing.y + 6, long, _HIGH - 12), "fill")
            for hour in _TICKS:
                drawing.line(hour * scale, drawing.y + _HIGH - 5, hour * scale, drawing.y + _HIGH, "tick")
            if day == local_day(begins, zone):
                drawing.dot(x, drawing.y + _HIGH / 2, 5, "start")
            if day == local_day(ends, zone):
                drawing.box(Box(x + long - 2, drawing.y - 3, 4, _HIGH + 6), "end")
            if now is not None and start <= now < over:
                at = (now - start) / _HOUR * scale
                drawing.path(
                    [(at - 5, drawing.y - 4), (at + 5, drawing.y - 4), (at, drawing.y + 3)], "now", closed=True
                )
        drawing.y += _HIGH + 6
    drawing.y += SMALL
    for hour in _TICKS:
        drawing.text(hour * scale, drawing.y, str(hour), "quiet", size=SMALL, anchor="middle")
    drawing.y += 2
    drawing.lines(said("hours.between", begins=_clock(begins, zone), ends=_clock(ends, zone)), "quiet", size=SMALL)
    drawing.y += 2


def _clock(instant: datetime, zone: str) -> str:
    return local_time(instant, zone).strftime("%H:%M")


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=ahead) for ahead in range((last - first).days + 1))
