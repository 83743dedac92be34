"""A processor's own face on pages and in mails: the name it goes by, its colour, its logo. Pure.

A colour is taken as far as text in it, and on it, can be read: 4.5 to 1 (WCAG 2.2, 1.4.3) on every ground that pages
and mails have, in the light and in the dark. One that falls short is mixed with black, or with white, until it does.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import msgspec

ENOUGH: Final = 4.5
SHEET: Final = re.compile(r"face-([0-9a-f]{6})\.css")
LOGO: Final = re.compile(r"logo-([0-9a-f]{64})\.png")
_OF_MAILS: Final = re.compile(r"(?<=[:\" ])#(?:1f4e79|9cc4ee|eef3f8|243240)(?=[;\" ])")
"""The plain colours of mails, as styles and attributes name them."""
_STEPS: Final = 50
_LIGHT: Final = ("#ffffff", "#f6f7f7", "#f1f2ef", "#eef3f8")
"""Grounds of pages and mails in the light."""
_DARK: Final = ("#12181a", "#1a2224", "#15181b", "#1e2226", "#243240")
_ON_DARK: Final = "#0c1416"
"""Text on a button in the dark."""

_Rgb = tuple[int, int, int]


class Shades(msgspec.Struct, frozen=True, kw_only=True):
    """A colour as it is used: for links and buttons in the light and in the dark, with the ground behind what is
    marked and the text on buttons."""

    light: str
    light_tint: str
    dark: str
    dark_tint: str
    on_light: str = "#ffffff"
    on_dark: str = _ON_DARK


class Face(msgspec.Struct, frozen=True, kw_only=True):
    """What pages show above: a name, and the names of files under `/assets`, empty where there is none."""

    name: str
    sheet: str = ""
    logo: str = ""


def face(name: str, display_name: str | None, colour: str | None, logo: str | None) -> Face:
    """The face of a processor; without one of its own it is its name."""
    return Face(
        name=display_name or name,
        sheet=f"face-{colour[1:]}.css" if colour else "",
        logo=f"logo-{logo}.png" if logo else "",
    )


@lru_cache(maxsize=256)
def shades(colour: str) -> Shades:
    """A colour (`#0b5d66`) as it can be read."""
    light_tint, dark_tint = mixed(colour, "#ffffff", 0.9), mixed(colour, "#1a2224", 0.85)
    return Shades(
        light=_readable(colour, (*_LIGHT, light_tint), "#000000"),
        light_tint=light_tint,
        dark=_readable(colour, (*_DARK, dark_tint, _ON_DARK), "#ffffff"),
        dark_tint=dark_tint,
    )


def sheet(colour: str) -> str:
    """The stylesheet that gives pages a colour."""
    found = shades(colour)
    light = f"--accent:{found.light};--on-accent:{found.on_light};--tint:{found.light_tint}"
    dark = f"--accent:{found.dark};--on-accent:{found.on_dark};--tint:{found.dark_tint}"
    return (
        f":root{{{light}}}\n"
        f'@media (prefers-color-scheme:dark){{:root:not([data-theme="light"]){{{dark}}}}}\n'
        f':root[data-theme="dark"]{{{dark}}}\n'
        f"@media print{{:root:root{{{light}}}}}\n"
    )


def coloured(html: str, colour: str | None) -> str:
    """A mail as HTML with the colour of a processor in place of the plain one; styles alone are touched."""
    if colour is None:
        return html
    found = shades(colour)
    said = {"#1f4e79": found.light, "#9cc4ee": found.dark, "#eef3f8": found.light_tint, "#243240": found.dark_tint}
    return _OF_MAILS.sub(lambda one: said[one[0]], html)


def contrast(one: str, other: str) -> float:
    """How much two colours stand out from each other (WCAG 2.2): from 1 to 21."""
    high, low = sorted((_luminance(_rgb(one)), _luminance(_rgb(other))), reverse=True)
    return (high + 0.05) / (low + 0.05)


def mixed(colour: str, into: str, share: float) -> str:
    """A colour with a share of another."""
    both = zip(_rgb(colour), _rgb(into), strict=True)
    return "#" + "".join(f"{round(one * (1 - share) + other * share):02x}" for one, other in both)


def _readable(colour: str, grounds: Sequence[str], towards: str) -> str:
    """The nearest to a colour that is read on all grounds."""
    tried = (mixed(colour, towards, step / _STEPS) for step in range(_STEPS + 1))
    return next(one for one in tried if all(contrast(one, ground) >= ENOUGH for ground in grounds))


def _rgb(colour: str) -> _Rgb:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return red, green, blue


def _luminance(colour: _Rgb) -> float:
    parts = [one / 255 for one in colour]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
