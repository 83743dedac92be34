"""An agreement's rules in plain words, for people who did not write the terms file."""

from collections.abc import Mapping
from typing import Any

import msgspec

from workflows.terms.model import AuditRules, BreachRules, MatterRule, Retention, Rule, Terms
from workflows.terms.names import RETENTION
from workflows.terms.phrases import Language, Phrases, phrases_in, rule_title
from workflows.time import parse_period


class Section(msgspec.Struct, frozen=True):
    """A heading and its sentences."""

    title: str
    lines: tuple[str, ...]


def explain(terms: Terms, lang: Language) -> str:
    """Tell the rules as text: a heading line a section, below it one `- ` line a sentence.

    Dutch names the clauses of readings and statements, whose text the terms files hold in English.
    """
    words = phrases_in(lang)
    head = [
        words.phrases["head"].format(title=terms.title, id=terms.id, version=terms.version),
        words.phrases["counting"].format(zone=terms.zone, country=words.countries[terms.calendar]),
    ]
    blocks = ["\n".join(head)]
    for section in explained(terms, lang):
        blocks.append("\n".join((section.title, *(f"- {line}" for line in section.lines))))
    return "\n\n".join(blocks) + "\n"


def explained(terms: Terms, lang: Language, facts: Mapping[str, Any] | None = None) -> tuple[Section, ...]:
    """Tell the rules as sections, for a page; sections without a sentence are left out.

    With the `facts` of an agreement, in the words for its parties: what the terms leave blank is filled in, and the
    readings that were taken are left to those who keep the terms.
    """
    parts = Teller(terms, lang, facts).parts()
    sections = phrases_in(lang).sections
    return tuple(Section(sections[key], tuple(lines)) for key, lines in parts.items() if lines)


def rule_sentence(terms: Terms, rule: str, lang: Language, facts: Mapping[str, Any] | None = None) -> str | None:
    """One rule of the agreement in a sentence, None where the agreement has no such rule."""
    return Teller(terms, lang, facts).said(rule)


class Teller:
    """Fills the sentences of one language with one agreement's rules."""

    def __init__(self, terms: Terms, lang: Language, facts: Mapping[str, Any] | None = None) -> None:
        self.terms = terms
        self.lang = lang
        self.facts = facts
        self.words: Phrases = phrases_in(lang)

    def parts(self) -> dict[str, list[str]]:
        """The sentences of every section, by its key."""
        return {
            "life": self._life(),
            "subprocessors": self._subprocessors(),
            "amendment": self._amendment(),
            "breach": self._breach(),
            "request": self._requests(),
            "end": self._end(),
            "retention": self._retention(),
            "audit": self._audit(),
            "matters": self._matters(),
            "penalties": self._penalties(),
            "needed": self._needed(),
            "other": self._other(),
        }

    def say(self, key: str, **blanks: str) -> str:
        """A phrase with its blanks filled, a clause among them as the reader finds it."""
        if "clause" in blanks:
            blanks["clause"] = self.clause(blanks["clause"])
        return self.words.phrases[key].format(**blanks)

    def own(self, text: str, text_nl: str) -> str:
        """A text of the file itself, in Dutch where there is one."""
        return text_nl if self.lang == "nl" and text_nl else text

    def clause(self, clause: str) -> str:
        """A clause, with the number printed there where that is another one."""
        printed = self.terms.printed.get(clause)
        return self.words.phrases["printed"].format(clause=clause, printed=printed) if printed else clause

    def _life(self) -> list[str]:
        entry, ending = self.terms.entry, self.terms.ending
        lines = [
            self.say(entry.event, clause=entry.clause),
            self.say(f"ends_{ending.in_force_until}", clause=ending.clause),
        ]
        if not ending.separate_termination:
            lines.append(self.say("inseparable", clause=ending.separate_clause or ending.clause))
        if ending.services_separately:
            lines.append(self.say("services"))
        for right in ending.rights:
            who = self.say("either") if right.party == "either" else self.words.parties[right.party]
            lines.append(self.say(f"right_{right.ground}", who=who, what=self.say(right.ends), clause=right.clause))
        lines += [
            self.say(
                f"survives_{survival.until}",
                duty=self.own(survival.duty, survival.duty_nl),
                clause=survival.clause,
            )
            for survival in ending.survives
        ]
        return lines

    def _subprocessors(self) -> list[str]:
        rule = self.terms.subprocessors
        lines = [self.say(rule.rule, clause=rule.clause)]
        lines += self._rules("subprocessor.")
        if rule.decided_by == "board":
            lines.append(self.say("board"))
        overruling = "overruling" if rule.overruling.allowed else "no_overruling"
        lines.append(self.say(overruling, clause=rule.overruling.clause))
        if rule.region is not None:
            region = self.places(rule.region.inside)
            lines.append(self.say(f"region_{rule.region.outside}", region=region, clause=rule.region.clause))
        lines += [
            self.say("flag", region=self.places(flag.inside), text=flag.text, clause=flag.clause) for flag in rule.flags
        ]
        if rule.binding_clause:
            lines.append(self.say("bound", clause=rule.binding_clause))
        if rule.register:
            lines.append(self.say("register", names=", ".join(entry.name for entry in rule.register)))
        return lines

    def places(self, inside: tuple[str, ...]) -> str:
        """Countries and groups of them by name."""
        return ", ".join(self.words.groups.get(code) or self.words.countries.get(code, code) for code in inside)

    def _amendment(self) -> list[str]:
        amendment = self.terms.amendment
        return [self.say(amendment.how, clause=amendment.clause), *self._rules("amendment.")]

    def _breach(self) -> list[str]:
        lines = self._rules("breach.")
        breach = self.terms.breach
        if breach is not None:
            names = ", ".join(self.say(f"role_{one}") for one in breach.contacts)
            channels = self.channels(breach)
            lines.append(self.say("breach_told", names=names, channels=channels, clause=breach.clause))
            lines.append(self.say(breach.authority, clause=breach.authority_clause))
            if breach.register_clause:
                lines.append(self.say("breach_register", clause=breach.register_clause))
            if breach.cost:
                lines.append(self.say("breach_cost", cost=breach.cost, clause=breach.clause))
        return lines

    def channels(self, breach: BreachRules) -> str:
        """By what a breach is told, and what else counts."""
        counts = [self.say(one) for one in breach.channels]
        if breach.voicemail != "no":
            counts.append(self.say("voicemail"))
        return ", ".join(counts)

    def _requests(self) -> list[str]:
        lines = self._rules("request.")
        requests = self.terms.requests
        if requests is not None and requests.direct != "silent":
            lines.append(self.say(requests.direct, clause=requests.direct_clause or requests.clause))
        if requests is not None and requests.cost:
            lines.append(self.say("request_cost", cost=requests.cost, clause=requests.clause))
        return lines

    def _end(self) -> list[str]:
        end = self.terms.end
        lines = [self.say(f"data_{end.data}", clause=end.clause), *self._rules("end.")]
        if end.return_as:
            lines.append(self.say("return_as", form=self.own(end.return_as, end.return_as_nl), clause=end.clause))
        if end.cost != "unsaid":
            lines.append(self.say(f"cost_{end.cost}", clause=end.cost_clause))
        if end.declaration:
            lines.append(self.say("declaration", clause=end.declaration_clause))
        return lines

    def _retention(self) -> list[str]:
        rows = [self._row(row) for row in self.terms.retention]
        told = {row.category for row in self.terms.retention}
        names = [name for name in self.terms.rules if name.startswith(RETENTION)]
        return rows + [self._sentence(name) for name in names if name.removeprefix(RETENTION) not in told]

    def _row(self, row: Retention) -> str:
        clock = self.when(self.terms.rules[RETENTION + row.category])
        service = f"{row.service}: " if row.service else ""
        return self.say("row", service=service, text=self.own(row.text, row.text_nl), clock=clock)

    def _audit(self) -> list[str]:
        lines = self._rules("audit.")
        audit = self.terms.audit
        return lines if audit is None else [*lines, *self.audit_lines(audit).values()]

    def audit_lines(self, audit: AuditRules) -> dict[str, str]:
        """What is said of audits besides their clock, each by the key of its sentence."""
        clauses = {
            "audit_indications": audit.clause if audit.more_on_indications else "",
            "audit_reason": audit.clause if audit.needs_reason else "",
            "audit_secrecy": audit.clause if audit.secrecy else "",
            "audit_certificate": audit.certificate_clause,
            "audit_refuse": audit.clause if audit.may_refuse else "",
            "cost_unless": audit.clause if audit.cost_unless else "",
        }
        return {key: self.say(key, text=audit.cost_unless, clause=clause) for key, clause in clauses.items() if clause}

    def _matters(self) -> list[str]:
        return [self.matter(one) for one in self.terms.matters]

    def matter(self, one: MatterRule) -> str:
        """One rule on what the parties ask of each other, in a sentence or three."""
        form = self.say("matter_form") if one.form == "written" else ""
        said = self.say(f"matter_{one.kind}", who=self.words.parties[one.raised_by], form=form, clause=one.clause)
        said = said[:1].upper() + said[1:]
        if one.at_once:
            said += self.say("matter_at_once")
        return said + self.say("matter_cost", cost=one.cost) if one.cost else said

    def _penalties(self) -> list[str]:
        return [
            self.say(
                penalty.per,
                rule=rule_title(name, self.lang),
                clause=penalty.clause,
                base=penalty.base,
                per_hour=penalty.per_hour,
            )
            for name, penalty in self.terms.penalties.items()
        ]

    def _needed(self) -> list[str]:
        fields = [
            self.say("field_needed", name=field.name, clause=field.clause, text=self.own(field.text, field.text_nl))
            for field in self.terms.fields
            if field.required
        ]
        contacts = [
            self.say(
                "contact_needed",
                role=need.role,
                channel=self.say(need.channel),
                clause=need.clause,
                text=self.own(need.text, need.text_nl),
            )
            for need in self.terms.contact_needs
        ]
        return fields + contacts

    def _other(self) -> list[str]:
        statements = self.terms.statements
        if self.lang == "en":
            return [f"{statement.text} ({self.clause(statement.clause)})" for statement in statements]
        clauses = dict.fromkeys(self.clause(statement.clause) for statement in statements)
        return [self.say("clauses", names="; ".join(clauses))] if clauses else []

    def _rules(self, prefix: str) -> list[str]:
        return [self._sentence(name) for name in self.terms.rules if name.startswith(prefix)]

    def said(self, name: str) -> str | None:
        """One rule in a sentence, None where there is no such rule."""
        return self._sentence(name) if name in self.terms.rules else None

    def _sentence(self, name: str) -> str:
        rule = self.terms.rules[name]
        title = rule_title(name, self.lang)
        said = self.say(
            "rule", title=title, clause=rule.clause, who=self.words.parties[rule.party], when=self.when(rule)
        )
        if self.lang == "en" and rule.reading and self.facts is None:
            said += f" {self.say('reading', reading=rule.reading)}"
        return said

    def when(self, rule: Rule) -> str:
        """How long a rule gives, from what, and in which form."""
        event = self.words.events[rule.starts]
        parts = [self._clock(rule, event)]
        if rule.earlier_of_cancellation is not None:
            length = parse_period(rule.earlier_of_cancellation).words(self.lang)
            parts.append(self.say("earlier", length=length))
        if rule.form == "written":
            parts.append(self.say("written"))
        if rule.grounds != "none":
            parts.append(self.say(f"grounds_{rule.grounds}"))
        if rule.channel == "phone":
            parts.append(self.say("by_phone"))
        return ", ".join(parts)

    def _clock(self, rule: Rule, event: str) -> str:
        period = rule.period or (self.facts or {}).get(rule.field or "")
        if period is not None:
            length = parse_period(period).words(self.lang)
            may_act = rule.party == "controller" and rule.starts in ("receipt", "end")
            return self.say("window" if may_act else "within", length=length, event=event)
        if rule.field is not None:
            return self.say("field", event=event)
        if rule.follows is not None:
            return self.say("follows", other=rule_title(rule.follows, self.lang))
        if rule.immediately:
            return self.say("immediately", event=event)
        if rule.calendar_year:
            return self.say("calendar_year")
        return self.say("no_number", event=event)
