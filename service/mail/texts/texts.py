"""Templates as files that a person can edit: one for each kind and language serves text and HTML alike.

    templates/nl/announcement.jinja     what is said; `ui` holds the building blocks, `w` shared phrases
    templates/nl/calendar.jinja         what an entry in the reader's calendar says
    templates/ui.{text,html}.jinja      how a building block looks
    templates/layout.{text,html}.jinja  what stands around every message

All of them are compiled, looked through and rendered with sample values when they are loaded: a mistyped
variable stops the start and never a message.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, partial
from types import TracebackType
from typing import Any, Final, Literal, get_args

import msgspec
from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    PackageLoader,
    PrefixLoader,
    StrictUndefined,
    Template,
    TemplateError,
    TemplateRuntimeError,
    TemplateSyntaxError,
)
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from service.mail.kinds.registry import MAIL_KINDS
from service.mail.texts.lint import Signature, faults, signatures, types_of
from service.mail.texts.samples import ENTRY_SAMPLES, samples
from workflows.model.parties import Language

Format = Literal["text", "html"]

LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
FORMATS: Final[tuple[Format, ...]] = get_args(Format)
CALENDAR: Final = "calendar"
LAYOUT: Final = "layout"
"""What stands around every message."""

_WIDTH: Final = 72
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

FILES: Final = frozenset(
    (
        *(f"{name}.{form}.jinja" for name in ("layout", "ui") for form in FORMATS),
        *(
            f"{lang}/{name}.jinja"
            for lang in LANGUAGES
            for name in (*MAIL_KINDS, CALENDAR, *(file for _, file in _SHARED))
        ),
    )
)
"""Every template there is."""


class Written(msgspec.Struct, frozen=True):
    """A message in words: its subject on one line, the plain text, and a whole HTML document."""

    subject: str
    text: str
    html: str


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
    """All templates in both languages.

    `own` goes before the packaged files, name by name (`nl/announcement.jinja`), and is run in a sandbox;
    `place` is what stands before such a name in an error. Own files, and with `look` the packaged ones, are compiled,
    looked through and written with their samples at once. Packaged ones are else compiled when they are needed, since
    the tests have looked through them. Raises TextsError.
    """

    def __init__(self, own: BaseLoader | None = None, place: str = "", *, look: bool = False) -> None:
        packaged = PackageLoader("service.mail.texts", "templates")
        self._loader: BaseLoader = packaged
        if own is not None:
            # An own template may lean on the packaged one of its name.
            self._loader = ChoiceLoader([own, packaged, PrefixLoader({"packaged": packaged})])
        self.own = frozenset(own.list_templates()) if own is not None else frozenset()
        self._base = packaged_texts() if own is not None else None
        self._place = place
        self._blocks: dict[tuple[Language, Format], dict[str, Blocks]] = {}
        self._environments: dict[tuple[Language, Format], Environment] = {}
        self._templates: dict[tuple[str, Language, Format], Template] = {}
        if not (look or self.own):
            there = frozenset(packaged.list_templates())
            for name in (f"{lang}/{kind}.jinja" for lang in LANGUAGES for kind in MAIL_KINDS):
                if name not in there:
                    raise TextsError(f"{name} is missing: every kind of message has a template in each language")
            return
        for lang in LANGUAGES:
            for form in FORMATS:
                with _Errors(self, lang):
                    self._load(lang, form)
            self._look(lang, everything=look or self._shares(lang))
        self._try()

    def write(self, kind: str, lang: Language, variables: Mapping[str, Any]) -> Written:
        """Put a message in words. Raises jinja2's TemplateError where a variable is missing."""
        text = self._template(kind, lang, "text").make_module(dict(variables))
        subject = _set_in(text, "subject")
        preview = _set_in(text, "preview")
        html = self._template(kind, lang, "html").render(variables)
        around = {**variables, "lang": lang, "subject": subject, "preview": preview}
        return Written(
            subject=subject,
            text=_GAPS.sub("\n\n", self._template(LAYOUT, lang, "text").render(around, body=str(text))).lstrip("\n"),
            html=self._template(LAYOUT, lang, "html").render(around, body=Markup(html)),
        )

    def remark(self, lang: Language, variables: Mapping[str, Any]) -> Remark:
        """Put an entry of a calendar in words. Raises as `write`."""
        module = self._template(CALENDAR, lang, "text").make_module(dict(variables))
        lines = (" ".join(line.split()) for line in str(_given(module, "description")).split("\n"))
        return Remark(_set_in(module, "summary"), "\n".join(line for line in lines if line))

    def shown(self, name: str) -> str:
        """A template's name as its editor finds it."""
        return f"{self._place}/{name}" if name in self.own and self._place else name

    def _shares(self, lang: Language) -> bool:
        """Whether what other templates of a language build on is its own."""
        shared = (*(f"ui.{form}.jinja" for form in FORMATS), *(f"{lang}/{file}.jinja" for _, file in _SHARED))
        return any(name in self.own for name in shared)

    def _load(self, lang: Language, form: Format) -> None:
        """Compile what is its own, and what builds on that."""
        self._prepared(lang, form)
        for kind in (LAYOUT, *MAIL_KINDS, CALENDAR):
            self._template(kind, lang, form)

    def _template(self, kind: str, lang: Language, form: Format) -> Template:
        """The template of a kind of message, or what stands around all of them; the packaged one where nothing that it
        builds on is its own."""
        key = kind, lang, form
        if key not in self._templates:
            name = f"layout.{form}.jinja" if kind == LAYOUT else f"{lang}/{kind}.jinja"
            base = self._base_of(lang)
            self._templates[key] = (
                self._prepared(lang, form).get_template(name)
                if base is None or name in self.own
                else base._template(kind, lang, form)
            )
        return self._templates[key]

    def _base_of(self, lang: Language) -> "Texts | None":
        return None if self._shares(lang) else self._base

    def _prepared(self, lang: Language, form: Format) -> Environment:
        """The environment of a language and form, with the building blocks that templates name."""
        key = lang, form
        if key not in self._environments:
            env, base = self._environment(form), self._base_of(lang)
            if base is not None:
                base._prepared(lang, form)
                env.globals.update(base._blocks[key])
                self._blocks[key] = base._blocks[key]
            else:
                blocks = self._blocks[key] = {}
                for name, file in (("ui", f"ui.{form}"), *((name, f"{lang}/{file}") for name, file in _SHARED)):
                    blocks[name] = env.globals[name] = self._block(env, f"{file}.jinja")
            self._environments[key] = env
        return self._environments[key]

    def _environment(self, form: Format) -> Environment:
        make = ImmutableSandboxedEnvironment if self.own else Environment
        env = make(
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
        return env

    def _block(self, env: Environment, name: str) -> Blocks:
        """An own file need not have every block: those it lacks are the packaged ones."""
        names = (name, f"packaged/{name}") if name in self.own else (name,)
        return Blocks(*(env.get_template(one).module for one in names))

    def _look(self, lang: Language, *, everything: bool) -> None:
        """Look through each own file, or each there is, also where no sample leads. Raises TextsError."""
        env = self._environment("text")

        def tree(name: str) -> Any:
            return env.parse(self._loader.get_source(env, name)[0], name)

        def defined(name: str) -> dict[str, Signature | None]:
            more = signatures(tree(f"packaged/{name}")) if name in self.own else {}
            return more | signatures(tree(name))

        # A message in words is written in both forms: what it uses must be in both.
        text, html = (defined(f"ui.{form}.jinja") for form in FORMATS)
        blocks = {"ui": {name: one for name, one in text.items() if name in html}}
        blocks |= {name: defined(f"{lang}/{file}.jinja") for name, file in _SHARED}
        for name, known in _known(lang):
            if everything or name in self.own:
                for fault in faults(tree(name), known(), blocks, env):
                    raise TextsError(f"{self.shown(name)}, line {fault.line}: {fault.words}")

    def _try(self) -> None:
        """Render what is not the packaged one with its samples. Raises TextsError at the first that cannot be."""
        for lang in LANGUAGES:
            again = self._base is None or self._shares(lang) or any(name.startswith("layout.") for name in self.own)
            for kind in MAIL_KINDS:
                if again or f"{lang}/{kind}.jinja" in self.own:
                    with _Errors(self, f"{lang}/{kind}.jinja"):
                        for sample in samples(kind):
                            self.write(kind, lang, sample)
            with _Errors(self, f"{lang}/{CALENDAR}.jinja"):
                for sample in ENTRY_SAMPLES:
                    self.remark(lang, sample)

    def place_of(self, error: BaseException, name: str) -> str:
        """File and line in which a template failed: the editor's own file where one is on the way, else `name`."""
        found = list(_places(error.__traceback__))
        own = [(file, line) for file, line in found if self._place and file.startswith(f"{self._place}/")]
        if own:
            file, line = own[-1]
            return f"{file}, line {line}"
        at = [(file, line) for file, line in found if file.endswith(f"/{name}")] or found
        for file, line in reversed(at):
            # One out of memory has no path.
            return f"{self.shown(name) if file.startswith('<') else file.rpartition('/templates/')[2]}, line {line}"
        return self.shown(name)


def _known(lang: Language) -> Iterator[tuple[str, Callable[[], dict[str, Any]]]]:
    """Every file of a language with the types of the variables that it may name."""
    for form in FORMATS:
        yield f"ui.{form}.jinja", dict
        yield f"layout.{form}.jinja", _around
    for _, file in _SHARED:
        yield f"{lang}/{file}.jinja", dict
    for kind in MAIL_KINDS:
        yield f"{lang}/{kind}.jinja", partial(_types, kind)
    yield f"{lang}/{CALENDAR}.jinja", partial(types_of, ENTRY_SAMPLES)


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


def _places(traceback: TracebackType | None) -> Iterator[tuple[str, int]]:
    """The templates that an error went through, outermost first, by their paths."""
    while traceback is not None:
        around = traceback.tb_frame.f_globals
        if isinstance(template := around.get("__jinja_template__"), Template):
            yield template.filename or "<template>", template.get_corresponding_lineno(traceback.tb_lineno)
        elif "__jinja_exception__" in around:  # jinja2 has put a frame with the template's own line there
            yield str(around["__file__"]), traceback.tb_lineno
        traceback = traceback.tb_next


def _given(module: Any, name: str) -> Any:
    found = getattr(module, name, None)
    if found is None:
        raise TemplateRuntimeError(f"it must say {{% set {name} %}}…{{% endset %}}")
    return found


def _set_in(module: Any, name: str) -> str:
    """One line that the template sets for whoever sends it."""
    return " ".join(str(_given(module, name)).split())


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
    """The text without its empty lines."""
    return "\n".join(line for line in str(text).split("\n") if line.strip())
