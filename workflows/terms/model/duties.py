"""Breaches, requests of data subjects, audits, and what else the parties ask of each other."""

from typing import Literal

from workflows.terms.model.base import Base, Form, Role


class Content(Base, frozen=True, kw_only=True):
    """One thing that the processor's notice of a breach must say, as far as it is known.

    `source` names the field of the breach itself that answers it where nothing more is said.
    """

    id: str
    clause: str
    text: str
    text_nl: str = ""
    source: Literal["", "summary", "categories", "people"] = ""


class BreachKind(Base, frozen=True, kw_only=True):
    """A kind of breach with a clock of its own, `breach.notice.` and its `id`; any other goes by `breach.notice`."""

    id: str
    clause: str
    text: str
    text_nl: str = ""


class BreachRules(Base, frozen=True, kw_only=True):
    """How a breach is told, besides the clocks `breach.notice` and `breach.authority`.

    `rule`: `unsaid` where the text has no word on breaches; then there is no clause either.
    """

    rule: Literal["told", "unsaid"] = "told"
    clause: str = ""
    contacts: tuple[Role, ...] = ()
    """Who is told first, in this order; without any, `told_first`."""
    channels: tuple[Literal["email", "phone"], ...] = ()
    """What counts as telling; several: any of them. Without any, `told_by`."""
    voicemail: Literal["no", "with_writing"] = "no"
    """`with_writing`: a message on the voicemail counts together with a written one that arrived."""
    authority: Literal["forbidden", "not_obliged", "assists"] | None = None
    """What the processor itself may do towards the authority; the report is the controller's. None: the text has no
    word on it."""
    authority_clause: str = ""
    contents: tuple[Content, ...] = ()
    kinds: tuple[BreachKind, ...] = ()
    register_clause: str = ""
    rhythm_clause: str = ""
    """Where the parties agree, with the first report, on how often the processor reports on."""
    cost: str = ""
    cost_nl: str = ""
    cost_clause: str = ""
    reading: str = ""

    @property
    def told_first(self) -> tuple[Role, ...]:
        """Who is told first: as the text has it, else the contact for the contract."""
        return self.contacts or ("contract",)

    @property
    def told_by(self) -> tuple[Literal["email", "phone"], ...]:
        """What counts as telling: as the text has it, else a written message."""
        return self.channels or ("email",)


class Allowance(Base, frozen=True, kw_only=True):
    """Help that costs nothing up to an `amount` of a `unit`, `per` month or year; `beyond`: what more costs, in words.

    Where nobody wrote of what or in what time, the program takes hours and a month.
    """

    clause: str
    amount: str
    unit: Literal["", "hours", "requests"] = ""
    per: Literal["", "month", "year"] = ""
    beyond: str = ""
    beyond_nl: str = ""


class Requests(Base, frozen=True, kw_only=True):
    """Requests of data subjects, besides the clock `request.assist`.

    `direct` is what the processor does with one that reaches it itself.
    """

    clause: str
    direct: Literal["refer", "forward", "silent"]
    direct_clause: str = ""
    at_once: bool = False
    form: Form = "any"
    cost: str = ""
    cost_nl: str = ""
    cost_clause: str = ""
    free: Allowance | None = None
    reading: str = ""


class AuditRules(Base, frozen=True, kw_only=True):
    """The controller's right to look, besides the clock `audit.next`.

    `secrecy`: the auditor signs for secrecy beforehand; `bound`: the auditor is bound to secrecy, in whatever way.
    `cost` is who bears the audit, `own_cost` who bears what the processor itself spends on it; both may be unsaid.
    `cost_unless` is the case in which it is not the controller, `cost_turns_on` the kind of finding that is that
    case, and `cost_shared` says that it is so only as far as the finding goes: a person says how far.
    `improve_at_once`: a finding of this kind has to be put right without delay (`improve_clause`).
    """

    clause: str
    more_on_indications: bool = False
    """Substantiated signs lift the maximum; the controller judges them."""
    needs_reason: bool = False
    auditor: str = ""
    auditor_nl: str = ""
    secrecy: bool = False
    bound: bool = False
    cost: Literal["unsaid", "controller"] = "unsaid"
    cost_clause: str = ""
    cost_unless: str = ""
    cost_unless_nl: str = ""
    cost_turns_on: Literal["", "security", "material"] = ""
    cost_shared: bool = False
    own_cost: Literal["unsaid", "controller", "may_charge", "processor"] = "unsaid"
    own_cost_clause: str = ""
    free: Allowance | None = None
    certificate_clause: str = ""
    """Lets the processor prove compliance by a certificate, a third party's report or a statement."""
    may_refuse: str = ""
    may_refuse_nl: str = ""
    improve_at_once: Literal["", "security", "material"] = ""
    improve_clause: str = ""
    reading: str = ""

    @property
    def borne(self) -> Literal["unsaid", "controller"]:
        """Who bears the cost of an audit as a rule: who reimburses even the processor bears what it spends itself. A
        text that names an exception alone leaves the rule unsaid."""
        return "controller" if self.own_cost == "controller" else self.cost

    @property
    def borne_clause(self) -> str:
        """Where that stands, or its exception does; empty where both are unsaid."""
        if self.borne == "unsaid" and not (self.cost_unless or self.cost_turns_on):
            return ""
        named = self.cost_clause or (self.own_cost_clause if self.cost == "unsaid" else "")
        return named or self.clause


MatterKind = Literal[
    "storage_consent",  # may data be stored or processed in this country?
    "disclosure_consent",  # may data go to this third party?
    "storage_places",  # where are the data?
    "authority_message",  # an authority said something about the data
    "authority_copy",  # what was given to an authority
    "legal_change",  # the law changed: consult
    "unlawful_instruction",  # an instruction that seems unlawful
    "instruction",  # a further instruction
    "impact_assessment",  # help with an assessment (GDPR 35) or a prior consultation (36)
    "information",  # further information that shows compliance
    "extra_measures",  # more security than agreed
    "retention_terms",  # how long the controller wants or has to keep data
    "subcontract_copy",  # a copy of the contract with a subprocessor
    "cannot_comply",  # one party cannot keep the agreement any more
    "erasure_or_return",  # of data, while the agreement runs
]


class MatterRule(Base, frozen=True, kw_only=True):
    """Something that one party asks of, or owes to, the other, besides notices, breaches, requests and audits.

    `raised_by` asks or tells. `at_once`: the text itself says so, due when it is asked; an answer with a number of days
    has the rule `matter.<kind>`.
    """

    kind: MatterKind
    clause: str
    raised_by: Literal["controller", "processor"]
    form: Form = "any"
    at_once: bool = False
    cost: str = ""
    cost_nl: str = ""
    cost_clause: str = ""
    reading: str = ""
