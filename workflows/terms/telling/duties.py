"""Breaches, requests, audits and matters, in sentences."""

from functools import partial
from typing import Final

from workflows.terms.law import ground
from workflows.terms.model import (
    Allowance,
    AuditRules,
    BreachRules,
    Content,
    MatterRule,
    Requests,
)
from workflows.terms.names import MATTER_RULE
from workflows.terms.telling.sentences import RuleTeller
from workflows.words import Spoken

_FORMS: Final = {"text": "matter_text", "written": "matter_form"}


class OfDuties(RuleTeller):
    """What the parties owe each other."""

    def _breach(self) -> list[str]:
        lines = self._rules("breach.")
        breach = self.terms.breach
        if breach is not None and breach.rule == "unsaid":
            law = ground(self.terms, "breach")
            said = self.say("breach_unsaid")
            lines.append(f"{said} {self.say('breach_unsaid_law', clause=law)}" if law else said)
            lines += [*self.own_choice("breach_unsaid_default"), *self.readings(breach)]
        elif breach is not None:
            lines += [*self.told(breach), *self.readings(breach)]
            lines += self.own_choice("breach_kinds_default") if breach.kinds else []
            lines += [self.whole(partial(OfDuties.content, one=one)) for one in breach.contents]
            if breach.authority is not None:
                lines.append(self.say(breach.authority, clause=breach.authority_clause))
            if breach.rhythm_clause:
                lines.append(self.say("breach_rhythm", clause=breach.rhythm_clause))
            if breach.register_clause:
                lines.append(self.say("breach_register", clause=breach.register_clause))
            if breach.cost:
                lines.append(self.whole(partial(OfDuties.cost, key="breach_cost", one=breach)))
        return [*self.clause_itself(breach, lines), *lines]

    def cost(self, key: str, one: BreachRules | Requests) -> str:
        """Who bears what help costs."""
        return self.say(key, cost=self.own(one, "cost"), clause=one.cost_clause or one.clause)

    def content(self, one: Content) -> str:
        """One thing that the notice of a breach says."""
        return self.say("breach_says", text=self.own(one, "text").rstrip("."), clause=one.clause)

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
        counts = self.say("and_or" if breach.channels else "one_of").join(
            self.say(f"channel_{one}") for one in breach.told_by
        )
        return self.say("one_of").join((counts, self.say("voicemail"))) if breach.voicemail != "no" else counts

    def _requests(self) -> list[str]:
        lines = self._rules("request.")
        requests = self.terms.requests
        if requests is not None:
            lines += self.readings(requests)
            if requests.direct != "silent":
                direct = self.say(requests.direct, clause=requests.direct_clause or requests.clause)
                lines.append(f"{direct} {self.say('direct_at_once')}" if requests.at_once else direct)
            if requests.form != "any":
                lines.append(self.say(f"requests_{requests.form}", clause=requests.clause))
            if requests.cost:
                lines.append(self.whole(partial(OfDuties.cost, key="request_cost", one=requests)))
            if requests.free is not None:
                lines += self.help_free(requests.free)
        return [*self.clause_itself(requests, lines), *lines]

    def help_free(self, one: Allowance) -> list[str]:
        """The same, with what the program takes where nobody wrote of what, or in what time."""
        lines: list[str] = [self.whole(partial(OfDuties.free, one=one))]
        lines += self.own_choice("free_unit_default") if not one.unit else []
        return lines + (self.own_choice("free_per_default") if not one.per else [])

    def free(self, one: Allowance) -> str:
        """Help that costs nothing up to some amount, and what it costs beyond that."""
        said = self.say(f"free_{one.unit or 'hours'}_{one.per or 'month'}", amount=one.amount, clause=one.clause)
        beyond = self.own(one, "beyond")
        return f"{said} {self.say('free_beyond', cost=beyond)}" if beyond else said

    def _audit(self) -> list[str]:
        lines = self._rules("audit.")
        audit = self.terms.audit
        if audit is None:
            return lines
        free = self.help_free(audit.free) if audit.free is not None else []
        for key, said in self.audit_lines(audit).items():
            lines += [said, *(self.own_choice("signs_default") if key == "audit_indications" else ())]
        return [*self.clause_itself(audit, [*lines, *free]), *lines, *free, *self.readings(audit)]

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
            found[self.borne(audit)] = audit.cost_clause or audit.clause, "cost_unless"
        if audit.cost_shared:
            found["audit_shared"] = audit.cost_clause or audit.clause, ""
        if audit.own_cost != "unsaid":
            found[f"audit_own_{audit.own_cost}"] = audit.own_cost_clause or audit.clause, ""
        if audit.improve_at_once:
            found[f"audit_improve_{audit.improve_at_once}"] = audit.improve_clause or audit.clause, ""
        return {
            key: self.whole(partial(OfDuties._audit_line, key=key, clause=clause, name=name))
            for key, (clause, name) in found.items()
        }

    def borne(self, audit: AuditRules) -> str:
        """The key of the sentence on what an audit costs the controller, and when not; of a text that names only the
        exception, on that alone."""
        said = "audit_cost" if audit.cost == "controller" else "audit_cost_only"
        if audit.cost_unless:
            return f"{said}_unless"
        return f"{said}_{audit.cost_turns_on}" if audit.cost_turns_on else said

    def _audit_line(self, key: str, clause: str, name: str) -> str:
        audit = self.terms.audit
        assert audit is not None
        return self.say(key, text=self.own(audit, name) if name else "", clause=clause)

    def _matters(self) -> list[str]:
        lines: list[str] = []
        for one in self.terms.matters:
            lines.append(self.whole(partial(OfDuties.matter, one=one)))
            if one.kind == "extra_measures":
                lines += self.own_choice("matter_extra_default")
            lines += self.readings(one)
        return lines + self._rules(MATTER_RULE)

    def matter(self, one: MatterRule) -> str:
        """One rule on what the parties ask of each other, in a sentence or three."""
        form = self.say(_FORMS[one.form]) if one.form != "any" else ""
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
