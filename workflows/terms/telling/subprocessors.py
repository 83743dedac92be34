"""How subprocessors come in and where they may work, in sentences."""

from functools import partial
from typing import Final

from workflows.terms.law import authorisation
from workflows.terms.model import (
    CountryFlag,
    RegisterEntry,
)
from workflows.terms.telling.sentences import RuleTeller

_NOTICES_GO_TO: Final = ("contract", "privacy")
"""To whom notices go where the file does not say it."""


class OfSubprocessors(RuleTeller):
    """Engaging subprocessors."""

    def _subprocessors(self) -> list[str]:
        rule = self.terms.subprocessors
        lines = [self.engaging()]
        if rule.rule == "unsaid":
            lines += self.own_choice("unsaid_gate")
        lines += self.readings(rule)
        lines += self._rules("subprocessor.")
        if self.terms.notice_contacts == _NOTICES_GO_TO:
            names = self.listed(self.say(f"role_{one}") for one in _NOTICES_GO_TO)
            lines += self.own_choice("notices_default", names=names)
        if rule.decided_by == "board":
            lines.append(self.say("board"))
        if rule.overruling is not None and rule.rule in ("objection", "consent"):
            lines.append(self.say(self.overruling(), clause=rule.overruling.clause))
            lines += self.readings(rule.overruling)
        lines += self.besides().values()
        for part in (rule.emergency, rule.revocation):
            lines += self.readings(part)
        if rule.region is not None:
            region = self.places(rule.region.inside)
            lines.append(self.say(f"region_{rule.region.outside}", region=region, clause=rule.region.clause))
            if rule.region.safeguards:
                lines.append(self.say("region_with_safeguards", clause=rule.region.safeguarded))
            lines += self.readings(rule.region)
        lines += [self.whole(partial(OfSubprocessors.flag, one=one)) for one in rule.flags]
        if rule.binding_clause:
            lines.append(self.say("bound", clause=rule.binding_clause))
        if rule.register:
            names = ", ".join(entry.name for entry in rule.register)
            lines.append(self.say("register", names=names.removesuffix(".")))
        for entry in rule.register if self.facts is None else ():
            wanted = (name for name in ("incomplete", "note") if getattr(entry, name))
            lines += [self.whole(partial(OfSubprocessors.of_entry, entry=entry, name=name)) for name in wanted]
        return lines

    def of_entry(self, entry: RegisterEntry, name: str) -> str:
        """What is to be known of a subprocessor that the agreement names."""
        return f"{entry.name}: {self.besides_text(entry, name)}"

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

    def work(self, one: RegisterEntry) -> str:
        """What a subprocessor of the register does; that it is named where nothing more is said."""
        service = self.own(one, "service")
        return ", ".join(said for said in (service, *map(self.service, one.services)) if said) or self.say("listed")
