"""What every part of the explanation is said with: words, clauses, texts of the file, and rules as sentences."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, Final, Self

from workflows.terms.clauses import as_found, in_words
from workflows.terms.counting import week_of
from workflows.terms.countries import groups
from workflows.terms.law import law_rules, rule_of, under_each
from workflows.terms.model import (
    Base,
    Rule,
    Terms,
)
from workflows.terms.names import (
    AFTER_BREACH,
    AFTER_DECISION,
    AUDIT_NOTICE,
    CHANNELS,
    CONSENT,
    LEAD,
    NOTICE,
    OF_KIND,
    RETENTION,
    TEXT_LEAD,
    TOLD,
    WAITING,
)
from workflows.terms.own import own_or_other, service
from workflows.terms.phrases import country_words, event_words, rule_title
from workflows.terms.telling.quoting import marked, settled
from workflows.time import parse_period
from workflows.words import Language, Spoken, said_in
from workflows.words.references import without_references

_SAID_AS: Final = {"separate_reading": "reading"}
_AHEAD: Final = {LEAD: "subprocessor", AFTER_DECISION: "subprocessor", TEXT_LEAD: "text"}
"""Rules that say how long something is told ahead, each with what begins after it."""


class RuleTeller:
    """Fills the sentences of one language with one agreement's rules."""

    def __init__(self, terms: Terms, lang: Language, facts: Mapping[str, Any] | None = None) -> None:
        self.terms = terms
        self.lang = lang
        self.facts = facts
        self.week = week_of(terms)
        self.said = said_in(lang, self.week)

    def say(self, key: str, **blanks: str) -> str:
        """A phrase with its blanks filled, a clause among them as the reader finds it."""
        if "clause" in blanks:
            blanks["clause"] = self.clause(blanks["clause"])
        return self.said(f"terms.{key}", **blanks)

    def length(self, period: str) -> str:
        """A length of time as it stands after “within”."""
        return parse_period(period).words(self.lang, self.week)

    def party(self, party: str) -> str:
        """A party as the subject of a sentence."""
        return self.said(f"party.{party}")

    def own(self, part: Base | Terms, name: str) -> str:
        """A text of the file itself. Within `whole`: where the file lacks it in the reader's language, a quotation."""
        text, lang = own_or_other(self.terms, part, name, self.lang)
        text = without_references(text)
        return text if lang == self.lang else marked(text, lang)

    def whole(self, tell: Callable[[Self], str]) -> Spoken:
        """A sentence in the reader's language, whatever language a text of the file that it says is in."""
        return settled(tell(self), self.lang)

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

    def clause_itself(self, part: Base | None, lines: list[str]) -> list[str]:
        """The clause of a part of the file of which nothing else is said that rests on it."""
        clause: str = getattr(part, "clause", "")
        named = f"({self.clause(clause)})"
        return [self.say("deals_with_it", clause=clause)] if clause and not any(named in one for one in lines) else []

    def readings(self, part: Base | None, *names: str) -> list[str]:
        """What a part of the file says besides its text, for who keeps the terms: how it was read (`reading`), a
        `note`, what is `incomplete`."""
        if part is None or self.facts is not None:
            return []
        wanted = (name for name in names or ("reading",) if getattr(part, name))
        return [self.whole(partial(RuleTeller.besides_text, part=part, name=name)) for name in wanted]

    def besides_text(self, part: Base, name: str) -> str:
        """One of them as a sentence."""
        return self.say(_SAID_AS.get(name, name), text=self.own(part, name).rstrip("."))

    def listed(self, names: Iterable[str]) -> str:
        """Names in a sentence: `a, b and c`."""
        *most, last = names
        return self.say("and").join((", ".join(most), last)) if most else last

    def service(self, tag: str) -> str:
        """A service as the text calls it, else its tag. Within `whole`, as `own`."""
        text, lang = service(self.terms, tag, self.lang)
        return text if lang == self.lang else marked(text, lang)

    def places(self, inside: tuple[str, ...]) -> str:
        """Countries and groups of them by name."""
        return self.listed(
            self.said(f"group.{code}") if code in groups() else country_words(code, self.lang) for code in inside
        )

    def _rules(self, prefix: str) -> list[str]:
        lines: list[str] = []
        for name in (*self.terms.rules, *law_rules(self.terms)):
            if name.startswith(prefix):
                each = under_each(self.terms, name) or (self.terms,)
                lines += [type(self)(one, self.lang, self.facts)._sentence(name) for one in each]
        return lines

    def rule_in_words(self, name: str) -> Spoken | None:
        """One rule in a sentence, None where there is no such rule."""
        return self._sentence(name) if rule_of(self.terms, name) is not None else None

    def _sentence(self, name: str) -> Spoken:
        return self.whole(partial(type(self)._with_reading, name=name))

    def _with_reading(self, name: str) -> str:
        rule = rule_of(self.terms, name)
        assert rule is not None
        said = self.say(
            "rule",
            title=self.title(name),
            clause=rule.clause,
            who=self.party(rule.party),
            when=self.when(rule, name),
        )
        return self.with_readings(said, rule)

    def with_readings(self, said: str, rule: Rule) -> str:
        """The sentence of a rule, and beside it how the rule was read, for who keeps the terms."""
        told = [key for key in ("reading", "note") if getattr(rule, key)] if self.facts is None else []
        return " ".join((said, *(self.besides_text(rule, key) for key in told)))

    def title(self, name: str) -> str:
        """The title of a rule; of a consent, where only some places need one, with those places."""
        rules = self.terms.subprocessors
        if name == CONSENT and rules.rule != "consent" and rules.region is not None:
            return self.say("consent_outside", region=self.places(rules.region.inside))
        breach = self.terms.breach
        kind = next((one for one in breach.kinds if f"{OF_KIND}{one.id}" == name), None) if breach is not None else None
        if kind is not None:
            return self.say("of_name", name=rule_title(NOTICE, self.lang), said=self.own(kind, "text").rstrip("."))
        return rule_title(name, self.lang)

    def when(self, rule: Rule, name: str = "") -> str:
        """How long the rule of that name gives, from what, and in which form."""
        parts = [self._clock(rule, event_words(rule, self.lang), name)]
        if rule.target and rule.period is None:
            parts.append(self.say("soon"))
        if rule.earlier_of_cancellation is not None:
            length = self.length(rule.earlier_of_cancellation)
            parts.append(self.say("earlier", length=length))
        if rule.form != "any":
            form = f"{rule.form}_by" if rule.form_clause else rule.form
            parts.append(self.say(form, clause=rule.form_clause))
        if rule.grounds != "none":
            parts.append(self.say(f"grounds_{rule.grounds}"))
        if rule.channel == "phone":
            parts.append(self.say("by_phone"))
        elif rule.channel:
            named = (self.say(f"channel_{one}") if one in CHANNELS else one for one in rule.channel.split(", "))
            parts.append(self.say("by_channel", channels=self.say("and_or").join(named)))
        return ", ".join(parts)

    def _clock(self, rule: Rule, event: str, name: str) -> str:
        period = rule.period or (self.facts or {}).get(rule.field or "")
        if period is not None:
            length = self.length(period)
            if name in _AHEAD:
                return self.say(f"lead_{_AHEAD[name]}", length=length, event=event)
            if rule.minimum and name.startswith(RETENTION):
                return self.say("least", length=length, event=event)
            if name in WAITING or rule.minimum:
                return self.say("wait", length=length, event=event)
            if rule.party == "controller" and rule.starts in (*TOLD, "end"):
                return self.say("window", length=length, event=event)
            return self.say("within_target" if rule.target else "within", length=length, event=event)
        if name == AUDIT_NOTICE and not rule.immediately:
            return self.say("lead_audit_open" if rule.field is None else "lead_audit_field")
        if rule.field is not None:
            owed = rule.party == "processor" and not rule.minimum and name not in WAITING
            return self.say("field_within" if owed else "field", event=event)
        if rule.follows is not None:
            followed = self.terms.rules[rule.follows]
            after = rule.party == "processor" and followed.party == "controller"
            during = rule.party == "controller" and rule.follows in WAITING
            key = "follows_after" if after else "follows_during" if during else "follows"
            return self.say(key, other=rule_title(rule.follows, self.lang))
        if rule.immediately and name == AFTER_BREACH:  # a time ahead that is none, and no duty to tell at once
            return self.say("no_notice")
        if rule.immediately:
            own = f"immediately_{rule.starts}"
            key = own if f"terms.{own}" in self.said else "immediately"
            return self.say(key, event=event, who=self.party(rule.party))
        if rule.calendar_year:
            return self.say("calendar_year")
        if name in _AHEAD:
            return self.say(f"lead_{_AHEAD[name]}_open")
        return self.say("no_maximum") if rule.starts == "last_audit" else self.say("no_number", event=event)
