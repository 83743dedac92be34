"""An agreement's rules in plain words, for people who did not write the terms file."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, Final, Self

import msgspec

from workflows.terms.clauses import as_found, in_words
from workflows.terms.countries import groups
from workflows.terms.law import authorisation, law_of, law_rules, rule_of
from workflows.terms.model import (
    Allowance,
    AuditRules,
    Base,
    BreachRules,
    ContactNeed,
    Counting,
    CountryFlag,
    Field,
    MatterRule,
    Penalty,
    RegisterEntry,
    Requests,
    Retention,
    Rule,
    Survival,
    TerminationRight,
    Terms,
)
from workflows.terms.names import CONSENT, MATTER_RULE, RETENTION, TOLD, WAITING
from workflows.terms.own import instead_of, own, stated
from workflows.terms.phrases import country_words, event_words, rule_title, section_title, zone_words
from workflows.time import parse_period
from workflows.time.calendars import WEEK
from workflows.time.legal_days import NONE
from workflows.words import Language, Spoken, locale_of, said_in, say_amount

_NOTICES_GO_TO: Final = ("contract", "privacy")
"""To whom notices go where the file does not say it."""


class Section(msgspec.Struct, frozen=True):
    """A heading and its sentences; one that rests on a text that the file has in another language is in that."""

    title: str
    lines: tuple[Spoken, ...]


class _Lacking(Exception):
    """A text of the file is not there in the reader's language."""


def explain(terms: Terms, lang: Language) -> str:
    """Tell the rules as text: a heading line a section, below it one `- ` line a sentence.

    Readings and statements stand in terms files in one language, English as a rule: in others their clauses are named.
    """
    said = said_in(lang)
    head = [
        said("terms.head", title=terms.title, id=terms.id, version=terms.version),
        *Teller(terms, lang).counting(),
    ]
    head.append(law_named(terms, lang))
    blocks = ["\n".join(head)]
    for section in explained(terms, lang):
        blocks.append("\n".join((section.title, *(f"- {line}" for line in section.lines))))
    return "\n\n".join(blocks) + "\n"


def law_named(terms: Terms, lang: Language) -> str:
    """The law that a file names, and whether the program adds anything of it, as a sentence."""
    law = law_of(terms)
    named = "law_known" if law is not None else "law_unknown" if terms.law else "law_none"
    return said_in(lang)(f"terms.{named}", law=law.called_in(lang) if law is not None else terms.law)


def explained(terms: Terms, lang: Language, facts: Mapping[str, Any] | None = None) -> tuple[Section, ...]:
    """Tell the rules as sections, for a page; sections without a sentence are left out.

    With the `facts` of an agreement, in the words for its parties: what the terms leave blank is filled in, and the
    readings that were taken are left to those who keep the terms.
    """
    parts = Teller(terms, lang, facts).parts()
    return tuple(
        Section(section_title(key, lang), tuple(one if isinstance(one, Spoken) else Spoken(one, lang) for one in lines))
        for key, lines in parts.items()
        if lines
    )


def rule_sentence(terms: Terms, rule: str, lang: Language, facts: Mapping[str, Any] | None = None) -> str | None:
    """One rule of the agreement in a sentence, None where the agreement has no such rule."""
    return Teller(terms, lang, facts).rule_in_words(rule)


class Teller:
    """Fills the sentences of one language with one agreement's rules."""

    def __init__(self, terms: Terms, lang: Language, facts: Mapping[str, Any] | None = None) -> None:
        self.terms = terms
        self.lang = lang
        self.facts = facts
        self.said = said_in(lang)

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

    def counting(self) -> list[str]:
        """How days are counted: zone, holidays, last days, working days, the end of a business day."""
        terms, said = self.terms, self.terms.counting
        zone = zone_words(terms.zone, self.lang)
        lines = [
            self.say("counting", zone=zone, country=country_words(terms.calendar, self.lang))
            if terms.calendar != NONE
            else self.say("counting_without", zone=zone)
        ]
        if said is None:
            return [*lines, self.say("counting_protective")]
        ground = ", ".join(one for one in (said.law, self.clause(said.clause) if said.clause else "") if one)
        lines.append(self.say(f"counting_{said.moves}", ground=ground) if ground else self.say("counting_protective"))
        if said.holidays or said.working_days != Counting().working_days:
            names = locale_of(self.lang).days["stand-alone"]["wide"]
            days = self.listed(names[WEEK.index(day)] for day in said.working_days)
            place = said.holidays or terms.calendar
            lines.append(
                self.say("working_days", days=days, country=country_words(place, self.lang))
                if place != NONE
                else self.say("working_days_all", days=days)
            )
        if said.day_ends:
            lines.append(self.say("day_ends", hour=said.day_ends))
        if said.last_day_ends == "business_day":
            lines.append(self.say("day_ends_last"))
        return [*lines, *self.readings(said.reading)]

    def _life(self) -> list[str]:
        entry, ending = self.terms.entry, self.terms.ending
        lines = [
            self.say(entry.event, clause=entry.clause),
            *self.readings(entry.reading),
            self.say(f"ends_{ending.in_force_until}", clause=ending.clause),
            self.say(self.apart(), clause=ending.separate_clause),
            *self.readings(ending.reading, ending.separate_reading),
        ]
        if ending.services_separately:
            lines.append(self.say("services"))
        for right in ending.rights:
            lines += [self.right(right), *self.readings(right.reading)]
        lines += self._rules("ending.")
        lines += [self.whole(partial(Teller.survival, one=one)) for one in ending.survives]
        return lines

    def survival(self, one: Survival) -> str:
        """A duty that outlives the agreement."""
        duty = self.own(one, "duty")
        length = parse_period(one.period).words(self.lang) if one.period is not None else ""
        return self.say(f"survives_{one.until}", duty=duty, length=length, clause=one.clause)

    def apart(self) -> str:
        """The key of the sentence on ending apart; what nobody wrote is the program's own, and said so."""
        ending = self.terms.ending
        if ending.separate_termination:
            return "separable"
        if not ending.separate_clause:
            return "inseparable_default"
        return "inseparable_read" if ending.separate_reading else "inseparable"

    def right(self, right: TerminationRight) -> str:
        """A right to end: whose it is and what falls with it; where this agreement goes on, it does not fall."""
        who = self.say("either") if right.party == "either" else self.party(right.party)
        goes_on = right.ends == "main_contract" and self.terms.ending.in_force_until == "last_data"
        what = self.say("main_contract_alone" if goes_on else right.ends)
        said = [self.say(f"right_{right.ground}", who=who, what=what, clause=right.clause)]
        if right.period is not None:
            said.append(self.say("right_open_for", length=parse_period(right.period).words(self.lang)))
        if right.takes_effect != "receipt":
            length = parse_period(right.effect_period).words(self.lang) if right.effect_period is not None else ""
            said.append(self.say(f"right_effect_{right.takes_effect}", length=length))
        if right.refund != "unsaid":
            said.append(self.say(f"right_refund_{right.refund}", clause=right.refund_clause))
        return " ".join(said)

    def _subprocessors(self) -> list[str]:
        rule = self.terms.subprocessors
        lines = [self.engaging()]
        if rule.rule == "unsaid":
            lines += self.own_choice("unsaid_gate")
        lines += self.readings(rule.reading)
        lines += self._rules("subprocessor.")
        if self.terms.notice_contacts == _NOTICES_GO_TO:
            names = self.listed(self.say(f"role_{one}") for one in _NOTICES_GO_TO)
            lines += self.own_choice("notices_default", names=names)
        if rule.decided_by == "board":
            lines.append(self.say("board"))
        if rule.overruling is not None and rule.rule in ("objection", "consent"):
            lines.append(self.say(self.overruling(), clause=rule.overruling.clause))
            lines += self.readings(rule.overruling.reading)
        lines += self.besides().values()
        for part in (rule.emergency, rule.revocation):
            lines += self.readings(part.reading) if part is not None else ()
        if rule.region is not None:
            region = self.places(rule.region.inside)
            lines.append(self.say(f"region_{rule.region.outside}", region=region, clause=rule.region.clause))
            if rule.region.safeguards:
                lines.append(self.say("region_with_safeguards", clause=rule.region.safeguarded))
            lines += self.readings(rule.region.reading)
        lines += [self.whole(partial(Teller.flag, one=one)) for one in rule.flags]
        if rule.binding_clause:
            lines.append(self.say("bound", clause=rule.binding_clause))
        if rule.register:
            lines.append(self.say("register", names=", ".join(entry.name for entry in rule.register)))
        return lines

    def engaging(self) -> str:
        """How a subprocessor comes in; where the text has no word on it, what the law asks for."""
        rules = self.terms.subprocessors
        if rules.rule != "unsaid":
            return self.say(rules.rule, clause=rules.clause)
        said = self.say("unsaid_known", clause=rules.clause) if rules.clause else self.say("unsaid")
        law = authorisation(self.terms)
        return f"{said} {self.say(f'unsaid_{law.form}', clause=law.clause)}" if law.clause else said

    def flag(self, one: CountryFlag) -> str:
        """What is shown of countries that the text speaks against."""
        return self.say("flag", region=self.places(one.inside), text=self.own(one, "text"), clause=one.clause)

    def overruling(self) -> str:
        """The key of the sentence on going on against an objection."""
        found = self.terms.subprocessors.over_objection
        if found.allowed:
            return "overruling"
        return "no_overruling_read" if found.reading else "no_overruling"

    def besides(self) -> dict[str, str]:
        """What else the text says of engaging a subprocessor, each by the key of its sentence."""
        rules = self.terms.subprocessors
        found = {
            name: self.say(name, clause=part.clause)
            for name, part in (("emergency", rules.emergency), ("revocation", rules.revocation))
            if part is not None
        }
        if not rules.waits_for_right:
            found["begins_beside"] = self.say("begins_beside")
        return found

    def places(self, inside: tuple[str, ...]) -> str:
        """Countries and groups of them by name."""
        return self.listed(
            self.said(f"group.{code}") if code in groups() else country_words(code, self.lang) for code in inside
        )

    def _amendment(self) -> list[str]:
        amendment = self.terms.amendment
        lines = [self.say(amendment.how, clause=amendment.clause), *self.readings(amendment.reading)]
        if amendment.measures:
            lines.append(self.say(f"measures_{amendment.measures}", clause=amendment.measures_clause))
        return [*lines, *self._rules("amendment.")]

    def _breach(self) -> list[str]:
        lines = self._rules("breach.")
        breach = self.terms.breach
        if breach is not None:
            lines += [*self.told(breach), *self.readings(breach.reading)]
            if breach.authority is not None:
                lines.append(self.say(breach.authority, clause=breach.authority_clause))
            if breach.rhythm_clause:
                lines.append(self.say("breach_rhythm", clause=breach.rhythm_clause))
            if breach.register_clause:
                lines.append(self.say("breach_register", clause=breach.register_clause))
            if breach.cost:
                lines.append(self.whole(partial(Teller.cost, key="breach_cost", one=breach)))
        return lines

    def cost(self, key: str, one: BreachRules | Requests) -> str:
        """Who bears what help costs."""
        return self.say(key, cost=self.own(one, "cost"), clause=one.cost_clause or one.clause)

    def told(self, breach: BreachRules) -> list[str]:
        """Who is told of a breach, and by what; what nobody wrote is the program's own, and said so."""
        names = ", ".join(self.say(f"role_{one}") for one in breach.told_first)
        channels = self.channels(breach)
        if breach.contacts and breach.channels:
            return [self.say("breach_told", names=names, channels=channels, clause=breach.clause)]
        first = "breach_first" if breach.contacts else "breach_first_default"
        by = "breach_by" if breach.channels else "breach_by_default"
        return [
            self.say(first, names=names, clause=breach.clause),
            self.say(by, channels=channels, clause=breach.clause),
        ]

    def channels(self, breach: BreachRules) -> str:
        """By what a breach is told, and what else counts."""
        counts = [self.say(one) for one in breach.told_by]
        if breach.voicemail != "no":
            counts.append(self.say("voicemail"))
        return self.say("one_of").join(counts)

    def _requests(self) -> list[str]:
        lines = self._rules("request.")
        requests = self.terms.requests
        if requests is not None:
            lines += self.readings(requests.reading)
            if requests.direct != "silent":
                lines.append(self.say(requests.direct, clause=requests.direct_clause or requests.clause))
            if requests.cost:
                lines.append(self.whole(partial(Teller.cost, key="request_cost", one=requests)))
            if requests.free is not None:
                lines.append(self.whole(partial(Teller.free, one=requests.free)))
        return lines

    def free(self, one: Allowance) -> str:
        """Help that costs nothing up to some amount, and what it costs beyond that."""
        said = self.say(f"free_{one.unit}_{one.per}", amount=one.amount, clause=one.clause)
        beyond = self.own(one, "beyond")
        return f"{said} {self.say('free_beyond', cost=beyond)}" if beyond else said

    def _end(self) -> list[str]:
        end = self.terms.end
        lines = [self.say(f"data_{end.data}", clause=end.clause), *self.unchosen(), *self.readings(end.reading)]
        lines += self._rules("end.")
        if end.erasure_asked:
            lines.append(self.say("erasure_asked", other=rule_title(end.erasure_asked, self.lang)))
        if end.return_as:
            lines.append(self.whole(Teller.return_as))
        if end.cost != "unsaid":
            lines.append(self.say(f"cost_{end.cost}", clause=end.cost_clause))
        if end.restricted_clause:
            lines.append(self.say("restricted", clause=end.restricted_clause))
        if end.declaration:
            lines.append(self.say("declaration", clause=end.declaration_clause))
        return lines

    def unchosen(self) -> list[str]:
        """What follows where the customer chooses nothing; that the text has no word on it, where it has none."""
        end, choice = self.terms.end, self.terms.rules.get("end.choice")
        if end.data != "choice":
            return []
        if end.without_choice != "unsaid":
            return [self.say(f"unchosen_{end.without_choice}", clause=end.without_choice_clause)]
        ends = choice is not None and choice.ends
        # That somebody asks is for who keeps the terms; a party is told where it can choose.
        return [] if ends or self.facts is not None else [self.say("unchosen_unsaid")]

    def return_as(self) -> str:
        """In which form data go back."""
        end = self.terms.end
        return self.say("return_as", form=self.own(end, "return_as"), clause=end.clause)

    def _retention(self) -> list[str]:
        rows: list[str] = [self.whole(partial(Teller._row, row=row)) for row in self.terms.retention]
        told = {row.category for row in self.terms.retention}
        names = [name for name in self.terms.rules if name.startswith(RETENTION)]
        return rows + [self._sentence(name) for name in names if name.removeprefix(RETENTION) not in told]

    def _row(self, row: Retention) -> str:
        clock = self.kept_for(row)
        service = f"{self.service(row.service)}: " if row.service else ""
        return self.say("row", service=service, text=self.own(row, "text"), at=self.at(row), clock=clock)

    def kept_for(self, row: Retention) -> str:
        """How long the data of a row are kept."""
        clock = self.when(self.terms.rules[RETENTION + row.category])
        return self.say("while_running", clock=clock) if row.while_running else clock

    def kept(self, row: Retention) -> str:
        """The data of a row, by service and by who holds them."""
        name = self.own(row, "text") + self.at(row)
        return f"{self.service(row.service)}: {name}" if row.service else name

    def work(self, one: RegisterEntry) -> str:
        """What a subprocessor of the register does; that it is named where nothing more is said."""
        service = self.own(one, "service")
        return ", ".join(said for said in (service, *map(self.service, one.services)) if said) or self.say("listed")

    def at(self, row: Retention) -> str:
        """Who holds the data of a row, where the table names anybody: rows of one name are told apart by it."""
        if not row.holders:
            return ""
        holders = ((self.party("processor"),) if row.by_processor else ()) + row.holders
        return self.say("row_at", names=self.listed(holders))

    def listed(self, names: Iterable[str]) -> str:
        """Names in a sentence: `a, b and c`."""
        *most, last = names
        return self.say("and").join((", ".join(most), last)) if most else last

    def service(self, tag: str) -> str:
        """A service as the text calls it, else its tag."""
        return self.terms.services.get(tag, tag)

    def _audit(self) -> list[str]:
        lines = self._rules("audit.")
        audit = self.terms.audit
        if audit is None:
            return lines
        free = [self.whole(partial(Teller.free, one=audit.free))] if audit.free is not None else []
        return [*lines, *self.audit_lines(audit).values(), *free, *self.readings(audit.reading)]

    def audit_lines(self, audit: AuditRules) -> dict[str, Spoken]:
        """What is said of audits besides their clock, each by the key of its sentence."""
        found: dict[str, tuple[str, str]] = {}
        if audit.auditor:
            found["audit_by"] = audit.clause, "auditor"
        if audit.more_on_indications:
            found["audit_indications"] = audit.clause, ""
        if audit.needs_reason:
            found["audit_reason"] = audit.clause, ""
        if audit.secrecy or audit.bound:
            found["audit_secrecy" if audit.secrecy else "audit_bound"] = audit.clause, ""
        if audit.certificate_clause:
            found["audit_certificate"] = audit.certificate_clause, ""
        if audit.may_refuse:
            found["audit_refuse"] = audit.clause, "may_refuse"
        if audit.cost == "controller" or audit.cost_unless or audit.cost_turns_on:
            key = "audit_cost_unless" if audit.cost_unless else "audit_cost"
            found[key] = audit.cost_clause or audit.clause, "cost_unless"
        if audit.own_cost != "unsaid":
            found[f"audit_own_{audit.own_cost}"] = audit.own_cost_clause or audit.clause, ""
        if audit.improve_at_once:
            found["audit_improve"] = audit.improve_clause or audit.clause, ""
        return {
            key: self.whole(partial(Teller._audit_line, key=key, clause=clause, name=name))
            for key, (clause, name) in found.items()
        }

    def _audit_line(self, key: str, clause: str, name: str) -> str:
        audit = self.terms.audit
        assert audit is not None
        return self.say(key, text=self.own(audit, name) if name else "", clause=clause)

    def _matters(self) -> list[str]:
        lines: list[str] = []
        for one in self.terms.matters:
            lines += [self.whole(partial(Teller.matter, one=one)), *self.readings(one.reading)]
        return lines + self._rules(MATTER_RULE)

    def matter(self, one: MatterRule) -> str:
        """One rule on what the parties ask of each other, in a sentence or three."""
        form = self.say("matter_form") if one.form == "written" else ""
        said = self.say(f"matter_{one.kind}", who=self.party(one.raised_by), form=form, clause=one.clause)
        said = said[:1].upper() + said[1:]
        if one.at_once:
            said += self.say("matter_at_once")
        if not one.cost:
            return said
        cost = self.own(one, "cost")
        return said + (
            self.say("matter_cost_by", cost=cost, clause=one.cost_clause)
            if one.cost_clause
            else self.say("matter_cost", cost=cost)
        )

    def _penalties(self) -> list[str]:
        lines: list[str] = []
        for name, penalty in self.terms.penalties.items():
            lines.append(self.penalty(name, penalty))
            if penalty.per_hour != "0.00" and penalty.hours == "completed" and not penalty.reading:
                lines += self.own_choice("hours_default")
            lines += self.readings(penalty.reading)
        return lines

    def penalty(self, name: str, penalty: Penalty) -> str:
        """A penalty with its sums."""
        sums = {
            key: say_amount(amount, self.lang, penalty.currency)
            for key, amount in (("base", penalty.base), ("per_hour", penalty.per_hour))
        }
        return self.say(penalty.per, rule=rule_title(name, self.lang), clause=penalty.clause, **sums)

    def _needed(self) -> list[str]:
        fields = [self.whole(partial(Teller.field, one=one)) for one in self.terms.fields if one.required]
        return [*fields, *(self.whole(partial(Teller.contact, one=one)) for one in self.terms.contact_needs)]

    def field(self, one: Field) -> str:
        """What the agreement leaves blank."""
        return self.say("field_needed", name=one.name, clause=one.clause, text=self.own(one, "text"))

    def contact(self, one: ContactNeed) -> str:
        """A contact without which the agreement is not sent."""
        role, channel = self.say(f"role_{one.role}"), self.say(one.channel)
        text = self.own(one, "text")
        return self.say("contact_needed", role=role, channel=channel, clause=one.clause, text=text)

    def _other(self) -> list[str]:
        lines: list[str] = []
        clauses: list[str] = []
        for one in self.terms.statements:
            text = stated(self.terms, one, self.lang)
            if text is not None:
                lines.append(f"{text} ({self.clause(one.clause)})")
            else:
                clauses.append(one.clause if self.lang == self.terms.language else self.clause(one.clause))
        return [*lines, self.say("clauses", names="; ".join(dict.fromkeys(clauses)))] if clauses else lines

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
