"""What every part of the explanation is said with: words, clauses, texts of the file, and rules as sentences."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any, Self

from workflows.terms.clauses import as_found, in_words
from workflows.terms.countries import groups
from workflows.terms.law import law_rules, rule_of
from workflows.terms.model import (
    Base,
    Rule,
    Terms,
)
from workflows.terms.names import CONSENT, TOLD, WAITING
from workflows.terms.own import instead_of, own
from workflows.terms.phrases import country_words, event_words, rule_title
from workflows.time import parse_period
from workflows.words import Language, Spoken, said_in


class _Lacking(Exception):
    """A text of the file is not there in the reader's language."""


class RuleTeller:
    """Fills the sentences of one language with one agreement's rules."""

    def __init__(self, terms: Terms, lang: Language, facts: Mapping[str, Any] | None = None) -> None:
        self.terms = terms
        self.lang = lang
        self.facts = facts
        self.said = said_in(lang)

    def say(self, key: str, **blanks: str) -> str:
        """A phrase with its blanks filled, a clause among them as the reader finds it."""
        if "clause" in blanks:
            blanks["clause"] = self.clause(blanks["clause"])
        return self.said(f"terms.{key}", **blanks)

    def party(self, party: str) -> str:
        """A party as the subject of a sentence."""
        return self.said(f"party.{party}")

    def own(self, part: Base, name: str) -> str:
        """A text of the file itself in the reader's language. Within `whole`: where it lacks all is said in another."""
        found = own(self.terms, part, name, self.lang)
        if found is None:
            raise _Lacking
        return found

    def whole(self, tell: Callable[[Self], str]) -> Spoken:
        """A sentence that a text of the file is part of: as a whole in a language that the file has it in."""
        try:
            return Spoken(tell(self), self.lang)
        except _Lacking:
            return next(self._instead(tell))

    def _instead(self, tell: Callable[[Self], str]) -> Iterator[Spoken]:
        for lang in instead_of(self.terms, self.lang):
            with suppress(_Lacking):
                yield Spoken(tell(type(self)(self.terms, lang, self.facts)), lang)

    def clause(self, clause: str) -> str:
        """A clause by the words of the reader's language, with the number printed there where that is another one."""
        return as_found(self.terms, clause, self.lang)

    def named(self, clause: str) -> str:
        """A clause as the title of a line."""
        said = in_words(self.terms, clause, self.lang)
        return said[:1].upper() + said[1:]

    def own_choice(self, key: str, **blanks: str) -> list[str]:
        """What the program decides where the text does not, for who keeps the terms."""
        return [self.say(key, **blanks)] if self.facts is None else []

    def readings(self, *taken: str) -> list[str]:
        """Readings of parts that are no rules, for who keeps the terms; terms files hold them in English."""
        if self.lang != "en" or self.facts is not None:
            return []
        return [self.say("reading", reading=one) for one in taken if one]

    def listed(self, names: Iterable[str]) -> str:
        """Names in a sentence: `a, b and c`."""
        *most, last = names
        return self.say("and").join((", ".join(most), last)) if most else last

    def service(self, tag: str) -> str:
        """A service as the text calls it, else its tag."""
        return self.terms.services.get(tag, tag)

    def places(self, inside: tuple[str, ...]) -> str:
        """Countries and groups of them by name."""
        return self.listed(
            self.said(f"group.{code}") if code in groups() else country_words(code, self.lang) for code in inside
        )

    def _rules(self, prefix: str) -> list[str]:
        names = (*self.terms.rules, *law_rules(self.terms))
        return [self._sentence(name) for name in names if name.startswith(prefix)]

    def rule_in_words(self, name: str) -> str | None:
        """One rule in a sentence, None where there is no such rule."""
        return self._sentence(name) if rule_of(self.terms, name) is not None else None

    def _sentence(self, name: str) -> str:
        rule = rule_of(self.terms, name)
        assert rule is not None
        said = self.say(
            "rule",
            title=self.title(name),
            clause=rule.clause,
            who=self.party(rule.party),
            when=self.when(rule, name),
        )
        if rule.reading and self.readings(rule.reading):
            said += f" {self.say('reading', reading=rule.reading)}"
        return said

    def title(self, name: str) -> str:
        """The title of a rule; of a consent, where only some places need one, with those places."""
        rules = self.terms.subprocessors
        if name == CONSENT and rules.rule != "consent" and rules.region is not None:
            return self.say("consent_outside", region=self.places(rules.region.inside))
        return rule_title(name, self.lang)

    def when(self, rule: Rule, name: str = "") -> str:
        """How long the rule of that name gives, from what, and in which form."""
        parts = [self._clock(rule, event_words(rule, self.lang), name)]
        if rule.target and rule.period is None:
            parts.append(self.say("soon"))
        if rule.earlier_of_cancellation is not None:
            length = parse_period(rule.earlier_of_cancellation).words(self.lang)
            parts.append(self.say("earlier", length=length))
        if rule.form == "written":
            parts.append(self.say("written_by", clause=rule.form_clause) if rule.form_clause else self.say("written"))
        if rule.grounds != "none":
            parts.append(self.say(f"grounds_{rule.grounds}"))
        if rule.channel == "phone":
            parts.append(self.say("by_phone"))
        return ", ".join(parts)

    def _clock(self, rule: Rule, event: str, name: str) -> str:
        period = rule.period or (self.facts or {}).get(rule.field or "")
        if period is not None:
            length = parse_period(period).words(self.lang)
            if name in WAITING or rule.minimum:
                return self.say("wait", length=length, event=event)
            if rule.party == "controller" and rule.starts in (*TOLD, "end"):
                return self.say("window", length=length, event=event)
            return self.say("within_target" if rule.target else "within", length=length, event=event)
        if rule.field is not None:
            return self.say("field", event=event)
        if rule.follows is not None:
            followed = self.terms.rules[rule.follows]
            after = rule.party == "processor" and followed.party == "controller"
            return self.say("follows_after" if after else "follows", other=rule_title(rule.follows, self.lang))
        if rule.immediately:
            return self.say("immediately", event=event)
        if rule.calendar_year:
            return self.say("calendar_year")
        return self.say("no_maximum") if rule.starts == "last_audit" else self.say("no_number", event=event)
