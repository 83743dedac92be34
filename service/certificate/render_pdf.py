"""The press: facts in, the bytes of a PDF out, the same bytes for the same facts. Pure but for packaged files."""

from functools import cache
from importlib.resources import files
from typing import Any

import msgspec
import typst

from service.certificate.facts import Facts
from service.certificate.wording import said
from workflows.model.parties import Language


def press(facts: Facts, number: str) -> bytes:
    """The declaration as a PDF, dated the instant of the deletion and set in fonts that it carries itself.

    It is PDF/A-2a (ISO 19005-2), which includes 2b, and PDF/UA-1 (ISO 14289-1), which a screen reader can read.
    Takes some milliseconds of CPU. Raises typst.TypstError where the template is wrong.
    """
    return typst.compile(
        _source(facts.language),
        format="pdf",
        ignore_system_fonts=True,
        sys_inputs=_inputs(facts, number),
        pdf_standards=["a-2a", "ua-1"],
        timestamp=int(facts.declared_at.timestamp()),
    )


def pictures(facts: Facts, number: str, *, ppi: float = 100.0) -> list[bytes]:
    """Its pages as PNG, to be looked at."""
    made: Any = typst.compile(
        _source(facts.language),
        format="png",
        ignore_system_fonts=True,
        sys_inputs=_inputs(facts, number),
        ppi=ppi,
    )
    return made if isinstance(made, list) else [made]


def _inputs(facts: Facts, number: str) -> dict[str, str]:
    return {"said": msgspec.json.encode(said(facts, number)).decode()}


@cache
def _source(language: Language) -> bytes:
    """The form, and after it the words that fill it."""
    folder = files("service.certificate") / "templates"
    return b"\n".join((folder / name).read_bytes() for name in ("declaration.typ", f"{language}.typ"))
