"""Templates as files that a person can edit: one for each kind and language serves text and HTML alike.

    templates/nl/announcement.jinja     what is said; `ui` holds the building blocks, `w` shared phrases
    templates/ui.{text,html}.jinja      how a building block looks
    templates/layout.{text,html}.jinja  what stands around every message

All of them are compiled, and rendered with sample values, when they are loaded: a mistyped variable
stops the start and never a message.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, Literal, get_args

import msgspec
from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    PackageLoader,
    StrictUndefined,
    Template,
    TemplateError,
    TemplateRuntimeError,
    TemplateSyntaxError,
    meta,
)
from markupsafe import Markup

from service.mail.others import OTHERS
from service.mail.samples import samples
from service.mail.views import KINDS
from workflows.entities import Language

Format = Literal["text", "html"]

ALL_KINDS: Final = (*KINDS, *OTHERS)
"""Every kind of message; each has a template in each language."""

_WIDTH: Final = 72
_GAPS: Final = re.compile(r"\n(?:[ \t]*\n){2,}")
_SHARED: Final = (("w", "words"), ("change_words", "change"), ("after_words", "after"))


class Written(msgspec.Struct, frozen=True):
    """A message in words: its subject on one line, the plain text, and a whole HTML document."""

    subject: str
    text: str
    html: str


class TextsError(Exception):
    """A template cannot be used; the words name the file, the line and what is wrong."""


class Texts:
    """All templates in both languages, compiled and checked.

    `loader` goes before the packaged files, name by name (`nl/announcement.jinja`). Raises TextsError.
    """

    def __init__(self, loader: BaseLoader | None = None) -> None:
        packaged = PackageLoader("service.mail", "templates")
        self._loader = ChoiceLoader([loader, packaged]) if loader is not None else packaged
        self._templates: dict[tuple[str, Language, Format], Template] = {}
        self._layouts: dict[tuple[Language, Format], Template] = {}
        for lang in get_args(Language):
            for form in get_args(Format):
                try:
                    self._load(lang, form)
                except TemplateSyntaxError as error:
                    raise TextsError(f"{error.name}, line {error.lineno}: {error.message}") from error
                except TemplateError as error:
                    raise TextsError(f"templates for {lang}: {error}") from error
        self._check()

    def write(self, kind: str, lang: Language, variables: Mapping[str, Any]) -> Written:
        """Put a message in words. Raises jinja2's TemplateError where a variable is missing."""
        text = self._templates[kind, lang, "text"].make_module(dict(variables))
        subject = _set_in(text, "subject")
        preview = _set_in(text, "preview")
        html = self._templates[kind, lang, "html"].render(variables)
        around = {**variables, "lang": lang, "subject": subject, "preview": preview}
        return Written(
            subject=subject,
            text=_GAPS.sub("\n\n", self._layouts[lang, "text"].render(around, body=str(text))).lstrip("\n"),
            html=self._layouts[lang, "html"].render(around, body=Markup(html)),
        )

    def _load(self, lang: Language, form: Format) -> None:
        env = Environment(
            loader=self._loader,
            autoescape=form == "html",
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            auto_reload=False,
            cache_size=-1,
        )
        env.filters["flow"] = flow
        env.filters["dense"] = dense
        env.globals["ui"] = env.get_template(f"ui.{form}.jinja").module
        for name, file in _SHARED:
            env.globals[name] = env.get_template(f"{lang}/{file}.jinja").module
        self._layouts[lang, form] = env.get_template(f"layout.{form}.jinja")
        for kind in ALL_KINDS:
            name = f"{lang}/{kind}.jinja"
            self._templates[kind, lang, form] = env.get_template(name)
            if form == "text":
                self._look_for_strangers(env, kind, name)

    def _look_for_strangers(self, env: Environment, kind: str, name: str) -> None:
        """Also in turns of the text that no sample takes."""
        source, _, _ = self._loader.get_source(env, name)
        known = set(env.globals) | set(samples(kind)[0])
        if unknown := meta.find_undeclared_variables(env.parse(source)) - known:
            raise TextsError(f"{name}: nothing is called {', '.join(sorted(unknown))} here")

    def _check(self) -> None:
        for lang in get_args(Language):
            for kind in ALL_KINDS:
                for sample in samples(kind):
                    try:
                        self.write(kind, lang, sample)
                    except (TemplateError, AttributeError, TypeError) as error:
                        raise TextsError(f"{lang}/{kind}.jinja: {error}") from error


def _set_in(module: Any, name: str) -> str:
    """One line that the template sets for whoever sends it."""
    found = getattr(module, name, None)
    if found is None:
        raise TemplateRuntimeError(f"it must say {{% set {name} %}}…{{% endset %}}")
    return " ".join(str(found).split())


@lru_cache(maxsize=1)
def packaged_texts() -> Texts:
    """The templates that come with the program; loaded once a process. Raises TextsError."""
    return Texts()


def flow(text: str, first: str = "", rest: str = "") -> str:
    """One paragraph of plain text: words in lines of 72 characters, an address never broken."""
    lines: list[str] = []
    line, length = [first] if first else [], len(first)
    start = True
    for word in str(text).split():
        more = len(word) + (0 if start else 1)
        if not start and length + more > _WIDTH:
            lines.append("".join(line))
            line, length, start, more = [rest], len(rest), True, len(word)
        if not start:
            line.append(" ")
        line.append(word)
        length += more
        start = False
    lines.append("".join(line))
    return "\n".join(lines)


def dense(text: str) -> str:
    """Lines without the empty ones between them."""
    return "\n".join(line for line in str(text).split("\n") if line.strip())
