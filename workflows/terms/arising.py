"""The right to end that an objection gives, as a clock of its own beside the rules of the file. Pure."""

from workflows.terms.model import AFTER, Rule, TerminationRight, Terms
from workflows.terms.names import ALTERNATIVE


def given_by_objection(terms: Terms) -> TerminationRight | None:
    """The right that the text gives whoever objected."""
    return next((one for one in terms.ending.rights if one.ground == "objection"), None)


def right_rule(terms: Terms) -> Rule | None:
    """How long that right stays open: from the objection, or where a solution is sought for some time, from the end of
    that. None where the text gives no such right."""
    given = given_by_objection(terms)
    if given is None:
        return None
    sought = terms.rules.get(ALTERNATIVE)
    return Rule(
        clause=given.clause,
        party="controller",
        starts=f"{AFTER}{ALTERNATIVE}" if sought is not None and sought.ends else "objection",
        period=given.period,
        form=given.form,
        grounds="required" if given.reasons else "none",
        reading=given.reading,
        in_languages=given.in_languages,
    )
