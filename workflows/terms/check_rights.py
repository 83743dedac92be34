"""Whether the rights to end of a terms file, and the changes of its text, make sense. Pure."""

from collections import Counter

from workflows.terms.finding import Found, period_problems
from workflows.terms.model import TerminationRight, Terms
from workflows.terms.names import AMENDMENT, CURE, LEAVING


def rights(terms: Terms) -> Found:
    """What does not hold together in who may end, over what, and in how the text changes."""
    overruling = terms.subprocessors.over_objection
    grounds = Counter(right.ground for right in terms.ending.rights)
    for ground, times in grounds.items():
        if times > 1:
            yield "ending.rights", f"has the ground {ground!r} {times} times: keep one"
    if overruling.then == "termination" and "overruled_objection" not in grounds and "objection" in grounds:
        yield (
            "subprocessors.overruling.then",
            'is "termination", and the right that is written is that over the objection itself: leave it out, or write '
            'ground = "overruled_objection" if the text gives the right only once it is overruled',
        )
    elif overruling.then == "termination" and "overruled_objection" not in grounds:
        yield (
            "subprocessors.overruling.then",
            'is "termination", for which no right is written: add one under [[ending.rights]] with '
            'ground = "overruled_objection"',
        )
    if overruling.then == "termination" and not overruling.allowed:
        yield (
            "subprocessors.overruling.then",
            "follows from overruling, which is not allowed: write allowed = true or leave it out",
        )
    if overruling.allowed and terms.subprocessors.rule not in ("objection", "unsaid"):  # of which it is told elsewhere
        why = "a consent that was refused cannot be overruled" if terms.subprocessors.rule == "consent" else (
            "there is no objection to overrule"
        )  # fmt: skip
        yield "subprocessors.overruling.allowed", f"is true, but {why}: write false"
    yield from _grounds(terms, frozenset(grounds))
    for place, right in enumerate(terms.ending.rights):
        yield from _right(right, f"ending.rights[{place}]")
    if "overruled_objection" in grounds and overruling.then != "termination":
        yield (
            "ending.rights",
            'has the ground "overruled_objection", which never comes up: write then = "termination" under '
            "[subprocessors.overruling]",
        )
    if ("amendment" in grounds) != ("amendment.termination" in terms.rules):
        yield (
            "ending.rights",
            'the ground "amendment" goes with the rule "amendment.termination": write both or neither',
        )
    if ("not_cured" in grounds) != (CURE in terms.rules):
        yield "ending.rights", f'the ground "not_cured" goes with the rule "{CURE}": write both or neither'
    if terms.amendment.how != "unilateral" and (terms.amendment.significant or "amendment" in grounds):
        yield (
            "amendment.how",
            f"is {terms.amendment.how!r}: a right to end and significant changes go with 'unilateral'",
        )
    if terms.amendment.only_on and terms.amendment.how != "unilateral":
        yield "amendment.only_on", 'goes with how = "unilateral", which it narrows: leave it out'
    if terms.amendment.how != "silent" and not terms.amendment.clause.strip():
        yield "amendment.clause", 'is missing: name the clause, or write how = "silent"'
    if terms.amendment.form != "any" and not terms.amendment.clause.strip():
        yield "amendment.form", "goes with the clause that asks for it: name that as clause, or leave the form out"
    named = bool(terms.amendment.measures_clause.strip())
    if named != (terms.amendment.measures not in ("", "silent")):
        yield (
            "amendment.measures_clause",
            "goes with measures, where the text says something of them: write both or neither",
        )


def _grounds(terms: Terms, grounds: frozenset[str]) -> Found:
    """Grounds that go with something else of the file."""
    if ("subprocessor" in grounds) != (terms.subprocessors.rule == "termination_right"):
        yield (
            "ending.rights",
            'the ground "subprocessor" goes with subprocessors.rule = "termination_right": write both or neither',
        )
    if not terms.subprocessors.waits_for_right and terms.subprocessors.rule != "termination_right":
        yield (
            "subprocessors.waits_for_right",
            'is about a right to end because of a subprocessor, which goes with rule = "termination_right": '
            "leave it out",
        )
    if "objection" in grounds and terms.subprocessors.rule != "objection":
        yield "ending.rights", 'the ground "objection" goes with subprocessors.rule = "objection": leave it out'


def _right(right: TerminationRight, path: str) -> Found:
    if right.period is not None:
        yield from period_problems(right.period, f"{path}.period", waits=True)
        if right.ground in ("amendment", "subprocessor"):
            rule = AMENDMENT if right.ground == "amendment" else LEAVING
            yield f"{path}.period", f'is that of the rule "{rule}" here: write it there'
    if right.ground == "not_cured" and right.party not in ("", "controller"):
        yield (
            f"{path}.party",
            "is not the controller's, and the failure that is not put right is the processor's: leave it out, and "
            "write the processor's own right over the controller's failure under [[statements]]",
        )
    if right.ground == "unlawful_instruction" and right.party != "processor":
        yield f"{path}.party", 'is the processor\'s, whom the controller instructs: write "processor"'
    if right.effect_period is not None:
        yield from period_problems(right.effect_period, f"{path}.effect_period", waits=True)
    if (right.effect_period is not None) != (right.takes_effect == "after"):
        yield f"{path}.effect_period", 'goes with takes_effect = "after": write both or neither'
    if right.takes_effect == "engagement" and right.ground == "breach_of_law":
        yield f"{path}.takes_effect", "no subprocessor is engaged because of this ground: write another"
    if (right.refund != "unsaid") != bool(right.refund_clause.strip()):
        yield f"{path}.refund_clause", "goes with what the text says of a refund: write both or neither"
