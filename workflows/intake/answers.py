"""What a person enters of somebody else's word (P10): how it came, who said it, and where what must be written is kept.

Nothing of it is filled in: an empty body is nobody's consent. Pure.
"""

from collections.abc import Mapping
from typing import Any, Final

from workflows.agreement.guards import SPOKEN
from workflows.errors import Problem
from workflows.model.matter import Matter
from workflows.model.notice import Notice
from workflows.terms.model import Form, Terms
from workflows.terms.names import ENDS

Given = Mapping[str, Any]
"""A body by the names of its fields, some of which may be absent."""

_CHANNEL: Final = Problem("channel", "is required: how it reached you, which is link, mail, phone, letter or in_person")
_BY: Final = Problem("by", "is required: who said it, by name")


def lacks(given: Given, *, form: Form = "any", clause: str = "") -> list[Problem]:
    """What is missing where somebody else's word is entered. `clause` asks for a form.

    What was only spoken needs no proof: it is refused, or counts for nothing, where writing is required.
    """
    channel, by, evidence = given.get("channel"), given.get("by"), given.get("evidence")
    found = [] if channel is not None else [_CHANNEL]
    if not _says(by):
        found.append(_BY)
    if form != "any" and clause and channel not in SPOKEN and not _says(evidence):
        found.append(
            Problem("evidence", f"is required: {clause} wants it in text form; say where the mail or letter is kept")
            if form == "text"
            else Problem("evidence", f"is required: {clause} wants it in writing; say where the writing is kept")
        )
    return found


def notice_answer_lacks(action: str, notice: Notice, given: Given) -> list[Problem]:
    """What an answer to a notice still has to say; a no needs no form."""
    match action:
        case "consent":
            return lacks(given, form=notice.form, clause=notice.clause)
        case "terminate":
            rights = [one for one in notice.rights if one.rule in ENDS and one.form != "any"]
            return lacks(given, form=rights[0].form, clause=rights[0].clause) if rights else lacks(given)
        case _:
            return lacks(given)


def choice_lacks(terms: Terms, given: Given) -> list[Problem]:
    """What a choice for the data still has to say."""
    return lacks(given, form=terms.end.return_form, clause=terms.end.clause)


def ending_lacks(terms: Terms, given: Given) -> list[Problem]:
    """What an ending on a right of the terms still has to say; the processor's own is its own word."""
    if given.get("party") == "processor":
        return []
    right = next((one for one in terms.ending.rights if one.ground == given.get("ground")), None)
    return lacks(given, form=right.form, clause=right.clause) if right is not None else lacks(given)


def matter_answer_lacks(matter: Matter, given: Given) -> list[Problem]:
    """What an answer to a matter still has to say; what the customer raised the processor answers in its own word."""
    if matter.raised_by == "controller":
        return []
    return lacks(given, form=matter.form, clause=matter.clause)


def report_lacks(terms: Terms, given: Given) -> list[Problem]:
    """What a report of an audit still has to say: how grave a finding is, where that decides who pays or by when."""
    rules, found = terms.audit, given.get("findings")
    if not isinstance(found, list | tuple):
        return [Problem("findings", "is required: what was found, an empty list where nothing was")]
    if rules is None or not (rules.cost_turns_on or rules.improve_at_once):
        return []
    return [
        Problem(f"findings[{number}].kind", f"is required: {rules.clause} turns on how grave a finding is")
        for number, one in enumerate(found)
        if isinstance(one, Mapping) and one.get("kind") is None
    ]


def request_lacks(terms: Terms, given: Given) -> list[Problem]:
    """What a customer's word on a request still has to say."""
    rules = terms.requests
    return lacks(given, form=rules.form, clause=rules.clause) if rules is not None else lacks(given)


def _says(value: Any) -> bool:
    if isinstance(value, dict):  # evidence, as words or as files
        return bool(value.get("files")) or _says(value.get("text"))
    return isinstance(value, str) and bool(value.strip())
