"""What the law that an agreement is made under adds to its rules: clocks, and grounds where the text has none. Pure."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Final, Literal

import msgspec
from msgspec.structs import replace

from workflows.names import name_key
from workflows.terms.model import MatterKind, Rule, Starts, Terms
from workflows.terms.names import RULES
from workflows.words import LANGUAGES, SOURCE, Language, said_in

ANSWER: Final = "request.answer"
AUTHORITY: Final = "breach.authority"

_ARTICLE: Final = re.compile(r"(\d+)((?:\([0-9a-z]+\))*)")
_PART: Final = re.compile(r"\(([0-9a-z]+)\)")
_SECTION: Final = re.compile(r"(?P<law>\S.*?) (?P<section>\d[\d.]*(?:\([0-9A-Za-z]+\))*)")
"""A citation of a law whose sections are no articles with paragraphs: the same in every language."""


class LawRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A clock of the law. Without a `period` the law gives no number. `longer`: how long in all it may be extended.

    `reading`: how the program reads it, in each of its languages. `people`: of a report to an authority, the article by
    which the people concerned are told, where that is another one. `besides`: what the law adds for some cases, as a
    reader of each language is told it.
    """

    article: str
    people: str = ""
    starts: Starts
    period: str | None = None
    longer: str | None = None
    target: bool = False
    debatable: bool = False
    reading: dict[Language, str] = {}
    besides: dict[Language, str] = {}


class Law(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A law on personal data: the names a file may give it, and what rests on which article.

    `inside`: countries and groups of them where data may be without more; empty where it has no rule on places.
    `authorisation`: the form of the controller's consent without which no subprocessor may be engaged, where the law
    asks for one; its article is of that name. `moved_by`: by what the last day of its own clocks moves off a free day;
    empty where nothing known moves them, and the earlier day is the only safe one.

    `authority`: what the processor itself owes an authority after a breach;
    empty where the law has no report to one.
    """

    names: tuple[str, ...]
    called: dict[str, str]
    """Its name by language; where one lacks, the English."""
    inside: tuple[str, ...] = ()
    authorisation: Literal["", "any", "written"] = ""
    authority: Literal["", "not_obliged"] = ""
    moved_by: str = ""
    articles: dict[str, str]
    matters: dict[MatterKind, str]
    rules: dict[str, LawRule]

    @property
    def known_as(self) -> frozenset[str]:
        """Every name, as a reader of any language may find it, in small letters."""
        return frozenset(one.casefold() for one in (*self.names, *self.called.values()))

    def called_in(self, lang: Language) -> str:
        """Its name as readers of a language know it: `GDPR`, `AVG`."""
        return self.called.get(lang) or self.called[SOURCE]

    def cite(self, article: str, lang: Language) -> str:
        """`GDPR 28(3)(g)`, `artikel 28, lid 3, onder g, AVG`, `Art. 28 Abs. 3 lit. g DSGVO`."""
        name = self.called_in(lang)
        found = _ARTICLE.fullmatch(article)
        if found is None:
            return f"{name} {article}"
        said, cited, last = said_in(lang), said_in(lang)("law.article", number=found[1]), "article"
        for part in _PART.findall(found[2]):
            last = "paragraph" if part.isdigit() else "point"
            cited += said(f"law.{last}", number=part)
        return said(f"law.whole_{last}", cited=cited, law=name)


@lru_cache(maxsize=1)
def laws() -> Mapping[str, Law]:
    """Every law that the program knows, by its own name; the mapping is shared, so leave it as it is."""
    data = files("workflows.terms").joinpath("laws.toml").read_bytes()
    return msgspec.toml.decode(data, type=dict[str, Law])


def law_called(name: str) -> Law | None:
    """The law of that name, as a file may write it; None where the program does not know it."""
    return _named(name)


@lru_cache(maxsize=256)
def _named(name: str) -> Law | None:
    wanted = name.strip().casefold()
    return next((law for law in laws().values() if wanted in law.known_as), None)


@lru_cache(maxsize=4096)
def read_citation(text: str) -> tuple[Law, str] | None:
    """The law and the article that a clause cites, in whichever language; None where it cites none that is known."""
    for lang in LANGUAGES:
        for whole, part in _citations(lang):
            found = whole.fullmatch(text)
            law = _named(found["law"]) if found is not None else None
            if found is not None and law is not None:
                parts = "".join(f"({one[1] or one[2]})" for one in part.finditer(found["parts"]))
                return law, f"{found['number']}{parts}"
    section = _SECTION.fullmatch(text)
    law = _named(section["law"]) if section is not None else None
    return (law, section["section"]) if section is not None and law is not None else None


@lru_cache(maxsize=8)
def _citations(lang: Language) -> tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]:
    """What a citation looks like in a language, and the paragraphs and points in it: `cite` the other way round."""
    said = said_in(lang)

    def form(key: str, **blanks: str) -> str:
        shape = re.escape(said.text(f"law.{key}"))
        for name, pattern in blanks.items():
            shape = shape.replace(re.escape(f"{{{name}}}"), pattern)
        return shape

    digits, letters = r"\d+", r"[a-z]+"
    part = re.compile("|".join((form("paragraph", number=f"({digits})"), form("point", number=f"({letters})"))))
    parts = "|".join((form("paragraph", number=digits), form("point", number=letters)))
    cited = form("article", number=f"(?P<number>{digits})") + f"(?P<parts>(?:{parts})*)"
    return tuple(
        (re.compile(form(f"whole_{last}", cited=cited, law=r"(?P<law>\S.*?)")), part)
        for last in ("article", "paragraph", "point")
    )


def laws_named(terms: Terms) -> tuple[str, ...]:
    """The laws that a file names, each once, whatever it is called there: `GDPR` and `DSGVO` are one."""
    return _each_once((terms.law, *terms.also_laws))


@lru_cache(maxsize=256)
def _each_once(names: tuple[str, ...]) -> tuple[str, ...]:
    found: dict[object, str] = {}
    for name in names:
        found.setdefault(law_key(name), name)
    return tuple(found.values())


def law_key(name: str) -> str:
    """What is the same for all names of a law: its own name here; of one that is not known, its name as it is read."""
    own = next((key for key, one in laws().items() if one is _named(name)), None)
    return own if own is not None else name_key(name)


def law_of(terms: Terms) -> Law | None:
    """The law that the agreement is made under, None where the file names none or the program does not know it."""
    return _named(terms.law)


def towards_authority(terms: Terms) -> Literal["forbidden", "not_obliged", "assists"] | None:
    """What the processor may do towards an authority after a breach: as the agreement has it, else its law; None where
    neither has a word on it, or the law is not known."""
    stated = terms.breach.authority if terms.breach is not None else None
    return stated or by_law(terms)


def by_law(terms: Terms) -> Literal["not_obliged"] | None:
    """What the processor owes an authority after a breach where the agreement has no word on it; None where the law
    has none either, or is not known."""
    law = law_of(terms)
    return (law.authority or None) if law is not None else None


@lru_cache(maxsize=32)
def _rules(name: str, lang: Language) -> Mapping[str, Rule]:
    law = _named(name)
    if law is None:
        return {}
    return {
        rule: Rule(
            clause=law.cite(one.article, lang),
            party=RULES[rule].party,
            starts=one.starts,
            period=one.period,
            target=one.target,
            debatable=one.debatable,
            reading=one.reading.get(SOURCE, ""),
            in_languages={"reading": one.reading} if one.reading else {},
        )
        for rule, one in law.rules.items()
    }


def law_rules(terms: Terms) -> Mapping[str, Rule]:
    """The clocks that the law adds to those of the file; of several laws, the first that has each."""
    found: dict[str, Rule] = {}
    for law in laws_named(terms):
        for name, rule in _rules(law, terms.language).items():
            if name not in terms.rules:
                found.setdefault(name, rule)
    return found


@lru_cache(maxsize=4096)
def under_each(terms: Terms, name: str) -> tuple[Terms, ...]:
    """The terms under each of their laws that has a clock of this name, where the agreement itself has none; which of
    them the data fall under is not known here."""
    if not terms.also_laws or (name in terms.rules and terms.rules[name].ends):
        return ()
    each = (law for law in laws_named(terms) if name in _rules(law, terms.language))
    return tuple(replace(terms, law=law, also_laws=()) for law in each)


def has_rule(terms: Terms, name: str) -> bool:
    """Whether `rule_of` finds one.

    It keeps nothing: drafts of a file are checked by the thousand, each another under the same name and version, and to
    find one among those kept is to compare it with all of them.
    """
    if name in terms.rules:
        return True
    return any(_rules(law, terms.language).get(name) is not None for law in laws_named(terms))


@lru_cache(maxsize=4096)
def rule_of(terms: Terms, name: str) -> Rule | None:
    """A rule of the agreement, else the law's; None where neither has it.

    Where the agreement has the rule and no number, and the law has one, the law's holds beside the agreement's words.
    """
    own = terms.rules.get(name)
    statutes = (_rules(law, terms.language).get(name) for law in laws_named(terms))
    by_statute = next((one for one in statutes if one is not None), None)
    if own is None:
        return by_statute
    if own.ends or by_statute is None or not by_statute.ends:
        return own
    told = by_statute.in_languages.get("reading") or {}
    readings = {lang: said_in(lang)("law.instead", reading=told.get(lang) or by_statute.clause) for lang in LANGUAGES}
    return replace(
        by_statute,
        clause=f"{own.clause}; {by_statute.clause}",
        target=own.target or by_statute.target,
        reading=readings[SOURCE],
        in_languages={"reading": readings},
    )


def statute(terms: Terms, name: str) -> Law | None:
    """The law whose own clock a rule is; None where the agreement has one, or no law does."""
    own = terms.rules.get(name)
    named = next((law for law in laws_named(terms) if name in _rules(law, terms.language)), None)
    if named is None or (own is not None and (own.ends or not _rules(named, terms.language)[name].ends)):
        return None
    return _named(named)


def told_of_people(terms: Terms) -> str:
    """The article by which the people concerned are told of a breach, in the agreement's language; empty where the
    report to the authority rests on the agreement, or on an article that is of both."""
    law = statute(terms, AUTHORITY)
    article = law.rules[AUTHORITY].people if law is not None else ""
    return law.cite(article, terms.language) if law is not None and article else ""


def said_besides(terms: Terms, name: str, lang: Language) -> str:
    """What the law adds to a clock of its own for some cases; empty where the clock is the agreement's."""
    law = statute(terms, name)
    told = law.rules[name].besides if law is not None else {}
    return told.get(lang) or told.get(SOURCE, "")


def longer(terms: Terms, name: str) -> str | None:
    """How long the law's own clock may last in all; None where the clock is not the law's, or cannot be extended."""
    law = law_of(terms)
    own = terms.rules.get(name)
    found = law.rules.get(name) if law is not None and (own is None or not own.ends) else None
    return found.longer if found is not None else None


def ground(terms: Terms, purpose: str) -> str:
    """The article for a purpose (`binding`, `audit`, …), in the agreement's language; empty where there is none."""
    law = law_of(terms)
    article = law.articles.get(purpose) if law is not None else None
    return law.cite(article, terms.language) if law is not None and article is not None else ""


class Authorisation(msgspec.Struct, frozen=True):
    """What the law asks for where the agreement has no word on subprocessors; `clause` is empty where none is known."""

    clause: str
    form: Literal["any", "written"]


def authorisation(terms: Terms) -> Authorisation:
    """The controller's consent that the law of the agreement asks for before a subprocessor is engaged."""
    law = law_of(terms)
    if law is None or not law.authorisation:
        return Authorisation("", "any")
    return Authorisation(ground(terms, "authorisation"), law.authorisation)


def shared_ground(names: Iterable[str], purpose: str, lang: Language) -> str:
    """The same for several agreements at once: empty where they are not all made under one law that is known."""
    found = {id(law): law for law in map(_named, names)}
    law = next(iter(found.values())) if len(found) == 1 else None
    article = law.articles.get(purpose) if law is not None else None
    return law.cite(article, lang) if law is not None and article is not None else ""


def matter_ground(terms: Terms, kind: MatterKind) -> str:
    """The article on which a matter of this kind is raised; empty where there is none."""
    law = law_of(terms)
    article = law.matters.get(kind) if law is not None else None
    return law.cite(article, terms.language) if law is not None and article is not None else ""
