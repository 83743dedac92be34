"""Templates as files that a person can edit: one for each kind serves every language, text and HTML alike.

    templates/announcement.jinja        what is said when; `t` says it, `ui` has the building blocks, `w` shared phrases
    templates/calendar.jinja            what an entry in the reader's calendar says
    templates/ui.{text,html}.jinja      how a building block looks
    templates/layout.{text,html}.jinja  what stands around every message
    catalogue/nl.po                     the sentences in a language (`sentences.py`)

A processor's folder may have any of them, and `nl/announcement.jinja` for one language alone. All of its files are
compiled, looked through and rendered with sample values when they are loaded: a mistyped variable or sentence stops the
start and never a message.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, partial
from types import TracebackType
from typing import Any, Final, Literal, get_args

import msgspec
from jinja2 import (
    BaseLoader,
    Environment,
    PackageLoader,
    Template,
    TemplateError,
    TemplateRuntimeError,
    TemplateSyntaxError,
    UndefinedError,
)
from markupsafe import Markup

from service.mail.kinds.registry import MAIL_KINDS
from service.mail.texts.compiling import AS_PACKAGED, Found, environment
from service.mail.texts.flowing import dense, words_of
from service.mail.texts.lint import Signature, faults, places_in, signatures, types_of
from service.mail.texts.own_words import WrongSentence, own_sentences
from service.mail.texts.paper import PaperPart, as_written, parts_of
from service.mail.texts.patterns import Patterns, flowed, upper
from service.mail.texts.samples import ENTRY_SAMPLES, samples
from service.mail.texts.sentences import CATALOGUE, Saying
from workflows.words import LANGUAGES, SOURCE, Language, Sentences

Format = Literal["text", "html"]
Setting = Literal["text", "html", "letter"]
"""What a message is set in: a letter has building blocks of its own, which nobody replaces."""

FORMATS: Final[tuple[Format, ...]] = get_args(Format)
CALENDAR: Final = "calendar"
LAYOUT: Final = "layout"
"""What stands around every message."""
PEOPLE: Final = "people"
"""What stands around a mail to a user: no message to a customer, and the same for every processor."""

_GAPS: Final = re.compile(r"\n(?:[ \t]*\n){2,}")
_SHARED: Final = (
    ("w", "words"),
    ("change_words", "change"),
    ("after_words", "after"),
    ("breach_words", "breach"),
)
"""Files of phrases that others use: what they are called there, and their own names."""
_FAILED: Final = (TemplateError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What a template can run into."""

PACKAGED: Final = frozenset(
    (
        *(f"{name}.{form}.jinja" for name in ("layout", "ui") for form in FORMATS),
        *(f"{name}.jinja" for name in (*MAIL_KINDS, CALENDAR, *(file for _, file in _SHARED))),
    )
)
"""Every template there is."""
FILES: Final = frozenset(
    (
        *PACKAGED,
        *(f"{lang}/{name}" for lang in LANGUAGES for name in PACKAGED if name.count(".") == 1),
        *(f"{lang}.po" for lang in LANGUAGES),
    )
)
"""Every file that a processor may have of its own."""


class Written(msgspec.Struct, frozen=True):
    """A message in words: its subject on one line, the plain text, and a whole HTML document."""

    subject: str
    text: str
    html: str


class OnPaper(msgspec.Struct, frozen=True):
    """A message as a letter: what it is about on one line, and the parts below that."""

    title: str
    parts: tuple[PaperPart, ...]


class Remark(msgspec.Struct, frozen=True):
    """An entry of the reader's calendar in words: one line, and some lines more."""

    summary: str
    description: str


class TextsError(Exception):
    """A template cannot be used; the words name the file, the line and what is wrong."""


class Blocks:
    """The building blocks of one file, those of an editor's own before the packaged ones of the same name."""

    def __init__(self, *modules: Any) -> None:
        for module in reversed(modules):
            self.__dict__.update({name: one for name, one in vars(module).items() if not name.startswith("_")})


class Texts:
    """All templates, in every language.

    `own` goes before the packaged files, name by name: `nl/announcement.jinja`, then `announcement.jinja`; they are run
    in a sandbox. Sentences of `nl.po` go before the packaged ones. `place` is what stands before such a name in an
    error. Own files, and with `look` the packaged ones, are compiled, looked through and written with their samples at
    once. Packaged ones are else compiled when they are needed, since the tests have looked through them. Raises
    TextsError.
    """

    def __init__(self, own: BaseLoader | None = None, place: str = "", *, look: bool = False) -> None:
        packaged = PackageLoader("service.mail.texts", "templates")
        self._loader = Found(own, packaged)
        self.own = frozenset(own.list_templates()) & FILES if own is not None else frozenset()
        self._base = packaged_texts() if own is not None else None
        self._place = place
        self._blocks: dict[tuple[Language, Setting], dict[str, Blocks]] = {}
        self._environments: dict[tuple[Language, Setting], Environment] = {}
        self._templates: dict[tuple[str, Language, Setting], Template] = {}
        self._sentences: dict[Language, Sentences] = {}
        self._patterns = Patterns()
        self._trial = False
        if not (look or self.own):
            there = frozenset(packaged.list_templates())
            for name in (f"{kind}.jinja" for kind in MAIL_KINDS):
                if name not in there:
                    raise TextsError(f"{name} is missing: every kind of message has a template")
            return
        for lang in LANGUAGES:
            self._sentences[lang] = self._said(lang)
        self._trial = True
        # What serves every language is looked at in one: sentences have the same blanks in each.
        for lang in LANGUAGES:
            if self._has(lang) or (lang == SOURCE and (look or self.own & PACKAGED)):
                for form in FORMATS:
                    with _Errors(self, lang):
                        self._load(lang, form)
                self._look(lang, everything=look or self._shares(lang))
                self._try(lang)
        self._trial = False
        self._forget()

    def write(self, kind: str, lang: Language, variables: Mapping[str, Any], *, layout: str = LAYOUT) -> Written:
        """Put a message in words, a `layout` around them. Raises jinja2's TemplateError where a variable is missing."""
        write = partial(self._write, kind, lang, layout)
        return write(variables) if self.own else self._patterns.write((kind, lang, layout), variables, write)

    def _write(self, kind: str, lang: Language, layout: str, variables: Mapping[str, Any]) -> Written:
        text = self._template(kind, lang, "text").make_module(dict(variables))
        subject = _set_in(text, "subject")
        preview = _set_in(text, "preview")
        html = self._template(kind, lang, "html").render(variables)
        around = {**variables, "lang": lang, "subject": subject, "preview": preview}
        return Written(
            subject=subject,
            text=_GAPS.sub("\n\n", self._template(layout, lang, "text").render(around, body=str(text))).lstrip("\n"),
            html=self._template(layout, lang, "html").render(around, body=Markup(html)),
        )

    def on_paper(self, kind: str, lang: Language, variables: Mapping[str, Any]) -> OnPaper:
        """Put a message in the words of a letter. Raises as `write`."""
        try:
            module = self._template(kind, lang, "letter").make_module(dict(variables))
            found = parts_of(str(module))
            title = next((one.text for one in found if one.kind == "title"), _set_in(module, "subject"))
            return OnPaper(title, tuple(one for one in found if one.kind != "title"))
        except UndefinedError:  # a building block that only a processor's own files have
            module = self._template(kind, lang, "text").make_module(dict(variables))
            return OnPaper(_set_in(module, "subject"), as_written(str(module)))

    def remark(self, lang: Language, variables: Mapping[str, Any]) -> Remark:
        """Put an entry of a calendar in words. Raises as `write`."""
        write = partial(self._remark, lang)
        return write(variables) if self.own else self._patterns.write((CALENDAR, lang), variables, write)

    def _remark(self, lang: Language, variables: Mapping[str, Any]) -> Remark:
        module = self._template(CALENDAR, lang, "text").make_module(dict(variables))
        lines = (" ".join(words_of(line)) for line in str(_given(module, "description")).split("\n"))
        return Remark(_set_in(module, "summary"), "\n".join(line for line in lines if line))

    def shown(self, name: str) -> str:
        """A template's name as its editor finds it."""
        return f"{self._place}/{name}" if name in self.own and self._place else name

    def _found(self, lang: Language, name: str) -> str:
        """The file that is meant by the name of a template in a language: the one of its own, where there is one."""
        in_language = f"{lang}/{name}"
        return in_language if in_language in self.own else name

    def _has(self, lang: Language) -> bool:
        """Whether anything of its own is for that language alone."""
        return any(name.startswith((f"{lang}/", f"{lang}.")) for name in self.own)

    def _shares(self, lang: Language) -> bool:
        """Whether what other templates of a language build on is its own."""
        shared = (*(f"ui.{form}.jinja" for form in FORMATS), *(f"{file}.jinja" for _, file in _SHARED))
        return f"{lang}.po" in self.own or any(self._found(lang, name) in self.own for name in shared)

    def _said(self, lang: Language) -> Sentences:
        """The sentences of a language, its own first. Raises TextsError."""
        name = f"{lang}.po"
        if name not in self.own:
            return CATALOGUE.in_language(lang)
        try:
            return own_sentences(lang, self._loader.get_source(self._environment(lang, "text"), name)[0])
        except WrongSentence as error:
            raise TextsError(f"{self.shown(name)}, line {error.line}: {error}") from error

    def _load(self, lang: Language, form: Format) -> None:
        """Compile what is its own, and what builds on that."""
        self._prepared(lang, form)
        for kind in (LAYOUT, *MAIL_KINDS, CALENDAR):
            self._template(kind, lang, form)

    def _template(self, kind: str, lang: Language, form: Setting) -> Template:
        """The template of a kind of message, or what stands around all of them; the packaged one where nothing that it
        builds on is its own."""
        key = kind, lang, form
        if key not in self._templates:
            name = self._found(lang, f"{kind}.{form}.jinja" if kind in (LAYOUT, PEOPLE) else f"{kind}.jinja")
            base = self._base_of(lang)
            self._templates[key] = (
                self._prepared(lang, form).get_template(name)
                if base is None or name in self.own
                else base._template(kind, lang, form)
            )
        return self._templates[key]

    def _base_of(self, lang: Language) -> "Texts | None":
        return None if self._shares(lang) else self._base

    def _prepared(self, lang: Language, form: Setting) -> Environment:
        """The environment of a language and form, with the building blocks that templates name."""
        key = lang, form
        if key not in self._environments:
            env, base = self._environment(lang, form), self._base_of(lang)
            if base is not None:
                base._prepared(lang, form)
                env.globals.update(base._blocks[key])
                self._blocks[key] = base._blocks[key]
            else:
                blocks = self._blocks[key] = {}
                for name, file in (("ui", f"ui.{form}"), *_SHARED):
                    blocks[name] = env.globals[name] = self._block(env, lang, f"{file}.jinja")
            self._environments[key] = env
        return self._environments[key]

    def _environment(self, lang: Language, form: Setting) -> Environment:
        html = form == "html"
        said = self._sentences.get(lang) or CATALOGUE.in_language(lang)
        env = environment(self._loader, Saying(said, html=html), html=html, sandboxed=bool(self.own), trial=self._trial)
        env.filters |= {"flow": flowed, "dense": dense, "upper": upper}
        return env

    def _block(self, env: Environment, lang: Language, name: str) -> Blocks:
        """An own file need not have every block: those it lacks are the packaged ones."""
        return Blocks(*(env.get_template(one).module for one in self._layers(lang, name)))

    def _layers(self, lang: Language, name: str) -> tuple[str, ...]:
        """The files that a file of blocks is made of, those that go before others first."""
        return (*(one for one in (f"{lang}/{name}", name) if one in self.own), f"{AS_PACKAGED}{name}")

    def _look(self, lang: Language, *, everything: bool) -> None:
        """Look through each own file, or each there is, also where no sample leads. Raises TextsError."""
        env = self._environment(lang, "text")

        def tree(name: str) -> Any:
            return env.parse(self._loader.get_source(env, name)[0], name)

        def defined(name: str) -> dict[str, Signature | None]:
            found: dict[str, Signature | None] = {}
            for one in reversed(self._layers(lang, name)):
                found |= signatures(tree(one))
            return found

        # A message in words is written in both forms: what it uses must be in both.
        text, html = (defined(f"ui.{form}.jinja") for form in FORMATS)
        blocks = {"ui": {name: one for name, one in text.items() if name in html}}
        blocks |= {name: defined(f"{file}.jinja") for name, file in _SHARED}
        for file, known in _known():
            name = self._found(lang, file)
            if everything or name in self.own:
                for fault in faults(tree(name), known(), blocks, env):
                    raise TextsError(f"{self.shown(name)}, line {fault.line}: {fault.words}")

    def _try(self, lang: Language) -> None:
        """Render what is not the packaged one with its samples. Raises TextsError at the first that cannot be."""
        again = self._base is None or self._shares(lang) or any(name.startswith("layout.") for name in self.own)
        for kind in MAIL_KINDS:
            name = self._found(lang, f"{kind}.jinja")
            if again or name in self.own:
                with _Errors(self, name):
                    for sample in samples(kind):
                        self._write(kind, lang, LAYOUT, sample)
        with _Errors(self, self._found(lang, f"{CALENDAR}.jinja")):
            for sample in ENTRY_SAMPLES:
                self._remark(lang, sample)

    def _forget(self) -> None:
        """What was made for the trial."""
        self._blocks.clear()
        self._environments.clear()
        self._templates.clear()

    def place_of(self, error: BaseException, name: str) -> str:
        """File and line in which a template failed: the editor's own file where one is on the way, else `name`."""
        found = list(places_in(error.__traceback__))
        own = [(file, line) for file, line in found if self._place and file.startswith(f"{self._place}/")]
        if own:
            file, line = own[-1]
            return f"{file}, line {line}"
        at = [(file, line) for file, line in found if file.endswith(f"/{name}")] or found
        for file, line in reversed(at):
            # One out of memory has no path.
            return f"{self.shown(name) if file.startswith('<') else file.rpartition('/templates/')[2]}, line {line}"
        return self.shown(name)


def _known() -> Iterator[tuple[str, Callable[[], dict[str, Any]]]]:
    """Every template with the types of the variables that it may name."""
    for form in FORMATS:
        yield f"ui.{form}.jinja", dict
        yield f"layout.{form}.jinja", _around
    for _, file in _SHARED:
        yield f"{file}.jinja", dict
    for kind in MAIL_KINDS:
        yield f"{kind}.jinja", partial(_types, kind)
    yield f"{CALENDAR}.jinja", partial(types_of, ENTRY_SAMPLES)


def _types(kind: str) -> dict[str, Any]:
    return types_of(samples(kind))


def _around() -> dict[str, Any]:
    """What every kind has, and what is set around it."""
    first = _types(next(iter(MAIL_KINDS)))
    common = {name: one for name, one in first.items() if all(name in samples(kind)[0] for kind in MAIL_KINDS)}
    return common | dict.fromkeys(("lang", "subject", "preview", "body"), str)


class _Errors:
    """Turns what goes wrong with a template inside into a TextsError that says where."""

    def __init__(self, texts: Texts, name: str) -> None:
        self.texts = texts
        self.name = name

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if isinstance(error, TemplateSyntaxError):
            name = self.texts.shown(error.name or self.name)
            raise TextsError(f"{name}, line {error.lineno}: {error.message}") from error
        if isinstance(error, _FAILED):
            raise TextsError(f"{self.texts.place_of(error, self.name)}: {error}") from error


def _given(module: Any, name: str) -> Any:
    found = getattr(module, name, None)
    if found is None:
        raise TemplateRuntimeError(f"it must say {{% set {name} %}}…{{% endset %}}")
    return found


def _set_in(module: Any, name: str) -> str:
    """One line that the template sets for whoever sends it."""
    return " ".join(words_of(str(_given(module, name))))


@lru_cache(maxsize=1)
def packaged_texts() -> Texts:
    """The templates that come with the program; loaded once a process. Raises TextsError."""
    return Texts()
