"""Penalties, what an agreement must have, and what else stands in it, in sentences."""

from functools import partial
from typing import Final

from workflows.terms.model import (
    ContactNeed,
    Field,
    Penalty,
    Statement,
)
from workflows.terms.names import RETENTION
from workflows.terms.own import own
from workflows.terms.phrases import rule_title
from workflows.terms.telling.sentences import RuleTeller
from workflows.words import say_amount

_NOTHING: Final = "0.00"
"""A sum of which the text says nothing."""
_LATE_NOTICE: Final = "breach.penalty"


class OfTheRest(RuleTeller):
    """Penalties, blanks and statements."""

    def _penalties(self) -> list[str]:
        lines: list[str] = []
        for name, penalty in self.terms.penalties.items():
            lines.append(self.penalty(name, penalty))
            lines.append(self.say(f"damages_{penalty.damages}", clause=penalty.clause))
            if not penalty.currency:
                lines += self.own_choice("currency_default")
            if penalty.per_hour != _NOTHING and penalty.hours == "completed" and not penalty.reading:
                lines += self.own_choice("hours_default")
            elif penalty.per_hour != _NOTHING and penalty.hours != "completed":
                lines.append(self.say(f"hours_{penalty.hours}", clause=penalty.clause))
            lines += self.readings(penalty)
        return lines

    def penalty(self, name: str, penalty: Penalty) -> str:
        """A penalty with its sums."""
        sums = {
            key: say_amount(amount, self.lang, penalty.money)
            for key, amount in (("base", penalty.base), ("per_hour", penalty.per_hour))
        }
        key: str = penalty.per
        if key == "violations" and name == _LATE_NOTICE:  # whatever it is named, it is for more than being late
            return self.say("any_violation", clause=penalty.clause, **sums)
        if key == "lateness" and _NOTHING in (penalty.base, penalty.per_hour):
            key = "lateness_once" if penalty.per_hour == _NOTHING else "lateness_hourly"
        return self.say(key, rule=rule_title(name, self.lang), clause=penalty.clause, **sums)

    def _needed(self) -> list[str]:
        lines: list[str] = []
        for one in self.terms.fields:
            lines.append(self.whole(partial(OfTheRest.field, one=one)))
            lines += [] if self.is_used(one) else self.own_choice("field_unused")
        return [*lines, *(self.whole(partial(OfTheRest.contact, one=one)) for one in self.terms.contact_needs)]

    def is_used(self, one: Field) -> bool:
        """Whether anything goes by what an agreement fills in there; a text is there to be read."""
        region = self.terms.subprocessors.region
        using = {rule.field for rule in self.terms.rules.values()} | {self.terms.entry.field}
        return one.kind == "text" or one.name in using or (region is not None and region.field == one.name)

    def field(self, one: Field) -> str:
        """What the agreement leaves blank, by the title of its rule: a name of the file tells a reader nothing."""
        text = self.own(one, "text")
        kept = next((row for row in self.terms.retention if RETENTION + row.category == one.name), None)
        if kept is not None:
            title = self.say("of_name", name=self.said("title.retention"), said=self.own(kept, "text"))
        else:
            title = rule_title(one.name, self.lang, unknown="")
        if title:
            key = "field_needed" if one.required else "field_may_follow"
            return self.say(key, name=title, clause=one.clause, text=text)
        key = "field_own" if one.required else "field_own_may_follow"
        return self.say(key, clause=one.clause, text=text[:1].upper() + text[1:])

    def contact(self, one: ContactNeed) -> str:
        """A contact without which the agreement is not sent."""
        role, channel = self.say(f"role_{one.role}"), self.say(one.channel)
        text = self.own(one, "text")
        role = role[:1].upper() + role[1:]
        return self.say("contact_needed", role=role, channel=channel, clause=one.clause, text=text)

    def _other(self) -> list[str]:
        """Provisions that are no rule. A party has the agreement itself: of those that the file has in another
        language it is told the clauses."""
        party = self.facts is not None
        lacking = {one.id for one in self.terms.statements if party and own(self.terms, one, "text", self.lang) is None}
        told = (one for one in self.terms.statements if one.id not in lacking)
        lines: list[str] = [self.whole(partial(OfTheRest.statement, one=one)) for one in told]
        clauses = [self.clause(one.clause) for one in self.terms.statements if one.id in lacking]
        if clauses:
            lines.append(self.say("clauses", names=self.say("between").join(dict.fromkeys(clauses))))
        return lines

    def statement(self, one: Statement) -> str:
        """A provision that is no rule."""
        return f"{self.own(one, 'text')} ({self.clause(one.clause)})"
