"""How subprocessors come in and where they may work, in sentences."""

from functools import partial
from typing import Final

from workflows.terms.law import authorisation
from workflows.terms.model import (
    CountryFlag,
    Region,
    RegisterEntry,
)
from workflows.terms.phrases import country_words
from workflows.terms.selected import region_of
from workflows.terms.telling.sentences import RuleTeller

NOTICES_GO_TO: Final = ("contract", "privacy")
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
        names = self.listed(self.say(f"role_{one}") for one in self.terms.notice_contacts)
        if self.terms.notice_contacts == NOTICES_GO_TO:
            lines += self.own_choice("notices_default", names=names)
        else:
            lines.append(self.say("notices_to", names=names))
        if rule.decided_by == "board":
            lines.append(self.say("board"))
        if rule.overruling is not None and rule.rule in ("objection", "consent"):
            lines.append(self.say(self.overruling(), clause=rule.overruling.clause))
            lines += self.readings(rule.overruling)
        if rule.rule == "termination_right" and rule.waits_for_right:
            lines += self.own_choice("waits_default")
        for name, said in self.besides().items():
            lines.append(said)
            part = {"emergency": rule.emergency, "revocation": rule.revocation}.get(name)
            if part is not None and (name != "emergency" or rule.rule == "objection"):
                lines += self.own_choice(f"{name}_default")
            lines += self.readings(part)
        if rule.region is not None:
            if rule.region.field:
                region = self.places(rule.region.inside)
                lines.append(self.say("region_selected", region=region, clause=rule.region.clause))
            lines.append(self.region(rule.region))
            if rule.region.safeguards:
                lines.append(self.say("region_with_safeguards", clause=rule.region.safeguarded))
            if rule.region.safeguarded:
                lines += self.own_choice("safeguards_default")
            lines += self.readings(rule.region)
        lines += [self.whole(partial(OfSubprocessors.flag, one=one)) for one in rule.flags]
        if rule.binding_clause:
            lines.append(self.say("bound", clause=rule.binding_clause))
        lines += [self.whole(partial(OfSubprocessors.named_already, entry=entry)) for entry in rule.register]
        for entry in rule.register if self.facts is None else ():
            wanted = (name for name in ("incomplete", "note") if getattr(entry, name))
            lines += [self.whole(partial(OfSubprocessors.of_entry, entry=entry, name=name)) for name in wanted]
        return lines

    def region(self, one: Region) -> str:
        """Where a subprocessor may work; where the customer selects, the places that this agreement selected."""
        found = region_of(self.terms, self.facts or {}) if one.field else one
        if found is None or not found.inside:
            return self.say(f"region_{one.outside}", region=self.say("region_own"), clause=one.clause)
        return self.say(f"region_{one.outside}", region=self.places(found.inside), clause=one.clause)

    def named_already(self, entry: RegisterEntry) -> str:
        """A subprocessor that the agreement names: also by which other names, for what and where."""
        also = [self.say("register_also", names=self.listed(entry.aliases))] if entry.aliases else []
        what = (self.own(entry, "service") or ", ".join(map(self.service, entry.services)),)
        place = country_words(entry.country, self.lang) if entry.country else ""
        said = ", ".join((entry.name, *also, *(one for one in (*what, place) if one)))
        return self.say("register", text=said.removesuffix("."), clause=entry.clause)

    def of_entry(self, entry: RegisterEntry, name: str) -> str:
        """What is to be known of a subprocessor that the agreement names."""
        return self.say("of_name", name=entry.name, said=self.besides_text(entry, name))

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
        """The key of the sentence on going on against an objection: what is a reading of the text is said as one."""
        rules = self.terms.subprocessors
        found = rules.over_objection
        if found.allowed:
            return "overruling_read" if found.reading else "overruling"
        if rules.rule == "consent":
            return "no_overruling_consent"
        if not found.reading:
            return "no_overruling"
        follows = any(right.ground == "objection" for right in self.terms.ending.rights)
        return "no_overruling_beside" if follows else "no_overruling_read"

    def besides(self) -> dict[str, str]:
        """What else the text says of engaging a subprocessor, each by the key of its sentence."""
        rules = self.terms.subprocessors
        found = {
            name: self.say(name, clause=part.clause)
            for name, part in (("emergency", rules.emergency), ("revocation", rules.revocation))
            if part is not None
        }
        if rules.refusal_needs_reason:
            found["refusal_reason"] = self.say("refusal_reason", clause=rules.clause)
        if not rules.waits_for_right:
            found["begins_beside"] = self.say("begins_beside")
        return found

    def work(self, one: RegisterEntry) -> str:
        """What a subprocessor of the register does; that it is named where nothing more is said."""
        service = self.own(one, "service")
        return ", ".join(said for said in (service, *map(self.service, one.services)) if said) or self.say("listed")
