"""How an agreement begins, counts, ends and changes, in sentences."""

from functools import partial

from workflows.terms.counting import calendar_of
from workflows.terms.law import law_rules
from workflows.terms.model import (
    Survival,
    TerminationRight,
)
from workflows.terms.names import ALTERNATIVE
from workflows.terms.phrases import country_words, rule_title, zone_words
from workflows.terms.telling.sentences import RuleTeller
from workflows.time.calendars import WEEK
from workflows.time.legal_days import NONE
from workflows.words import locale_of


class OfLife(RuleTeller):
    """Counting, beginning, ending and changing the agreement."""

    def counting(self) -> list[str]:
        """How days are counted: zone, holidays, last days, working days, the end of a business day."""
        terms, said = self.terms, self.terms.counting
        zone = zone_words(terms.zone, self.lang)
        lines = [
            self.say("counting", zone=zone, country=country_words(terms.calendar, self.lang))
            if terms.calendar != NONE
            else self.say("counting_without", zone=zone)
        ]
        bare = "" if terms.calendar != NONE else "_weekend"  # without holidays none is a free day
        free = {"free": self.say(f"free_days{bare}"), "open": self.say(f"open_day{bare}")}
        if said is None:
            return [*lines, self.say("counting_protective", **free)]
        where = self.clause(said.clause) if said.clause else ""
        ground = ", ".join(one for one in (said.law, where) if one)
        written = ground and (said.moves or said.law)
        works = "_works" if calendar_of(terms).manner.moves_to_working_days and said.moved != "none" else ""
        moved = f"counting_{said.moved}{works}" if written else "counting_protective"
        lines.append(self.say(moved, ground=ground, **free))
        rests = f" ({where})" if where else ""
        if said.holidays or said.working_days:
            names = locale_of(self.lang).days["stand-alone"]["wide"]
            days = self.listed(names[WEEK.index(day)] for day in said.week)
            place = said.holidays or terms.calendar
            worked = (
                self.say("working_days", days=days, country=country_words(place, self.lang), ground=rests)
                if place != NONE
                else self.say("working_days_all", days=days, ground=rests)
            )
            lines.append(worked)
        if said.day_ends:
            lines.append(self.say("day_ends", hour=said.day_ends, ground=rests))
        if said.last_day_ends == "business_day":
            lines.append(self.say("day_ends_last", ground=rests))
        return [*lines, *self.clause_itself(said, lines), *self.readings(said)]

    def working_days_taken(self) -> list[str]:
        """What the program takes for a working day where periods are counted in them and nobody wrote it."""
        said = self.terms.counting
        written = said is not None and (said.holidays or said.working_days)
        counted = (*self.terms.rules.values(), *law_rules(self.terms).values())
        if written or not any((rule.period or "").endswith("WD") for rule in counted):
            return []
        place = self.terms.calendar
        if place == NONE:
            return self.own_choice("working_days_default_all")
        return self.own_choice("working_days_default", country=country_words(place, self.lang))

    def chosen(self) -> list[str]:
        """How the text stands to others, and the law and the court that the parties chose."""
        names = (name for name in ("role_of_document", "governing_law", "court") if getattr(self.terms, name))
        return [self.whole(partial(OfLife.chosen_text, name=name)) for name in names]

    def chosen_text(self, name: str) -> str:
        """One of them."""
        return self.say(name, text=self.own(self.terms, name).rstrip("."))

    def _life(self) -> list[str]:
        entry, ending = self.terms.entry, self.terms.ending
        lines = [
            *self.chosen(),
            self.say(entry.event, clause=entry.clause),
            *self.entry_period(),
            *self.readings(entry),
            *self.ends(),
            *self.own_choice("several_default"),
            self.say(self.apart(), clause=ending.separate_clause),
            *self.readings(ending, "separate_reading", "reading"),
        ]
        if ending.services_separately:
            lines.append(self.say("services"))
        for right in ending.rights:
            whose = right.ground == "breach_of_law" and not right.party
            lines += [self.right(right), *(self.own_choice("whose_default") if whose else ()), *self.readings(right)]
        lines += self._rules("ending.")
        lines += [self.whole(partial(OfLife.survival, one=one)) for one in ending.survives]
        return lines

    def ends(self) -> list[str]:
        """Until when it is in force; what nobody wrote is the program's own, and said so."""
        ending = self.terms.ending
        if ending.in_force_until:
            return [self.say(f"ends_{ending.in_force_until}", clause=ending.clause)]
        return [self.say("ends_unsaid", clause=ending.clause), *self.own_choice("ends_default")]

    def entry_period(self) -> list[str]:
        """That the agreement may be objected to before it begins, where it may."""
        entry = self.terms.entry
        if entry.period is None:
            return []
        return [self.say("entry_period", length=self.length(entry.period), clause=entry.clause)]

    def survival(self, one: Survival) -> str:
        """A duty that outlives the agreement."""
        duty = self.own(one, "duty")
        length = self.length(one.period) if one.period is not None else ""
        return self.say(f"survives_{one.until}", duty=duty, length=length, clause=one.clause)

    def apart(self) -> str:
        """The key of the sentence on ending apart; what nobody wrote is the program's own, and said so."""
        ending = self.terms.ending
        if ending.separate_termination:
            return "separable" if ending.separate_clause else "separable_bare"
        if not ending.separate_clause:
            return "inseparable_default"
        return "inseparable_read" if ending.separate_reading else "inseparable"

    def right(self, right: TerminationRight) -> str:
        """A right to end: whose it is and what falls with it; where this agreement goes on, it does not fall."""
        who = self.say("either") if right.whose == "either" else self.party(right.whose)
        goes_on = right.ends == "main_contract" and self.terms.ending.in_force_until == "last_data"
        what = self.say("main_contract_alone" if goes_on else right.ends)
        said = [self.say(f"right_{self.arises(right)}", who=who, what=what, clause=right.clause)]
        if right.form != "any":
            said.append(self.say(f"right_{right.form}"))
        if right.reasons:
            said.append(self.say("right_reasons"))
        if right.period is not None:
            length = self.length(right.period)
            counted = right.ground == "objection"
            said.append(
                self.say("right_open_for", length=length, start=self.opens())
                if counted
                else self.say("right_open_uncounted", length=length)
            )
        if right.takes_effect != "receipt":
            length = self.length(right.effect_period) if right.effect_period is not None else ""
            said.append(self.say(f"right_effect_{right.takes_effect}", length=length))
        if right.refund != "unsaid":
            said.append(self.say(f"right_refund_{right.refund}", clause=right.refund_clause))
        return " ".join(said)

    def opens(self) -> str:
        """From what the time runs for which the right over an objection stays open: from that, or where the text gives
        time to seek a solution, from the end of it."""
        sought = self.terms.rules.get(ALTERNATIVE)
        if sought is None or not sought.ends:
            return self.said("event.objection")
        return self.say("after", other=rule_title(ALTERNATIVE, self.lang))

    def arises(self, right: TerminationRight) -> str:
        """The key of the ground of a right: no solution has to fail where none is sought, and no change has to weigh
        where the text does not say which do."""
        if right.ground == "objection" and ALTERNATIVE not in self.terms.rules:
            return "objection_bare"
        if right.ground == "amendment" and not self.terms.amendment.significant:
            return "amendment_any"
        return right.ground

    def changing(self) -> str:
        """The key of the sentence on how the text changes."""
        amendment = self.terms.amendment
        return f"unilateral_{amendment.only_on}" if amendment.only_on else amendment.how

    def _amendment(self) -> list[str]:
        amendment = self.terms.amendment
        lines = [self.say(self.changing(), clause=amendment.clause)]
        if amendment.form != "any":
            lines.append(self.say(f"amendment_{amendment.form}", clause=amendment.clause))
        if amendment.how == "silent" and amendment.clause:
            lines.append(self.say("silent_beside", clause=amendment.clause))
        if amendment.significant:
            names = self.listed(self.say(f"significant_{one}") for one in amendment.significant)
            lines.append(self.say("significant", names=names, clause=amendment.clause))
        lines += self.readings(amendment)
        if amendment.measures:
            lines.append(self.say(f"measures_{amendment.measures}", clause=amendment.measures_clause))
        if "consult" in (amendment.how, amendment.measures):
            lines += self.own_choice("consult_default")
        return [*lines, *self._rules("amendment.")]
