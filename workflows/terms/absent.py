"""Why an agreement has no rule of a certain name, said from the rules that it does have."""

from typing import Final, assert_never, get_args

from workflows.terms.law import authorisation
from workflows.terms.model import Ground, Terms
from workflows.terms.names import AMENDMENT, CURE, LEAVING

_RIGHT: Final = "ending."
_SILENT: Final = "it has no word on how subprocessors come in"


def why_absent(terms: Terms, rule: str) -> tuple[str, str]:
    """Give the clause that is nearest (may be empty) and a sentence why there is no such rule."""
    match rule:
        case "subprocessor.objection":
            return terms.subprocessors.clause, _no_objection(terms)
        case "subprocessor.consent":
            return terms.subprocessors.clause, _no_consent(terms)
        case "subprocessor.notice":
            return terms.subprocessors.clause, "The agreement says nothing on how long before it is engaged it is told."
        case "subprocessor.termination":
            return terms.subprocessors.clause, "The agreement gives no right to end over a subprocessor as such."
        case "subprocessor.alternative":
            return terms.subprocessors.clause, "The agreement gives no time to find a solution after an objection."
        case "subprocessor.overruled":
            return terms.subprocessors.over_objection.clause, _no_overruling(terms)
        case "subprocessor.emergency":
            return terms.subprocessors.clause, "The agreement does not let a subprocessor be engaged before it is told."
        case "amendment.notice":
            return terms.amendment.clause, "The agreement says nothing on how long before it binds a new text is told."
        case "amendment.termination":
            return terms.amendment.clause, _no_termination(terms)
        case "end.choice":
            return terms.end.clause, _no_choice(terms)
        case "end.return":
            return terms.end.clause, f"The agreement gives return no time of its own ({terms.end.clause})."
        case "end.declaration":
            clause = terms.end.declaration_clause or terms.end.clause
            return clause, "The agreement sets no time of its own for a declaration that the data are gone."
        case "end.certificate":
            return _no_certificate(terms)
        case "audit.next":
            clause = terms.audit.clause if terms.audit else ""
            return clause, "The agreement has no rule on how often there may be an audit."
        case "audit.notice":
            clause = terms.audit.clause if terms.audit else ""
            return clause, "The agreement has no rule on how long before an audit notice is given."
        case "audit.notice_after_breach":
            clause = terms.audit.clause if terms.audit else ""
            return clause, "The agreement has no other notice for an audit after a breach."
        case "ending.objection":
            return _no_right_of_objection(terms)
        case "ending.cure":
            return (
                terms.ending.clause,
                "The agreement sets no time to put a failure right before it may be ended over.",
            )
        case "breach.notice":
            return "", "The agreement says nothing on breaches."
        case "breach.report":
            clause = terms.breach.clause if terms.breach else ""
            return clause, "The agreement asks for no later report of a breach."
        case "request.assist" | "request.forward":
            clause = terms.requests.clause if terms.requests else ""
            return clause, "The agreement has no rule on this for requests of data subjects."
        case "breach.authority" | "request.answer":
            if not terms.law:
                return "", "The agreement has no rule on this, and names no law that has one."
            return "", f"The agreement has no rule on this, and of the law that it names ({terms.law}) none is known."
        case _:
            return "", f"The agreement has no rule {rule}."


def _no_objection(terms: Terms) -> str:
    rules = terms.subprocessors
    match rules.rule:
        case "consent" | "objection":
            why = "a subprocessor needs the controller's consent, and silence is none"
        case "information":
            why = "the controller is told of a subprocessor, and asked nothing"
        case "termination_right":
            why = "the controller is told of a subprocessor and may end over it, but not object"
        case "unsaid":
            return f"There is no window for objections: {_SILENT}."
        case _:
            assert_never(rules.rule)
    return f"There is no window for objections: {why} ({rules.clause})."


def _no_right_of_objection(terms: Terms) -> tuple[str, str]:
    given = next((one for one in terms.ending.rights if one.ground == "overruled_objection"), None)
    if given is None:
        return terms.subprocessors.clause, "The agreement gives no right to end after an objection."
    return given.clause, (
        "The agreement gives no right to end over the objection alone; it gives one once that is overruled "
        f"({given.clause}), and no days of it are counted."
    )


def of_right(rule: str) -> str:
    """What is asked for the time of a right to end, of a rule named as its ground is; empty for any other."""
    ground = rule.removeprefix(_RIGHT)
    if not rule.startswith(_RIGHT) or ground not in get_args(Ground):
        return ""
    clock = {"amendment": AMENDMENT, "subprocessor": LEAVING, "not_cured": CURE}.get(ground)
    return f" The time of that right is the rule {clock}." if clock else " No time is counted for that right."


def _no_overruling(terms: Terms) -> str:
    if not terms.subprocessors.over_objection.allowed:
        return "Nobody goes on against an objection under this agreement."
    return "The agreement says nothing on how long after an objection is overruled it may begin."


def _no_consent(terms: Terms) -> str:
    rules = terms.subprocessors
    if rules.rule == "unsaid":
        law = authorisation(terms)
        asked = f", and {law.clause} asks for one all the same" if law.clause else ""
        return f"The agreement asks for no consent: {_SILENT}{asked}. It has no window, as silence is none."
    instead = {"objection": "may object instead", "termination_right": "may end over it instead"}
    return f"No consent is asked: the controller {instead.get(rules.rule, 'is told')} ({rules.clause})."


def _no_termination(terms: Terms) -> str:
    how = terms.amendment.how
    clause = f" ({terms.amendment.clause})" if terms.amendment.clause else ""
    match how:
        case "joint":
            return f"The text changes only by agreement of both{clause}: no right to end over a change."
        case "consult":
            return f"The parties consult on a change{clause}; no right to end over one is written."
        case "controller":
            return f"The controller alone may change the text{clause}: there is no right to end over that."
        case "silent":
            return "The agreement says nothing on changing its text."
        case "unilateral":
            return f"The processor may change the text{clause}; no right to end over that is written."
        case _:
            assert_never(how)


def _no_certificate(terms: Terms) -> tuple[str, str]:
    clause = terms.end.declaration_clause
    if clause:
        return clause, f"A declaration comes unasked once the data are gone ({clause})."
    return "", "The agreement has no rule on a certificate that is asked for."


def _no_choice(terms: Terms) -> str:
    data = terms.end.data
    match data:
        case "return_first":
            return f"The data are returned unasked, before anything is destroyed ({terms.end.clause})."
        case "erase":
            return f"The agreement sets no period for a choice of return or erasure ({terms.end.clause})."
        case "choice":
            return f"A choice is foreseen without a period ({terms.end.clause})."
        case _:
            assert_never(data)
