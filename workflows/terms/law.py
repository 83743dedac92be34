"""What the law that an agreement is made under adds to its rules: clocks, and grounds where the text has none. Pure."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Final

import msgspec

from workflows.terms.model import MatterKind, Rule, Starts, Terms
from workflows.terms.phrases import Language

ANSWER: Final = "request.answer"
AUTHORITY: Final = "breach.authority"

_ARTICLE: Final = re.compile(r"(\d+)((?:\([0-9a-z]+\))*)")
_PART: Final = re.compile(r"\(([0-9a-z]+)\)")
_DUTCH: Final = re.compile(r"artikel (\d+)((?:, (?:lid|onder) [0-9a-z]+)*),? (\S+)")
_ENGLISH: Final = re.compile(r"(\S+) (\d+(?:\([0-9a-z]+\))*)")


class LawRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A clock of the law; it is the controller's. `longer`: by how much in all it may be extended."""

    article: str
    starts: Starts
    period: str
    longer: str | None = None
    debatable: bool = False
    reading: str = ""


class Law(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A law on personal data: the names a file may give it, and what rests on which article.

    `inside`: countries and groups of them where data may be without more.
    """

    names: tuple[str, ...]
    called: dict[Language, str]
    inside: tuple[str, ...]
    articles: dict[str, str]
    matters: dict[MatterKind, str]
    rules: dict[str, LawRule]

    def cite(self, article: str, lang: Language) -> str:
        """`GDPR 28(3)(g)`, `artikel 28, lid 3, onder g, AVG`."""
        name = self.called[lang]
        found = _ARTICLE.fullmatch(article)
        if lang == "en" or found is None:
            return f"{name} {article}"
        parts = _PART.findall(found[2])
        words = [f"lid {one}" if one.isdigit() else f"onder {one}" for one in parts]
        said = ", ".join((f"artikel {found[1]}", *words))
        return f"{said}, {name}" if words and words[-1].startswith("onder") else f"{said} {name}"


@lru_cache(maxsize=1)
def laws() -> Mapping[str, Law]:
    """Every law that the program knows, by its own name; the mapping is shared, so leave it as it is."""
    data = files("workflows.terms").joinpath("laws.toml").read_bytes()
    return msgspec.toml.decode(data, type=dict[str, Law])


@lru_cache(maxsize=256)
def _named(name: str) -> Law | None:
    wanted = name.strip().casefold()
    return next((law for law in laws().values() if wanted in {one.casefold() for one in law.names}), None)


def read_citation(text: str) -> tuple[Law, str] | None:
    """The law and the article that a clause cites, in whichever language; None where it cites none that is known."""
    if found := _DUTCH.fullmatch(text):
        law = _named(found[3])
        parts = "".join(f"({one})" for one in re.findall(r"(?:lid|onder) ([0-9a-z]+)", found[2]))
        return (law, f"{found[1]}{parts}") if law is not None else None
    if found := _ENGLISH.fullmatch(text):
        law = _named(found[1])
        return (law, found[2]) if law is not None else None
    return None


def law_of(terms: Terms) -> Law | None:
    """The law that the agreement is made under, None where the file names none or the program does not know it."""
    return _named(terms.law)


@lru_cache(maxsize=16)
def _rules(name: str, lang: Language) -> Mapping[str, Rule]:
    law = _named(name)
    if law is None:
        return {}
    return {
        rule: Rule(
            clause=law.cite(one.article, lang),
            party="controller",
            starts=one.starts,
            period=one.period,
            debatable=one.debatable,
            reading=one.reading,
        )
        for rule, one in law.rules.items()
    }


def law_rules(terms: Terms) -> Mapping[str, Rule]:
    """The clocks that the law adds to those of the file."""
    return {name: rule for name, rule in _rules(terms.law, terms.language).items() if name not in terms.rules}


def rule_of(terms: Terms, name: str) -> Rule | None:
    """A rule of the agreement, else the law's; None where neither has it."""
    return terms.rules.get(name) or _rules(terms.law, terms.language).get(name)


def longer(terms: Terms, name: str) -> str | None:
    """How long the law's own clock may last in all; None where the clock is not the law's, or cannot be extended."""
    law = law_of(terms)
    found = law.rules.get(name) if law is not None and name not in terms.rules else None
    return found.longer if found is not None else None


def ground(terms: Terms, purpose: str) -> str:
    """The article for a purpose (`binding`, `audit`, …), in the agreement's language; empty where there is none."""
    law = law_of(terms)
    article = law.articles.get(purpose) if law is not None else None
    return law.cite(article, terms.language) if law is not None and article is not None else ""


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
