"""What becomes of the data, and how long they are kept, in sentences."""

import re
from functools import partial
from typing import Final

from workflows.terms.model import (
    Holder,
    Retention,
)
from workflows.terms.names import RETENTION
from workflows.terms.own import own_or_other
from workflows.terms.phrases import event_words, rule_title
from workflows.terms.telling.sentences import RuleTeller

_BACKUPS: Final = ("backup", "backups")
_RETURN: Final = "end.return"
_FORMAT: Final = re.compile(r"[A-Z0-9][A-Z0-9 .,/+-]*")


class OfData(RuleTeller):
    """The data at the end, and the retention table."""

    def _end(self) -> list[str]:
        end = self.terms.end
        lines = [self.say(f"data_{end.data}", clause=end.clause), *self.unchosen(), *self.readings(end)]
        if end.data == "return_first" and _RETURN not in self.terms.rules:
            lines += self.own_choice("return_unsaid")
        lines += self._rules("end.")
        if end.erasure_asked:
            lines.append(self.say("erasure_asked", other=rule_title(end.erasure_asked, self.lang)))
        if end.return_as:
            lines.append(self.whole(OfData.return_as))
        if end.return_form != "any":
            lines.append(self.say(f"return_{end.return_form}", clause=end.clause))
        if end.render_inaccessible:
            lines.append(self.say("inaccessible", clause=end.clause))
        if end.retention_clause:
            lines.append(self.say("keeps_named", clause=end.retention_clause))
        if end.warn_before_end:
            lines.append(self.say("warned"))
        lines += [self.whole(partial(OfData.held, one=one)) for one in end.holders if not self.kept_apart(one)]
        if end.cost not in ("", "unsaid"):
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
        # That somebody asks is for who keeps the terms; a party is told where it can choose.
        return self.own_choice("unchosen_default" if choice is not None and choice.ends else "unchosen_unsaid")

    def kept_apart(self, one: Holder) -> bool:
        """Whether it stands among the data with a time of their own, where it is told with that."""
        return one.name == "backups" and any(row.category in _BACKUPS for row in self.terms.retention)

    def held(self, one: Holder) -> str:
        """What has to go at the end, of one who holds it."""
        text = self.own(one, "text") or self.say(f"held_by_{one.name}")
        return self.say("held", text=text, clause=one.clause)

    def return_as(self) -> str:
        """In which form data go back."""
        end = self.terms.end
        form, _ = own_or_other(self.terms, end, "return_as", self.lang)
        # What a format is called, as CSV, is in no language.
        said = form if _FORMAT.fullmatch(form) else self.own(end, "return_as")
        return self.say("return_as", form=said, clause=end.clause)

    def _retention(self) -> list[str]:
        rows: list[str] = []
        for row in self.terms.retention:
            rows.append(self.whole(partial(OfData._row, row=row)))
            if row.holders and row.by_processor is None:
                rows += self.own_choice("row_holder_default")
        told = {row.category for row in self.terms.retention}
        names = [name for name in self.terms.rules if name.startswith(RETENTION)]
        return rows + [self._sentence(name) for name in names if name.removeprefix(RETENTION) not in told]

    def _row(self, row: Retention) -> str:
        clock = self.kept_for(row)
        rule = self.terms.rules[RETENTION + row.category]
        said = self.say(
            "row",
            text=self.own(row, "text"),
            at=self.at(row),
            clause="; ".join(dict.fromkeys((row.clause, rule.clause))),
            clock=clock,
        )
        if row.service:
            said = self.say("of_name", name=self.service(row.service), said=said)
        return self.with_readings(said, rule)

    def kept_for(self, row: Retention) -> str:
        """How long the data of a row are kept."""
        name = RETENTION + row.category
        rule = self.terms.rules[name]
        clock = self.when(rule, name)
        if rule.minimum and rule.period is not None:
            clock = self.say("kept_least", length=self.length(rule.period), event=event_words(rule, self.lang))
        elif rule.ends:
            clock = self.say("gone", clock=clock)
        return self.say("while_running", clock=clock) if row.while_running else clock

    def kept(self, row: Retention) -> str:
        """The data of a row, by service and by who holds them."""
        name = self.own(row, "text") + self.at(row)
        return self.say("of_name", name=self.service(row.service), said=name) if row.service else name

    def at(self, row: Retention) -> str:
        """Who holds the data of a row, where the table names anybody: rows of one name are told apart by it."""
        if not row.holders:
            return ""
        holders = ((self.say("row_holder"),) if row.at_processor else ()) + row.holders
        return self.say("row_at", names=self.listed(holders))
