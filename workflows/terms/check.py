"""Whether the rules of a terms file make sense together, beyond having the right shape."""

import re
from typing import Final, get_args

from workflows.errors import BadInput, Problem
from workflows.names import name_keys
from workflows.terms.check_alone import alone, unsaid
from workflows.terms.check_ends import ends
from workflows.terms.check_lists import lists
from workflows.terms.check_parts import parts
from workflows.terms.check_rights import rights
from workflows.terms.countries import country_problem
from workflows.terms.finding import Found, period_problems, unique
from workflows.terms.law import has_rule
from workflows.terms.model import Rule, Starts, Terms
from workflows.terms.names import (
    AFTER_BREACH,
    AFTER_DECISION,
    ALTERNATIVE,
    AUDIT,
    AUDIT_NOTICE,
    CONSENT,
    EMERGENCY,
    LEAVING,
    MATTER_RULE,
    MATTERS,
    OBJECTION,
    OF_KIND,
    RETENTION,
    RULES,
    WAITING,
    RuleName,
    did_you_mean,
    listed,
    rule_name,
)
from workflows.terms.shape import key_path
from workflows.time import calendar_for, check_zone

SLUG: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
VERSION: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_CATEGORY: Final = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_HOUR: Final = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")
LONGEST_ID: Final = 63
_OWN_RULE: Final = {
    "objection": OBJECTION,
    "consent": CONSENT,
    "information": None,
    "termination_right": LEAVING,
    "unsaid": None,
}
"""The rule that each way of engaging a subprocessor rests on."""


def sense_problems(terms: Terms) -> list[Problem]:
    """List what does not hold together; `path` is the key, `message` the remedy."""
    return [Problem(path, message) for path, message in _all(terms)]


def id_problem(name: str) -> str | None:
    """What is wrong with the id of an agreement."""
    if SLUG.fullmatch(name) and len(name) <= LONGEST_ID:
        return None
    return (
        f"{name[:80]!r} is no id: write at most {LONGEST_ID} small letters, digits and "
        "single hyphens between them, such as my-agreement"
    )


def version_problem(version: str) -> str | None:
    """What is wrong with the name of a version."""
    if VERSION.fullmatch(version):
        return None
    return f'{version[:80]!r} is no version: write at most 40 letters, digits, dots, _ and -, such as "1" or "2025-01"'


def _all(terms: Terms) -> Found:
    yield from _head(terms)
    for name, rule in terms.rules.items():
        yield from _rule(terms, name, rule, key_path("rules", name))
    yield from _needed_rules(terms)
    yield from _subprocessors(terms)
    yield from rights(terms)
    yield from parts(terms)
    yield from lists(terms)
    yield from alone(terms)
    yield from ends(terms)
    yield from unique("statements", [statement.id for statement in terms.statements])
    if terms.breach is not None:
        yield from unique("breach.contents", [content.id for content in terms.breach.contents])
        yield from unique("breach.kinds", [kind.id for kind in terms.breach.kinds])
        if bool(terms.breach.authority_clause.strip()) != (terms.breach.authority is not None):
            yield (
                "breach.authority_clause",
                "goes with authority, where the text has a word on it: write both or neither",
            )


def _head(terms: Terms) -> Found:
    if (problem := id_problem(terms.id)) is not None:
        yield "id", problem
    if (problem := version_problem(terms.version)) is not None:
        yield "version", problem
    try:
        check_zone(terms.zone)
    except BadInput as error:
        yield "zone", error.detail.rstrip(".")
    if terms.zone in ("UTC", "Etc/UTC"):
        yield (
            "zone",
            f"{terms.zone!r} is the time of no place: write the one whose days the agreement means, "
            "such as Europe/Lisbon",
        )
    try:
        calendar_for(terms.calendar)
    except BadInput as error:
        yield "calendar", error.detail.rstrip(".")
    yield from _counting(terms)
    if not terms.notice_contacts:
        yield "notice_contacts", "is empty: name the roles that notices go to, such as contract"
    if terms.entry.period is not None:
        yield from period_problems(terms.entry.period, "entry.period", waits=True)


def _counting(terms: Terms) -> Found:
    said = terms.counting
    if said is None:
        return
    if said.moves not in ("", "controller") and not (said.law.strip() or said.clause.strip()):
        yield (
            "counting.law",
            f"is missing: moves = {said.moves!r} is no protective reading, so name the law or the clause that says so",
        )
    if not (said.law.strip() or said.clause.strip() or said.reading.strip()):
        yield "counting.clause", "is missing: name the clause or the law, or say as a reading why it is counted so"
    yield from unique("counting.working_days", said.working_days)
    # By a clause alone a last day moves to these very days; by a law or the protective reading to none of a weekend.
    moving = said.moved != "none" and (said.law.strip() or not said.moves)
    if moving and not {*said.week} - {"saturday", "sunday"}:
        yield (
            "counting.working_days",
            "leaves no day on which a last day may end, as that moves off every Saturday and Sunday: add another day, "
            "or write the clause by which it moves to these working days, with moves",
        )
    if said.holidays:
        try:
            calendar_for(said.holidays)
        except BadInput as error:
            yield "counting.holidays", error.detail.rstrip(".")
    if said.day_ends and not _HOUR.fullmatch(said.day_ends):
        yield "counting.day_ends", f'{said.day_ends[:20]!r} is no time of day: write for instance "17:00"'
    if said.day_ends == "00:00":
        yield "counting.day_ends", "is the beginning of the day: leave it out where a business day ends with the day"
    if said.last_day_ends != "day" and not said.day_ends:
        yield "counting.last_day_ends", 'is "business_day", which ends at an hour: write day_ends beside it'


def _timings(rule: Rule) -> list[str]:
    """Keys of a rule that say how long; at most one may be written."""
    written = {
        "period": rule.period is not None,
        "field": rule.field is not None,
        "follows": rule.follows is not None,
        "immediately": rule.immediately,
        "calendar_year": rule.calendar_year,
    }
    return [key for key, is_written in written.items() if is_written]


def _rule(terms: Terms, name: str, rule: Rule, path: str) -> Found:
    common = rule_name(name)
    category = name.removeprefix(RETENTION) if name.startswith(RETENTION) else ""
    if common is None:
        known = f" Known: {', '.join(RULES)}, {OF_KIND}<kind>, {RETENTION}<category> and {MATTER_RULE}<kind>."
        hint = did_you_mean(name, (*RULES, *MATTERS)) or known
        yield path, f"is not a rule that agreements have.{hint}"
        return
    if name.startswith(RETENTION) and not _CATEGORY.fullmatch(category):
        yield path, f"{category[:40]!r} must be small letters, digits and _, such as contact_details"
    if rule.category and not category:
        yield f"{path}.category", "goes with a retention rule alone: leave it out"
    elif rule.category not in ("", category):
        yield f"{path}.category", f"is {rule.category!r}: write {category!r} as the category, or leave it out"
    if rule.party != common.party:
        yield f"{path}.party", f"is {rule.party!r}: this rule is the {common.party}'s, write {common.party!r}"
    yield from _starts(rule, common, f"{path}.starts")
    timings = _timings(rule)
    if len(timings) > 1:
        yield path, f"has {' and '.join(timings)}: keep one of them, a rule has one length"
    if name == AFTER_BREACH and AUDIT_NOTICE not in terms.rules:
        yield path, f'goes with the rule "{AUDIT_NOTICE}", beside which it stands: write that too'
    if rule.immediately and name in WAITING and name != AFTER_BREACH:
        yield (
            f"{path}.immediately",
            "leaves no time to wait for: write a period, or leave the rule out where there is none",
        )
    if rule.calendar_year and name != AUDIT:
        yield f"{path}.calendar_year", "goes with audit.next alone: write a period"
    if rule.minimum and not (name.startswith((RETENTION, MATTER_RULE)) and rule.period is not None):
        yield f"{path}.minimum", "goes with a retention rule, or an answer to a matter, that has a period: leave it out"
    if name == "subprocessor.consent" and timings:
        yield (
            f"{path}.{timings[0]}",
            "consent has no window, as it never passes by time: leave it out, and say in note what time the text gives",
        )
    yield from _rule_references(terms, name, rule, path, timings)


def _starts(rule: Rule, common: RuleName, path: str) -> Found:
    if rule.starts in common.starts or (rule.after and common.after):
        return
    known = [*map(repr, common.starts), *(["'after:' and another rule"] if common.after else [])]
    hint = "" if rule.starts in get_args(Starts) else did_you_mean(rule.starts, common.starts)
    yield path, f"is {rule.starts[:80]!r}: this rule runs from {listed(known)}.{hint}"


def _rule_references(terms: Terms, name: str, rule: Rule, path: str, timings: list[str]) -> Found:
    if rule.period is not None:
        yield from period_problems(rule.period, f"{path}.period", waits=name in WAITING)
    if rule.earlier_of_cancellation is not None:
        yield from period_problems(rule.earlier_of_cancellation, f"{path}.earlier_of_cancellation", waits=True)
        if "period" not in timings and "field" not in timings:
            yield f"{path}.earlier_of_cancellation", "bounds a period or a field: write one of them beside it"
    if bool(rule.shown_from) != bool(rule.shown_as.strip()):
        yield f"{path}.shown_as", "goes with shown_from, and says what that date is: write both or neither"
    if rule.field is not None:
        kinds = {field.name: field.kind for field in terms.fields}
        if kinds.get(rule.field) is None:
            hint = did_you_mean(rule.field, kinds)
            yield f"{path}.field", f"{rule.field!r} is no declared field: add it under [[fields]].{hint}"
        elif kinds[rule.field] != "duration":
            yield f"{path}.field", f"{rule.field!r} is a {kinds[rule.field]}: a clock needs a duration"
    if rule.leads_to is not None:
        key = f"{path}.{'follows' if rule.follows is not None else 'starts'}"
        seen = {name}
        leader = terms.rules.get(rule.follows) if rule.follows is not None else None
        if leader is not None and leader.starts != rule.starts:
            yield (
                f"{path}.starts",
                f"is {rule.starts[:80]!r}, and the rule that it follows runs from {leader.starts[:80]!r}: "
                "write the same event, or a period instead of follows",
            )
        before: str | None = rule.leads_to
        while before is not None and before in terms.rules and before not in seen:
            seen.add(before)
            before = terms.rules[before].leads_to
        if before is not None and before in seen:
            yield key, f"goes round in a circle through {before!r}: let one of them run from an event"
        elif before is not None:
            hint = did_you_mean(before, terms.rules)
            yield key, f"{before[:80]!r} is no rule of this file: write one that is.{hint}"
    if rule.after is not None and not timings:
        yield (
            f"{path}.starts",
            "says from what, and not how long: write a period, or follows for no time more",
        )


def _needed_rules(terms: Terms) -> Found:
    rules = terms.subprocessors
    needed = ["end.erasure"] if unsaid(terms) else ["breach.notice", "end.erasure"]
    needed += [own] if (own := _OWN_RULE[rules.rule]) is not None else []
    needed += ["subprocessor.emergency"] if rules.emergency is not None else []
    region = rules.region
    if region is not None and region.outside == "consent":
        needed.append("subprocessor.consent")
    for name in dict.fromkeys(needed):
        if has_rule(terms, name):
            continue
        if name == "breach.notice":
            yield (
                key_path("rules", name),
                "is missing: write the rule, and leave out its period where the agreement gives no number; where it "
                'has no word on breaches, write the table [breach] with rule = "unsaid"',
            )
        elif name == CONSENT and rules.rule != "consent":
            yield (
                key_path("rules", name),
                "is missing: places outside those of subprocessors.region need this consent; write the rule, and leave "
                "out its period where the agreement gives no number",
            )
        else:
            yield (
                key_path("rules", name),
                "is missing: write the rule, and leave out its period where the agreement gives no number",
            )
    if terms.subprocessors.rule == "consent" and "subprocessor.objection" in terms.rules:
        yield (
            'rules."subprocessor.objection"',
            'contradicts subprocessors.rule = "consent", under which silence is a no: remove one of the two',
        )
    yield from _out_of_place(terms)
    yield from _answered(terms)
    for place, row in enumerate(terms.retention):
        if RETENTION + row.category not in terms.rules:
            hint = did_you_mean(RETENTION + row.category, terms.rules)
            yield (
                f"retention[{place}].category",
                f'has no clock: write the rule [rules."{RETENTION}{row.category}"].{hint}',
            )


def _answered(terms: Terms) -> Found:
    """How soon a matter is answered goes with a matter that the customer raises."""
    asked = {one.kind: one for one in terms.matters if one.raised_by == "controller"}
    for name in terms.rules:
        kind = name.removeprefix(MATTER_RULE)
        if not name.startswith(MATTER_RULE) or rule_name(name) is None:
            continue
        if kind not in asked:
            yield (
                key_path("rules", name),
                f'goes with a matter that the customer raises: add [[matters]] with kind = "{kind}" and '
                'raised_by = "controller"',
            )
        elif asked[kind].at_once:
            yield key_path("rules", name), "says how soon a matter is answered that is due at once: keep one of the two"


def _out_of_place(terms: Terms) -> Found:
    """Rules that can never come up beside what is said of subprocessors."""
    rules = terms.subprocessors
    said = f'subprocessors.rule = "{rules.rule}"'
    if rules.rule in ("information", "termination_right", "unsaid") and OBJECTION in terms.rules:
        yield key_path("rules", OBJECTION), f"contradicts {said}, which gives no right to object: remove one of the two"
    if rules.rule != "termination_right" and LEAVING in terms.rules:
        yield key_path("rules", LEAVING), f'goes with subprocessors.rule = "termination_right", and not with {said}'
    if ALTERNATIVE in terms.rules and rules.rule != "objection":
        yield key_path("rules", ALTERNATIVE), f"follows an objection, which {said} does not know: leave it out"
    if AFTER_DECISION in terms.rules and not rules.over_objection.allowed:
        yield (
            key_path("rules", AFTER_DECISION),
            "is the time after an objection was overruled, which subprocessors.overruling does not allow: leave it out",
        )
    if rules.rule == "unsaid":
        elsewhere = (OBJECTION, CONSENT, LEAVING, ALTERNATIVE, AFTER_DECISION)
        for name in terms.rules:
            if name.startswith("subprocessor.") and name not in elsewhere:
                yield (
                    key_path("rules", name),
                    f"speaks of what {said} is silent on: write what the text says as the rule",
                )
    if EMERGENCY in terms.rules and rules.emergency is None:
        yield (
            key_path("rules", EMERGENCY),
            "goes with [subprocessors.emergency], which names the clause: write that too",
        )


def _subprocessors(terms: Terms) -> Found:
    rule = terms.subprocessors
    if rule.rule == "unsaid":
        for part in ("overruling", "emergency"):
            if getattr(rule, part) is not None:
                yield (
                    f"subprocessors.{part}",
                    'goes with what the text says, and not with rule = "unsaid": leave it out',
                )
    elif not rule.clause.strip():
        yield (
            "subprocessors.clause",
            'is missing: name the clause, or write rule = "unsaid" where the text has no word on it',
        )
    if rule.overruling is None and rule.rule == "objection":
        yield (
            "subprocessors.overruling",
            "is missing: say with allowed and clause whether the processor may go on against an objection",
        )
    if (
        rule.revocation is not None
        and rule.rule != "consent"
        and (rule.region is None or rule.region.outside != "consent")
    ):
        yield "subprocessors.revocation", "takes back a consent, and this file asks for none: leave it out"
    if rule.region is not None and rule.region.safeguards and rule.region.outside != "consent":
        yield (
            "subprocessors.region.safeguards",
            f'goes with outside = "consent", for "{rule.region.outside}" says it already, or allows nothing: '
            "leave it out",
        )
    groups = [("subprocessors.region.inside", rule.region.inside)] if rule.region is not None else []
    groups += [(f"subprocessors.flags[{place}].inside", flag.inside) for place, flag in enumerate(rule.flags)]
    for path, inside in groups:
        if not inside:
            yield path, "is empty: name countries, or a group such as EEA or ADEQUATE"
        for code in inside:
            problem = country_problem(code, groups_too=True)
            if problem is not None:
                yield path, problem
    names: list[str] = []
    for place, entry in enumerate(rule.register):
        names += dict.fromkeys(name_keys((entry.name, *entry.aliases)))
        problem = country_problem(entry.country) if entry.country is not None else None
        if problem is not None:
            yield f"subprocessors.register[{place}].country", problem
    yield from unique("subprocessors.register", names)
