"""The press: facts in, the bytes of a PDF out, the same bytes for the same facts. Pure but for packaged files."""

from functools import cache
from importlib.resources import files
from typing import Any

import msgspec
import typst

from service.certificate.facts import Facts
from service.certificate.saying import sentences
from service.certificate.wording import Shown, in_any_font, in_own_font, template_values


def press(facts: Facts, number: str) -> bytes:
    """The declaration as a PDF, dated the instant of the deletion and set in fonts that it carries itself.

    It is PDF/A-2a (ISO 19005-2), which includes 2b, and PDF/UA-1 (ISO 14289-1), which a screen reader can read.
    Takes some milliseconds of CPU. Raises typst.TypstError where the template is wrong.
    """

    def made(shown: Shown) -> bytes:
        return typst.compile(
            _source(),
            format="pdf",
            font_paths=fonts(),
            ignore_system_fonts=True,
            sys_inputs=_inputs(facts, number, shown),
            pdf_standards=["a-2a", "ua-1"],
            timestamp=int(facts.declared_at.timestamp()),
        )

    try:
        return made(in_any_font)
    except typst.TypstError:
        # Signs that each have a glyph, and none together: then they are named one by one.
        return made(in_own_font)


def pictures(facts: Facts, number: str, *, ppi: float = 100.0) -> list[bytes]:
    """The pages of the declaration as PNG, for somebody to look at."""
    made: Any = typst.compile(
        _source(),
        format="png",
        font_paths=fonts(),
        ignore_system_fonts=True,
        sys_inputs=_inputs(facts, number, in_any_font),
        ppi=ppi,
    )
    return made if isinstance(made, list) else [made]


def _inputs(facts: Facts, number: str, shown: Shown) -> dict[str, str]:
    values = template_values(facts, number, shown)
    said = sentences(values, facts.language)
    return {"values": msgspec.json.encode(values).decode(), "said": msgspec.json.encode(said).decode()}


@cache
def fonts() -> typst.Fonts:
    """The fonts that the template names: the typesetter's own, and the packaged ones for what it lacks."""
    folder = str(files("service.certificate") / "fonts")
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[folder])


@cache
def _source() -> bytes:
    return (files("service.certificate") / "templates" / "declaration.typ").read_bytes()
