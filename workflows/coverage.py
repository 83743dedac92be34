"""What keeps each row of the clause-by-clause readings on which the library's terms files rest. Pure.

python -m workflows.coverage > docs/coverage.md
"""

import re
import sys
from collections.abc import Iterator, Mapping
from typing import Final, Literal

import msgspec

from workflows.terms import model
from workflows.terms.explain import Teller
from workflows.terms.load import library
from workflows.terms.model import Terms
from workflows.terms.phrases import rule_title

Standing = Literal["enforced", "recorded", "outside"]

_ID: Final = re.compile(r"([A-Z]+)-([0-9]+)")

_INTRO: Final = """\
# What keeps each clause

`make docs` writes this page from the terms files, and a test compares it. Each agreement of the library was read clause
by clause. Each row of that reading has a number, and the part of the terms file that keeps it carries the number
(`ids`). Codes with an A, such as CI-A13, are [readings](readings.md); P and I codes are [rules](rules.md). A row is

- **enforced**: a rule, another part of the terms file or a part of the program acts on it;
- **recorded**: a fact without a clock, or an act that is owed; it is on record and shown;
- **outside**: people owe it, and this program does not see whether they do it. The row says why.
"""


class CoverageRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row of a reading: where it stands, and every part that carries it (or why none does)."""

    id: str
    clauses: tuple[str, ...]
    standing: Standing
    by: tuple[str, ...]


def rows(terms: Terms) -> tuple[CoverageRow, ...]:
    """Every row that a terms file carries, in the order of their numbers."""
    carried: dict[str, list[tuple[str, str]]] = {}
    for clause, said, ids in _carriers(terms):
        for one in ids:
            carried.setdefault(one, []).append((clause, said))
    stated = {one.id: one for one in terms.statements}
    return tuple(_row(one, carried.get(one, []), stated.get(one)) for one in sorted({*carried, *stated}, key=_number))


def _number(row: str) -> tuple[str, int]:
    found = _ID.fullmatch(row)
    return (found[1], int(found[2])) if found else (row, 0)


def _row(id: str, carriers: list[tuple[str, str]], stated: model.Statement | None) -> CoverageRow:
    clauses = [clause for clause, _ in carriers]
    by = [said for _, said in carriers]
    standing: Standing = "enforced"
    if stated is not None:
        clauses.append(stated.clause)
        if stated.enforced_by:
            by.append(stated.enforced_by)
        elif not carriers:
            standing = "outside" if stated.outside else "recorded"
            by.append(f"{stated.text} {_sentence(stated.outside)}" if stated.outside else stated.text)
    return CoverageRow(id=id, clauses=tuple(dict.fromkeys(clauses)), standing=standing, by=tuple(dict.fromkeys(by)))


def _sentence(text: str) -> str:
    return f"Outside: {text}."


def _carriers(terms: Terms) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Every part of the file that carries rows: its clause, what it does, and the rows."""
    teller = Teller(terms, "en")
    for key, part in _parts(terms):
        if part.ids:
            yield getattr(part, "clause", ""), f"`{key}`: {_does(teller, key, part)}", part.ids


def _parts(terms: Terms) -> Iterator[tuple[str, model.Base]]:
    yield "entry", terms.entry
    yield "ending", terms.ending
    for right in terms.ending.rights:
        yield f"ending.rights ({right.ground})", right
    for duty in terms.ending.survives:
        yield "ending.survives", duty
    yield "amendment", terms.amendment
    rules = terms.subprocessors
    yield "subprocessors", rules
    for name in ("overruling", "emergency", "revocation"):
        part = getattr(rules, name)
        if part is not None:
            yield f"subprocessors.{name}", part
    if rules.region is not None:
        yield "subprocessors.region", rules.region
    for flag in rules.flags:
        yield "subprocessors.flags", flag
    for entry in rules.register:
        yield "subprocessors.register", entry
    yield "end", terms.end
    for holder in terms.end.holders:
        yield f"end.holders ({holder.name})", holder
    for field in terms.fields:
        yield f"fields ({field.name})", field
    for need in terms.contact_needs:
        yield "contact_needs", need
    for name, rule in terms.rules.items():
        yield f'rules."{name}"', rule
    for row in terms.retention:
        yield "retention", row
    for name, penalty in terms.penalties.items():
        yield f'penalties."{name}"', penalty
    if terms.breach is not None:
        yield "breach", terms.breach
        for content in terms.breach.contents:
            yield "breach.contents", content
        for kind in terms.breach.kinds:
            yield f"breach.kinds ({kind.id})", kind
    if terms.requests is not None:
        yield "requests", terms.requests
    if terms.audit is not None:
        yield "audit", terms.audit
    for matter in terms.matters:
        yield f"matters ({matter.kind})", matter


_DOES: Final[Mapping[type[model.Base], str]] = {
    model.Entry: "when the agreement comes into force; the program brings it there",
    model.Ending: "with what it ends, how long it binds, and what cannot be ended apart; other ends are refused",
    model.Amendment: "how the text may be changed; a new version binds in that way and no other",
    model.Subprocessors: "objection or consent, who decides, and being bound first; the gate says no until then",
    model.Overruling: "whether the processor may go on against an objection; elsewhere it is refused",
    model.Emergency: "engaged first, told within its time; an objection afterwards stops it",
    model.Revocation: "a consent that is withdrawn stops the subprocessor at once",
    model.Region: "where subprocessors may work; a change beyond it is refused or asks consent, and the gate knows it",
    model.CountryFlag: "places that contradict the text; the preview of a change says so",
    model.RegisterEntry: "who is engaged from the signature on; everybody else needs a change of their own",
    model.EndRules: "return or erasure, in which form, at whose cost; the plan of deletion is made from it",
    model.Holder: "who holds data that have to go; each has an item of the plan, to be confirmed",
    model.Field: "what each agreement has to say itself",
    model.ContactNeed: "the contact without whom the agreement cannot be sent",
    model.Retention: "data of one kind, with a clock of their own and who holds them",
    model.BreachRules: "who is told, how, and what counts as told; nothing goes to an authority; register, cost",
    model.BreachKind: "a kind of breach with a clock of its own; until a person says which it is the shortest counts",
    model.Content: "the checklist of what a breach's notice says, filled in phases",
    model.Requests: "what becomes of a data subject's own request, and the form of the customer's",
    model.AuditRules: "what lifts the yearly limit, secrecy before, who pays by what was found, what may be refused",
}


_ENDED: Final = {
    "agreement": "this agreement",
    "main_contract": "the main contract",
    "service": "the affected services alone",
}


_FORMS: Final = {"any": "", "text": ", in text form", "written": ", in writing"}


def _does(teller: Teller, key: str, part: model.Base) -> str:
    match part:
        case model.Rule():
            name = key.removeprefix('rules."').removesuffix('"')
            return f"{rule_title(name, 'en')}: {teller.party(part.party)}, {teller.when(part, name)}"
        case model.TerminationRight():
            what = _ENDED[part.ends]
            form = _FORMS[part.form]
            return (
                f"ends {what}{form}{', with reasons' if part.reasons else ''}; too late or without these it is refused"
            )
        case model.Survival():
            until = {"no_end": "without end", "data_gone": "as long as data exist", "period": f"for {part.period}"}
            return f"{part.duty}, {until[part.until]}"
        case model.Penalty():
            more = f" and {part.per_hour} {part.money} for each hour" if part.per_hour != "0.00" else ""
            return f"{part.base} {part.money}{more}, by {part.per}; reckoned as of any instant, never collected"
        case model.MatterRule():
            form = _FORMS[part.form]
            at_once = ", due at once" if part.at_once else ""
            return f"raised by {teller.party(part.raised_by)}{form}{at_once}; asked, answered and kept as evidence"
        case _:
            return _DOES[type(part)]


def document() -> str:
    """`docs/coverage.md`: every row of each reading, as Markdown."""
    found = {name: (terms, rows(terms)) for name, terms in library().items()}
    parts = [_INTRO, _summary(found)]
    for terms, table in found.values():
        lines = [
            f"## {terms.title}",
            "",
            "| row | clause | standing | by what, or why not |",
            "| --- | --- | --- | --- |",
        ]
        lines += [
            f"| {row.id} | {_cell('; '.join(row.clauses))} | {row.standing} | {_cell('<br>'.join(row.by))} |"
            for row in table
        ]
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def _summary(found: Mapping[str, tuple[Terms, tuple[CoverageRow, ...]]]) -> str:
    lines = ["| terms | rows | enforced | recorded | outside |", "| --- | --- | --- | --- | --- |"]
    for name, (_, table) in found.items():
        counts = [sum(row.standing == one for row in table) for one in ("enforced", "recorded", "outside")]
        lines.append(f"| `{name}` | {len(table)} | {' | '.join(str(one) for one in counts)} |")
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(document())
