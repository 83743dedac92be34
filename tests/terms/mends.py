"""For whatever the checker may find: the smallest file in which it does, and that file as its message has it mended.

A case changes the least file there is: `wrong` is what brings the problem, `mended` what one does who takes the message
at its word. Keys of a change are paths, with strokes between the names; `GONE` takes a key away.
"""

import copy
from collections.abc import Mapping
from typing import Any, Final

import msgspec

GONE: Final = object()
Changes = Mapping[str, Any]

LEAST: Final[Mapping[str, Any]] = {
    "id": "least",
    "version": "1",
    "title": "The least that a file may say",
    "language": "en",
    "zone": "Europe/Amsterdam",
    "calendar": "NL",
    "entry": {"event": "main_contract_start", "clause": "1"},
    "ending": {"clause": "10"},
    "amendment": {"how": "silent"},
    "subprocessors": {"rule": "information", "clause": "7"},
    "end": {"data": "erase", "clause": "11"},
    "rules": {
        "breach.notice": {"clause": "9", "party": "processor", "starts": "aware"},
        "end.erasure": {"clause": "11", "party": "processor", "starts": "end"},
    },
}

OBJECTION: Final[Changes] = {
    "subprocessors/rule": "objection",
    "subprocessors/overruling": {"allowed": False, "clause": "7"},
    "rules/subprocessor.objection": {"clause": "7", "party": "controller", "starts": "receipt"},
}
CONSENT: Final[Changes] = {
    "subprocessors/rule": "consent",
    "rules/subprocessor.consent": {"clause": "7", "party": "controller", "starts": "receipt"},
}
UNSAID: Final[Changes] = {"subprocessors": {"rule": "unsaid"}}
UNILATERAL: Final[Changes] = {"amendment": {"how": "unilateral", "clause": "12"}}
OVER: Final = "subprocessors/overruling"
ERASURE: Final = "rules/end.erasure"
NOTICE: Final = "rules/breach.notice"


class Mend(msgspec.Struct, frozen=True, kw_only=True):
    """`said`: how the message reads, a part of it at least."""

    said: str
    wrong: Changes
    mended: Changes


def changed(*changes: Changes) -> dict[str, Any]:
    """The least file with all of these changes, one after the other."""
    made: dict[str, Any] = copy.deepcopy(dict(LEAST))
    for one in changes:
        for path, value in one.items():
            *above, name = path.split("/")
            table = made
            for part in above:
                table = table.setdefault(part, {})
            if value is GONE:
                table.pop(name, None)
            else:
                table[name] = copy.deepcopy(value)
    return made


def right(ground: str, **more: Any) -> dict[str, Any]:
    return {"ground": ground, "clause": "14", "ends": "agreement", **more}


def rule(party: str, starts: str, **more: Any) -> dict[str, Any]:
    return {"clause": "5", "party": party, "starts": starts, **more}


def penalty(**more: Any) -> dict[str, Any]:
    return {"clause": "18", "per": "lateness", "damages": "reserved", **more}


def audit(**more: Any) -> dict[str, Any]:
    return {"clause": "13", **more}


MENDS: Final = (
    # The shape.
    Mend(said='is missing: write title = "…"', wrong={"title": GONE}, mended={"title": "Text"}),
    Mend(said="is missing: write the table [end]", wrong={"end": GONE}, mended={"end": LEAST["end"]}),
    Mend(said='is missing: write data = "choice", "erase" or "return_first"',
         wrong={"end": {"clause": "11"}}, mended={"end": {"clause": "11", "data": "erase"}}),
    Mend(said="is missing: write allowed = true or false",
         wrong={**OBJECTION, OVER: {"clause": "7"}}, mended={OVER: {"clause": "7", "allowed": True}}),
    Mend(said='is missing: write inside = ["…"]',
         wrong={"subprocessors/region": {"outside": "refuse", "clause": "7"}},
         mended={"subprocessors/region/inside": ["NL"]}),
    Mend(said="is empty: write it out", wrong={"title": " "}, mended={"title": "Text"}),
    Mend(said="is not a key of a terms file. Did you mean calendar?",
         wrong={"calender": "NL", "calendar": GONE}, mended={"calendar": "NL", "calender": GONE}),
    Mend(said="is not a key of a terms file. Known here:",
         wrong={"entry/qqq": "x"}, mended={"entry/qqq": GONE}),
    Mend(said="is 'mistake': write ", wrong={"language": "mistake"}, mended={"language": "de"}),
    Mend(said="must be a text in quotes, not a number", wrong={"version": 1}, mended={"version": "1"}),
    Mend(said="must be true or false, not a text in quotes",
         wrong={"end/declaration": "yes", "end/declaration_clause": "11"}, mended={"end/declaration": True}),
    Mend(said="must be a table, not a text in quotes: write [end] and its keys below it",
         wrong={"end": "erase"}, mended={"end": LEAST["end"]}),
    Mend(said='must be a table, not a text in quotes: write [rules."end.erasure"] and its keys below it',
         wrong={ERASURE: "P30D"}, mended={ERASURE: LEAST["rules"]["end.erasure"]}),
    Mend(said='must be a list in square brackets, not a text in quotes: write ["…"]',
         wrong={"notice_contacts": "contract"}, mended={"notice_contacts": ["contract"]}),
    Mend(said="must be a list of tables, not a table: write [[statements]] and the keys of one below it",
         wrong={"statements": {"id": "A", "clause": "1", "text": "x"}},
         mended={"statements": [{"id": "A", "clause": "1", "text": "x"}]}),
    Mend(said="must be a table, not a text in quotes: write [[statements]] and its keys below it",
         wrong={"statements": ["x"]}, mended={"statements": [{"id": "A", "clause": "1", "text": "x"}]}),
    Mend(said="is no language: write nl, en, de or fr",
         wrong={"statements": [{"id": "A", "clause": "1", "text": {"it": "x"}}]},
         mended={"statements": [{"id": "A", "clause": "1", "text": {"de": "x"}}]}),
    Mend(said="is empty: write it out",
         wrong={"statements": [{"id": "A", "clause": "1", "text": {"de": ""}}]},
         mended={"statements": [{"id": "A", "clause": "1", "text": {"de": "x"}}]}),
    Mend(said="is empty: write a text in quotes, or a table with one for each language",
         wrong={"statements": [{"id": "A", "clause": "1", "text": {}}]},
         mended={"statements": [{"id": "A", "clause": "1", "text": "x"}]}),
    Mend(said="has 4001 characters: at most 4000 are taken", wrong={"title": "x" * 4001}, mended={"title": "x" * 4000}),
    Mend(said="holds a control or invisible character: remove it", wrong={"title": "a\u200bb"}, mended={"title": "ab"}),
    Mend(said="has a line break: write it on one line",
         wrong={"end/clause": "11\n12"}, mended={"end/clause": "11, 12"}),
    Mend(said="has 1001 entries: at most 1000 are taken",
         wrong={"services": {f"s{one}": "x" for one in range(1001)}},
         mended={"services": {f"s{one}": "x" for one in range(1000)}}),
    Mend(said="write a name of at most 80 characters", wrong={"services": {"x" * 81: "x"}},
         mended={"services": {"x" * 80: "x"}}),
    Mend(said="write a name that can be seen", wrong={"services": {" ": "x"}}, mended={"services": {"a": "x"}}),
    # The head.
    Mend(said="'My Agreement' is no id: write at most 63 small letters",
         wrong={"id": "My Agreement"}, mended={"id": "my-agreement"}),
    Mend(said="is no version: write at most 40 letters, digits", wrong={"version": "v 1"}, mended={"version": "v-1"}),
    Mend(said="is not a time zone: write an IANA name such as Europe/Amsterdam",
         wrong={"zone": "Amsterdam"}, mended={"zone": "Europe/Amsterdam"}),
    Mend(said="'EST' names no place", wrong={"zone": "EST"}, mended={"zone": "America/New_York"}),
    Mend(said="There is no calendar of 'UK'. Did you mean GB?", wrong={"calendar": "UK"}, mended={"calendar": "GB"}),
    Mend(said="No list of the legal holidays of 'DE-XX' has been reviewed.",
         wrong={"calendar": "DE-XX"}, mended={"calendar": "DE-BY"}),
    Mend(said="No list of the legal holidays of 'NL-NH' has been reviewed. Of the Netherlands there is NL alone",
         wrong={"calendar": "NL-NH"}, mended={"calendar": "NL"}),
    Mend(said="is empty: name the roles that notices go to",
         wrong={"notice_contacts": []}, mended={"notice_contacts": ["contract"]}),
    Mend(said="'30 days' is not a period. Write one whole number",
         wrong={"entry/period": "30 days"}, mended={"entry/period": "P30D"}),
    Mend(said="cannot be used: write a number up to",
         wrong={"entry/period": "P99999D"}, mended={"entry/period": "P99D"}),
    # Counting.
    Mend(said="is no protective reading, so name the law or the clause", wrong={"counting": {"moves": "both"}},
         mended={"counting": {"moves": "both", "law": "§ 193 BGB"}}),
    Mend(said="is missing: name the clause or the law, or say as a reading why", wrong={"counting": {}},
         mended={"counting": {"reading": "the text does not say it"}}),
    Mend(said="is empty: name the days of the week", wrong={"counting": {"clause": "1", "working_days": []}},
         mended={"counting/working_days": ["monday"]}),
    Mend(said="has 'monday' 2 times: keep one", wrong={"counting": {"clause": "1", "working_days": ["monday"] * 2}},
         mended={"counting/working_days": ["monday"]}),
    Mend(said="There is no calendar of 'XX'. Write AT", wrong={"counting": {"clause": "1", "holidays": "XX"}},
         mended={"counting/holidays": "AT"}),
    Mend(said='is no time of day: write for instance "17:00"', wrong={"counting": {"clause": "1", "day_ends": "5 pm"}},
         mended={"counting/day_ends": "17:00"}),
    Mend(said="ends at an hour: write day_ends beside it",
         wrong={"counting": {"clause": "1", "last_day_ends": "business_day"}}, mended={"counting/day_ends": "17:00"}),
    # Rules.
    Mend(said="is not a rule that agreements have. Did you mean end.erasure?",
         wrong={"rules/end.erasures": LEAST["rules"]["end.erasure"], ERASURE: GONE},
         mended={ERASURE: LEAST["rules"]["end.erasure"], "rules/end.erasures": GONE}),
    Mend(said="is not a rule that agreements have. Known: breach.notice",
         wrong={"rules/xyz": rule("processor", "end")}, mended={"rules/xyz": GONE}),
    Mend(said="must be small letters, digits and _, such as contact_details",
         wrong={"rules/retention.Call Records": rule("processor", "record")},
         mended={"rules/retention.Call Records": GONE, "rules/retention.call_records": rule("processor", "record")}),
    Mend(said="is 'other': write 'calls' as the category, or leave it out",
         wrong={"rules/retention.calls": rule("processor", "record", category="other")},
         mended={"rules/retention.calls/category": "calls"}),
    Mend(said="goes with a retention rule alone: leave it out", wrong={f"{ERASURE}/category": "calls"},
         mended={f"{ERASURE}/category": GONE}),
    Mend(said="is 'controller': this rule is the processor's, write 'processor'",
         wrong={f"{NOTICE}/party": "controller"}, mended={f"{NOTICE}/party": "processor"}),
    Mend(said="is 'end': this rule runs from 'discovery' or 'aware'",
         wrong={f"{NOTICE}/starts": "end"}, mended={f"{NOTICE}/starts": "discovery"}),
    Mend(said="has period and immediately: keep one of them",
         wrong={f"{NOTICE}/period": "PT24H", f"{NOTICE}/immediately": True}, mended={f"{NOTICE}/immediately": GONE}),
    Mend(said="goes with audit.next alone: write a period", wrong={f"{ERASURE}/calendar_year": True},
         mended={f"{ERASURE}/calendar_year": GONE, f"{ERASURE}/period": "P1Y"}),
    Mend(said="has a period: leave it out", wrong={f"{ERASURE}/minimum": True}, mended={f"{ERASURE}/minimum": GONE}),
    Mend(said="consent has no window", wrong={**CONSENT, "rules/subprocessor.consent/period": "P30D"},
         mended={"rules/subprocessor.consent/period": GONE}),
    Mend(said="is no time at all: write immediately = true", wrong={f"{ERASURE}/period": "P0D"},
         mended={f"{ERASURE}/period": GONE, f"{ERASURE}/immediately": True}),
    Mend(said="bounds a period or a field: write one of them beside it",
         wrong={"rules/retention.calls": rule("processor", "record", earlier_of_cancellation="P2W")},
         mended={"rules/retention.calls/period": "P1M"}),
    Mend(said="goes with shown_from, and says what that date is", wrong={f"{NOTICE}/shown_as": "a date"},
         mended={f"{NOTICE}/shown_from": "discovered_at"}),
    Mend(said="is no declared field: add it under [[fields]]", wrong={f"{ERASURE}/field": "end.erasure"},
         mended={"fields": [{"name": "end.erasure", "kind": "duration", "clause": "11", "text": "x"}]}),
    Mend(said="is a date: a clock needs a duration",
         wrong={f"{ERASURE}/field": "end.erasure",
                "fields": [{"name": "end.erasure", "kind": "date", "clause": "11", "text": "x"}]},
         mended={"fields": [{"name": "end.erasure", "kind": "duration", "clause": "11", "text": "x"}]}),
    Mend(said="and the rule that it follows runs from 'request': write the same event",
         wrong={f"{ERASURE}/follows": "end.return", "rules/end.return": rule("processor", "request", period="P1M")},
         mended={f"{ERASURE}/starts": "request"}),
    Mend(said="goes round in a circle through 'end.erasure': let one of them run from an event",
         wrong={f"{ERASURE}/starts": "after:end.return", f"{ERASURE}/period": "P1M",
                "rules/end.return": rule("processor", "after:end.erasure", period="P1M")},
         mended={"rules/end.return/starts": "end"}),
    Mend(said="'end.returns' is no rule of this file: write one that is. Did you mean end.return?",
         wrong={f"{ERASURE}/starts": "after:end.returns", f"{ERASURE}/period": "P1M",
                "rules/end.return": rule("processor", "end", period="P1M")},
         mended={f"{ERASURE}/starts": "after:end.return"}),
    Mend(said="says from what, and not how long: write a period",
         wrong={f"{ERASURE}/starts": "after:end.return", "rules/end.return": rule("processor", "end", period="P1M")},
         mended={f"{ERASURE}/period": "P1M"}),
    Mend(said="is missing: write the rule, and leave out its period", wrong={ERASURE: GONE},
         mended={ERASURE: LEAST["rules"]["end.erasure"]}),
    Mend(said='has no clock: write the rule [rules."retention.calls"]',
         wrong={"retention": [{"category": "calls", "text": "x", "clause": "3"}]},
         mended={"rules/retention.calls": rule("processor", "record")}),
    Mend(said='add [[matters]] with kind = "information" and raised_by = "controller"',
         wrong={"rules/matter.information": rule("processor", "request")},
         mended={"matters": [{"kind": "information", "clause": "5", "raised_by": "controller"}]}),
    Mend(said="says how soon a matter is answered that is due at once: keep one of the two",
         wrong={"rules/matter.information": rule("processor", "request"),
                "matters": [{"kind": "information", "clause": "5", "raised_by": "controller", "at_once": True}]},
         mended={"rules/matter.information": GONE}),
    # Subprocessors.
    Mend(said='contradicts subprocessors.rule = "consent", under which silence is a no',
         wrong={**CONSENT, "rules/subprocessor.objection": rule("controller", "receipt")},
         mended={"rules/subprocessor.objection": GONE}),
    Mend(said='contradicts subprocessors.rule = "information", which gives no right to object',
         wrong={"rules/subprocessor.objection": rule("controller", "receipt")},
         mended={"rules/subprocessor.objection": GONE}),
    Mend(said='goes with subprocessors.rule = "termination_right", and not with',
         wrong={"rules/subprocessor.termination": rule("controller", "receipt")},
         mended={"rules/subprocessor.termination": GONE}),
    Mend(said="follows an objection, which", wrong={"rules/subprocessor.alternative": rule("processor", "objection")},
         mended={"rules/subprocessor.alternative": GONE}),
    Mend(said='speaks of what subprocessors.rule = "unsaid" is silent on',
         wrong={**UNSAID, "rules/subprocessor.notice": rule("processor", "sending", period="P30D")},
         mended={"subprocessors": LEAST["subprocessors"]}),
    Mend(said="goes with [subprocessors.emergency], which names the clause",
         wrong={"rules/subprocessor.emergency": rule("processor", "engagement")},
         mended={"subprocessors/emergency": {"clause": "7"}}),
    Mend(said="goes with what the text says, and not with", wrong={**UNSAID, "subprocessors/emergency": {"clause": "7"},
                                                                "rules/subprocessor.emergency": GONE},
         mended={"subprocessors/emergency": GONE}),
    Mend(said='is missing: name the clause, or write rule = "unsaid"', wrong={"subprocessors": {"rule": "information"}},
         mended={"subprocessors": {"rule": "unsaid"}}),
    Mend(said="is missing: say with allowed and clause whether", wrong={**OBJECTION, OVER: GONE},
         mended={OVER: {"allowed": False, "clause": "7"}}),
    Mend(said="takes back a consent, and this file asks for none", wrong={"subprocessors/revocation": {"clause": "7"}},
         mended={"subprocessors/revocation": GONE}),
    Mend(said='goes with outside = "consent", for "refuse" says it already',
         wrong={"subprocessors/region": {"inside": ["EEA"], "outside": "refuse", "clause": "7", "safeguards": True}},
         mended={"subprocessors/region/safeguards": GONE}),
    Mend(said="is empty: name countries, or a group such as EEA",
         wrong={"subprocessors/region": {"inside": [], "outside": "refuse", "clause": "7"}},
         mended={"subprocessors/region/inside": ["EEA"]}),
    Mend(said="'UK' is not a country code: write 'GB'",
         wrong={"subprocessors/region": {"inside": ["UK"], "outside": "refuse", "clause": "7"}},
         mended={"subprocessors/region/inside": ["GB"]}),
    Mend(said="'Europe' is not a country code: write two capital letters of ISO 3166-1, such as NL, or a group: EU",
         wrong={"subprocessors/flags": [{"inside": ["Europe"], "clause": "7", "text": "x"}]},
         mended={"subprocessors/flags": [{"inside": ["EU"], "clause": "7", "text": "x"}]}),
    Mend(said="'Spain' is not a country code: write two capital letters",
         wrong={"subprocessors/register": [{"name": "A", "clause": "7", "country": "Spain"}]},
         mended={"subprocessors/register": [{"name": "A", "clause": "7", "country": "ES"}]}),
    Mend(said="has 'pia' 2 times: keep one",
         wrong={"subprocessors/register": [{"name": "Pia", "clause": "7"}, {"name": "pia", "clause": "7"}]},
         mended={"subprocessors/register": [{"name": "Pia", "clause": "7"}]}),
    # Rights to end.
    Mend(said="has the ground 'breach_of_law' 2 times: keep one", wrong={"ending/rights": [right("breach_of_law")] * 2},
         mended={"ending/rights": [right("breach_of_law")]}),
    Mend(said='add one under [[ending.rights]] with ground = "overruled_objection"',
         wrong={**OBJECTION, OVER: {"allowed": True, "clause": "7", "then": "termination"}},
         mended={"ending/rights": [right("overruled_objection")]}),
    Mend(said="follows from overruling, which is not allowed: write allowed = true",
         wrong={**OBJECTION, OVER: {"allowed": False, "clause": "7", "then": "termination"},
                "ending/rights": [right("overruled_objection")]},
         mended={f"{OVER}/allowed": True}),
    Mend(said="is true, but a consent that was refused cannot be overruled: write false",
         wrong={**CONSENT, OVER: {"allowed": True, "clause": "7"}}, mended={f"{OVER}/allowed": False}),
    Mend(said="is true, but there is no objection to overrule: write false",
         wrong={OVER: {"allowed": True, "clause": "7"}}, mended={f"{OVER}/allowed": False}),
    Mend(said='which never comes up: write then = "termination" under [subprocessors.overruling]',
         wrong={**OBJECTION, OVER: {"allowed": True, "clause": "7"}, "ending/rights": [right("overruled_objection")]},
         mended={f"{OVER}/then": "termination"}),
    Mend(said='the ground "amendment" goes with the rule "amendment.termination"',
         wrong={**UNILATERAL, "ending/rights": [right("amendment")]},
         mended={"rules/amendment.termination": rule("controller", "receipt")}),
    Mend(said='the ground "not_cured" goes with the rule "ending.cure"', wrong={"ending/rights": [right("not_cured")]},
         mended={"rules/ending.cure": rule("processor", "receipt", period="P30D")}),
    Mend(said="a right to end and significant changes go with 'unilateral'",
         wrong={"amendment": {"how": "joint", "clause": "12", "significant": ["place"]}},
         mended={"amendment/how": "unilateral"}),
    Mend(said='is missing: name the clause, or write how = "silent"', wrong={"amendment": {"how": "joint"}},
         mended={"amendment/clause": "12"}),
    Mend(said="goes with measures, where the text says something of them",
         wrong={"amendment": {"how": "joint", "clause": "12", "measures": "joint"}},
         mended={"amendment/measures_clause": "12"}),
    Mend(said='the ground "subprocessor" goes with subprocessors.rule = "termination_right"',
         wrong={"ending/rights": [right("subprocessor")]}, mended={"ending/rights": GONE}),
    Mend(said='the ground "objection" goes with subprocessors.rule = "objection": leave it out',
         wrong={"ending/rights": [right("objection")]}, mended={"ending/rights": GONE}),
    Mend(said='is that of the rule "amendment.termination" here: write it there',
         wrong={**UNILATERAL, "ending/rights": [right("amendment", period="P1M")],
                "rules/amendment.termination": rule("controller", "receipt")},
         mended={"ending/rights": [right("amendment")], "rules/amendment.termination/period": "P1M"}),
    Mend(said='goes with takes_effect = "after"',
         wrong={"ending/rights": [right("breach_of_law", effect_period="P1M")]},
         mended={"ending/rights": [right("breach_of_law", effect_period="P1M", takes_effect="after")]}),
    Mend(said="no subprocessor is engaged because of this ground: write another",
         wrong={"ending/rights": [right("breach_of_law", takes_effect="engagement")]},
         mended={"ending/rights": [right("breach_of_law", takes_effect="receipt")]}),
    Mend(said="goes with what the text says of a refund",
         wrong={"ending/rights": [right("breach_of_law", refund="prepaid")]},
         mended={"ending/rights": [right("breach_of_law", refund="prepaid", refund_clause="14")]}),
    # The beginning, the end, the blanks and the sums.
    Mend(said='goes with event = "named_day" and names the field with that day',
         wrong={"entry/event": "named_day",
                "fields": [{"name": "entry.day", "kind": "date", "clause": "1", "text": "x"}]},
         mended={"entry/field": "entry.day"}),
    Mend(said="is no required field of kind date: add it under [[fields]]",
         wrong={"entry/event": "named_day", "entry/field": "entry.day"},
         mended={"fields": [{"name": "entry.day", "kind": "date", "clause": "1", "text": "x"}]}),
    Mend(said='goes with until = "period"',
         wrong={"ending/survives": [{"duty": "secrecy", "clause": "4", "until": "period"}]},
         mended={"ending/survives": [{"duty": "secrecy", "clause": "4", "until": "period", "period": "P2Y"}]}),
    Mend(said="does not say a day: write days, weeks, months or years, such as P24M",
         wrong={"ending/survives": [{"duty": "secrecy", "clause": "4", "until": "period", "period": "PT24H"}]},
         mended={"ending/survives": [{"duty": "secrecy", "clause": "4", "until": "period", "period": "P1D"}]}),
    Mend(said='goes with data = "choice": leave it out', wrong={"end/without_choice": "erase",
                                                              "end/without_choice_clause": "11"},
         mended={"end/without_choice": GONE, "end/without_choice_clause": GONE}),
    Mend(said="goes with what happens without a choice", wrong={"end/data": "choice", "end/without_choice": "erase"},
         mended={"end/without_choice_clause": "11"}),
    Mend(said="'end.return' is no rule of this file: write that rule, or leave this out",
         wrong={"end/erasure_asked": "end.return"}, mended={"end/erasure_asked": GONE}),
    Mend(said="goes with declaration = true", wrong={"end/declaration": True}, mended={"end/declaration_clause": "11"}),
    Mend(said="goes with a cost that the text names", wrong={"end/cost": "controller"},
         mended={"end/cost_clause": "11"}),
    Mend(said="has 'backups' 2 times: keep one", wrong={"end/holders": [{"name": "backups", "clause": "11"}] * 2},
         mended={"end/holders": [{"name": "backups", "clause": "11"}]}),
    Mend(said="'backups' is no name of a field: write a rule id or another dotted name",
         wrong={"fields": [{"name": "backups", "kind": "duration", "clause": "11", "text": "x"}]},
         mended={"fields": [{"name": "backup.retention", "kind": "duration", "clause": "11", "text": "x"}]}),
    Mend(said="has 'a.b' 2 times: keep one",
         wrong={"fields": [{"name": "a.b", "kind": "text", "clause": "11", "text": "x"}] * 2},
         mended={"fields": [{"name": "a.b", "kind": "text", "clause": "11", "text": "x"}]}),
    Mend(said="has 'A' 2 times: keep one", wrong={"statements": [{"id": "A", "clause": "1", "text": "x"}] * 2},
         mended={"statements": [{"id": "A", "clause": "1", "text": "x"}]}),
    Mend(said='is no amount: write a number below a million in quotes, such as "5"',
         wrong={"audit": audit(free={"clause": "13", "amount": "five"})},
         mended={"audit": audit(free={"clause": "13", "amount": "5"})}),
    Mend(said="is no name of a penalty: write one in small letters that ends in .penalty",
         wrong={"penalties/late": penalty(base="1.00")},
         mended={"penalties": {"late.penalty": penalty(base="1.00")}}),
    Mend(said="is no currency: write its ISO 4217 code, such as NOK. Did you mean EUR?",
         wrong={"penalties/breach.penalty": penalty(base="1.00", currency="Eur")},
         mended={"penalties/breach.penalty/currency": "EUR"}),
    Mend(said='is no amount: write euros with cents and at most nine digits before them, such as "2500.00"',
         wrong={"penalties/breach.penalty": penalty(base="2500")}, mended={"penalties/breach.penalty/base": "2500.00"}),
    Mend(said="goes with lateness and not with violations: leave it out",
         wrong={"penalties/secrecy.penalty": penalty(per="violations", base="1.00", per_hour="1.00")},
         mended={"penalties/secrecy.penalty/per_hour": GONE}),
    Mend(said="is missing: a penalty is a sum, write base or per_hour",
         wrong={"penalties/breach.penalty": penalty()}, mended={"penalties/breach.penalty/base": "5.00"}),
    Mend(said="goes with authority, where the text has a word on it",
         wrong={"breach": {"clause": "9", "authority": "forbidden"}}, mended={"breach/authority_clause": "9"}),
    Mend(said="has 'A' 2 times: keep one",
         wrong={"breach": {"clause": "9", "contents": [{"id": "A", "clause": "9", "text": "x"}] * 2}},
         mended={"breach/contents": [{"id": "A", "clause": "9", "text": "x"}]}),
    # What used to be taken in silence.
    Mend(said="is empty: name somebody or something, or leave it out",
         wrong={"breach": {"clause": "9", "contacts": []}}, mended={"breach/contacts": GONE}),
    Mend(said="contradicts end.data = 'erase', under which nothing is chosen: remove one of the two",
         wrong={"rules/end.choice": rule("controller", "end", period="P14D")}, mended={"rules/end.choice": GONE}),
    Mend(said='is \'pigeon\': write "phone", "email", or both with a comma between them',
         wrong={"rules/breach.notice/channel": "pigeon"}, mended={"rules/breach.notice/channel": "phone, email"}),
    Mend(said="P0D is no time at all: leave it out where there is none",
         wrong={"rules/subprocessor.notice": rule("processor", "receipt", period="P0D")},
         mended={"rules/subprocessor.notice/period": GONE}),
    Mend(said="leaves no time to wait for: write a period, or leave the rule out where there is none",
         wrong={"rules/subprocessor.notice": rule("processor", "receipt", immediately=True)},
         mended={"rules/subprocessor.notice": GONE}),
    Mend(said="is the beginning of the day: leave it out where a business day ends with the day",
         wrong={"counting": {"clause": "1", "day_ends": "00:00"}}, mended={"counting/day_ends": GONE}),
    Mend(said="'UTC' is the time of no place: write the one whose days the agreement means, such as Europe/Lisbon",
         wrong={"zone": "UTC"}, mended={"zone": "Europe/Lisbon"}),
    Mend(said="is no clause that anything in this file rests on", wrong={"printed": {"77": "4"}},
         mended={"printed": GONE}),
    Mend(said="the right over it is the controller's alone; leave it out",
         wrong={**OBJECTION, "ending/rights": [right("objection", party="either")]},
         mended={"ending/rights": [right("objection")]}),
    Mend(said="has 'clause', which is no text of this part: remove it",
         wrong={"entry/in_languages": {"clause": {"en": "9"}}}, mended={"entry/in_languages": GONE}),
)  # fmt: skip
"""Each problem that the checker raises is among them, which a test sees to."""
