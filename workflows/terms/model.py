"""The rules of an agreement as data: what a terms file may say.

A terms file is TOML. Every rule carries the `clause` it rests on and, where the text is unclear,
the `reading` that was taken. What the agreement does not say is absent; nothing is filled in.
Periods are ISO 8601 durations in one unit (`PT48H`, `P30D`, `P2W`, `P3M`) or working days (`P10WD`).
"""

from datetime import date, datetime
from typing import Literal

import msgspec

from workflows.words import Language

Party = Literal["controller", "processor"]
"""Who must or may act within a period; decides which way a last day may move (I-05, I-06)."""

Role = Literal["contract", "security", "privacy"]
"""What a customer's contact is there for."""

Ground = Literal["overruled_objection", "amendment", "breach_of_law"]

Starts = Literal[
    "receipt",  # the notice reached the customer (I-08)
    "discovery",  # the processor discovered it
    "informed",  # the controller was informed by the processor
    "aware",  # the party whose clock it is became aware (the controller: in the sense of GDPR art. 33)
    "request",  # the request was received, by the party whose clock it is
    "end",  # the agreement (or main contract) ended, or the cancellation took effect
    "cancellation",  # the cancellation of the service took effect
    "record",  # the record was made
    "erasure",  # the data were erased from the live systems (backups follow)
    "last_audit",
    "signature",
]


class Base(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Anything in a terms file that rests on a clause.

    `ids` are the numbers of the rows that this part carries, in the clause-by-clause reading of the
    agreement on which the file rests; a row that is no rule stands in `statements`. A text that customers
    see may have a Dutch twin (`text_nl`, `duty_nl`); where that is empty the text itself is shown.
    """

    ids: tuple[str, ...] = ()


class Rule(Base, frozen=True, kw_only=True):
    """A clock: from which event it runs, how long, who must act, in which form.

    `period` absent with no `field`: the agreement gives no number and none is made up (P7).
    `field` names a required field of each agreement that holds the period (`end.erasure`).
    `follows` names another rule whose due instant is also this one's (what follows a customer's
    period moves with it, I-06); what the processor does after a period of the controller's may begin then,
    and has no last instant (`boundary` `from`). `immediately` is due at the event instant itself (I-16).
    `calendar_year`: once per calendar year, due is the first instant of the next one (I-17).
    `earlier_of_cancellation`: also bounded by this period counted from the fact `cancelled_at` (I-11).
    `target`: the text also says "as soon as possible": at once is the aim, the period is the limit.
    `debatable`: the law can be read to give another instant; the earliest is taken.
    `form_clause`: where writing is asked for, if that is not in `clause`.
    """

    clause: str
    party: Party
    starts: Starts
    period: str | None = None
    field: str | None = None
    follows: str | None = None
    immediately: bool = False
    calendar_year: bool = False
    earlier_of_cancellation: str | None = None
    target: bool = False
    debatable: bool = False
    form: Literal["any", "written"] = "any"
    form_clause: str = ""
    grounds: Literal["none", "asked", "required"] = "none"
    reading: str = ""
    note: str = ""
    category: str = ""
    channel: str = ""
    shown_from: Literal["", "discovered_at", "informed_at", "controller_received_at"] = ""
    """A fact from which the same period gives another date worth showing; it decides nothing."""
    shown_as: str = ""


class Entry(Base, frozen=True, kw_only=True):
    """When the agreement enters into force; `period` opens an objection window before that."""

    event: Literal["main_contract_start", "last_signature"]
    clause: str
    period: str | None = None
    reading: str = ""


class TerminationRight(Base, frozen=True, kw_only=True):
    """A right to end outside the main contract's own end; `ends` says what falls."""

    ground: Ground
    clause: str
    ends: Literal["agreement", "main_contract"]
    party: Literal["controller", "either"] = "controller"
    form: Literal["any", "written"] = "any"
    reasons: bool = False
    reading: str = ""


class Survival(Base, frozen=True, kw_only=True):
    """A duty that outlives the agreement."""

    duty: str
    duty_nl: str = ""
    clause: str
    until: Literal["no_end", "data_gone"]


class Ending(Base, frozen=True, kw_only=True):
    """How the agreement ends; `in_force_until` = `last_data` keeps it in force until then (I-23).

    `separate_clause` says whether it can be ended apart; where it is empty nobody wrote that, and what
    `separate_termination` holds is the program's own. `separate_reading`: the clause itself does not say it.
    """

    clause: str
    in_force_until: Literal["end", "last_data"] = "end"
    separate_termination: bool = False
    separate_clause: str = ""
    separate_reading: str = ""
    several_contracts: Literal["last"] = "last"
    services_separately: bool = False
    reading: str = ""
    rights: tuple[TerminationRight, ...] = ()
    survives: tuple[Survival, ...] = ()


class Region(Base, frozen=True, kw_only=True):
    """Where subprocessors may work; `outside` says what happens beyond it."""

    inside: tuple[str, ...]
    """Country codes (ISO 3166-1 alpha-2) and the groups `EU` and `EEA`."""
    outside: Literal["consent", "refuse"]
    clause: str
    reading: str = ""


class CountryFlag(Base, frozen=True, kw_only=True):
    """A country outside `inside` is shown as contradicting the agreement's text, without more."""

    inside: tuple[str, ...]
    clause: str
    text: str
    text_nl: str = ""


class RegisterEntry(Base, frozen=True, kw_only=True):
    """A subprocessor that the agreement itself names as already engaged."""

    name: str
    clause: str
    aliases: tuple[str, ...] = ()
    service: str = ""
    service_nl: str = ""
    services: tuple[str, ...] = ()
    country: str | None = None
    incomplete: str = ""
    note: str = ""


class Overruling(Base, frozen=True, kw_only=True):
    """What follows when the processor goes on in spite of an objection. `reading`: the clause itself is silent."""

    allowed: bool
    clause: str
    reading: str = ""
    then: Literal["termination", "none"] = "none"


class Subprocessors(Base, frozen=True, kw_only=True):
    """The rule for engaging a subprocessor: silence lets an objection rule go on, consent never."""

    rule: Literal["objection", "consent"]
    clause: str
    decided_by: Literal["manager", "board"] = "manager"
    overruling: Overruling
    region: Region | None = None
    flags: tuple[CountryFlag, ...] = ()
    binding_clause: str = ""
    refusal_needs_reason: bool = False
    reading: str = ""
    register: tuple[RegisterEntry, ...] = ()


class Amendment(Base, frozen=True, kw_only=True):
    """Changing the agreement's own text: unilateral with a right to end, or only jointly.

    `measures` says the same of the security measures, where the text has other words for them.
    """

    how: Literal["unilateral", "joint", "consult", "silent"]
    clause: str = ""
    measures: Literal["", "unilateral", "joint", "consult", "silent"] = ""
    measures_clause: str = ""
    significant: tuple[Literal["subprocessor", "place", "retention", "breach", "measure"], ...] = ()
    """What makes a unilateral change significant, so that `amendment.termination` opens with it."""
    reading: str = ""


class Field(Base, frozen=True, kw_only=True):
    """What the agreement leaves blank: required of each agreement before it is sent."""

    name: str
    """A rule id (`end.erasure`) or another dotted name (`backup.retention`)."""
    kind: Literal["duration", "text", "date"]
    clause: str
    text: str
    text_nl: str = ""
    required: bool = True


class ContactNeed(Base, frozen=True, kw_only=True):
    """A contact without which the agreement may not be sent."""

    role: Role
    channel: Literal["email", "phone"]
    clause: str
    text: str
    text_nl: str = ""


class Holder(Base, frozen=True, kw_only=True):
    """Who holds data that must go at the end, and how it is confirmed."""

    name: Literal["processor", "subprocessors", "backups"]
    clause: str
    may_end_unconfirmed: bool = False
    text: str = ""
    text_nl: str = ""


class EndRules(Base, frozen=True, kw_only=True):
    """What happens to the data. `choice`: the customer may still ask return for a period (rule
    `end.choice`); `return_first`: return comes unasked; `none`: erasure without a choice.

    `cost` is who bears what return or erasure on request costs: `controller`; `may_charge` where the processor
    may charge it; `other_format` where only another form is charged than the one in which the data were supplied;
    `unsaid`. `return_as` is the form in which data go back, where the text names one. `holders`: without any the
    processor and whoever works for the agreement hold the data.
    """

    data: Literal["erase", "choice", "return_first"]
    clause: str
    declaration: bool = False
    declaration_clause: str = ""
    return_form: Literal["any", "written"] = "any"
    return_as: str = ""
    return_as_nl: str = ""
    cost: Literal["unsaid", "controller", "may_charge", "other_format"] = "unsaid"
    cost_clause: str = ""
    warn_before_end: bool = False
    retention_clause: str = ""
    """Where the controller names data that the law has kept longer: it is reminded of that before the end."""
    erase_choice_confirmed: bool = True
    render_inaccessible: bool = False
    holders: tuple[Holder, ...] = ()
    reading: str = ""


class Retention(Base, frozen=True, kw_only=True):
    """A row of the retention table; its clock is the rule `retention.<category>`.

    `by_processor`: the processor holds the data too, beside the `holders` that the table names.
    `always`: its service is the contract itself, so it is there whichever services an agreement names.
    """

    category: str
    text: str
    text_nl: str = ""
    service: str = ""
    always: bool = False
    by_processor: bool = True
    holders: tuple[str, ...] = ()
    clause: str


class Penalty(Base, frozen=True, kw_only=True):
    """A contractual penalty: `base` at once plus `per_hour` for each hour late, or `per` a unit.

    Amounts are decimal strings in EUR. `hours` names the reading used for a broken hour (I-12).
    """

    clause: str
    base: str = "0.00"
    per_hour: str = "0.00"
    hours: Literal["completed", "started", "pro_rata"] = "completed"
    per: Literal["lateness", "violations", "engagements"]
    damages: Literal["reserved", "replaced"]
    reading: str = ""


class Content(Base, frozen=True, kw_only=True):
    """One thing that the processor's notice of a breach must say, as far as it is known.

    `source` names the field of the breach itself that answers it where nothing more is said.
    """

    id: str
    clause: str
    text: str
    text_nl: str = ""
    source: Literal["", "summary", "categories", "people"] = ""


class BreachRules(Base, frozen=True, kw_only=True):
    """How a breach is told, besides the clocks `breach.notice` and `breach.authority`."""

    clause: str
    contacts: tuple[Role, ...] = ()
    """Who is told first, in this order; without any, `told_first`."""
    channels: tuple[Literal["email", "phone"], ...] = ()
    """What counts as telling; several: any of them. Without any, `told_by`."""
    voicemail: Literal["no", "with_writing"] = "no"
    """`with_writing`: a message on the voicemail counts together with a written one that arrived."""
    authority: Literal["forbidden", "not_obliged", "assists"]
    """What the processor itself may do towards the authority; the report is the controller's."""
    authority_clause: str
    contents: tuple[Content, ...] = ()
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


class Requests(Base, frozen=True, kw_only=True):
    """Requests of data subjects, besides the clock `request.assist`.

    `direct` is what the processor does with one that reaches it itself.
    """

    clause: str
    direct: Literal["refer", "forward", "silent"]
    direct_clause: str = ""
    at_once: bool = False
    form: Literal["any", "written"] = "any"
    cost: str = ""
    cost_nl: str = ""
    cost_clause: str = ""
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
    own_cost: Literal["unsaid", "controller", "may_charge"] = "unsaid"
    own_cost_clause: str = ""
    certificate_clause: str = ""
    """Lets the processor prove compliance by a certificate, a third party's report or a statement."""
    may_refuse: str = ""
    may_refuse_nl: str = ""
    improve_at_once: Literal["", "security", "material"] = ""
    improve_clause: str = ""
    reading: str = ""

    @property
    def borne(self) -> Literal["unsaid", "controller"]:
        """Who bears the cost of an audit as a rule: whoever names an exception names the rule with it, and who
        reimburses even the processor bears what it spends itself."""
        told = self.cost_unless or self.cost_turns_on or self.own_cost == "controller"
        return "controller" if told else self.cost

    @property
    def borne_clause(self) -> str:
        """Where that stands; empty where it is unsaid."""
        if self.borne == "unsaid":
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
]


class MatterRule(Base, frozen=True, kw_only=True):
    """Something that one party asks of, or owes to, the other, besides notices, breaches, requests and audits.

    `raised_by` asks or tells. `at_once`: the text itself says so, due when it is asked.
    """

    kind: MatterKind
    clause: str
    raised_by: Literal["controller", "processor"]
    form: Literal["any", "written"] = "any"
    at_once: bool = False
    cost: str = ""
    cost_nl: str = ""
    cost_clause: str = ""
    reading: str = ""


class Statement(Base, frozen=True, kw_only=True):
    """A clause that is a fact without a clock, listed so that nothing of the text is lost.

    `outside`: why it is for people alone; where it is empty, the text is on record and shown. `enforced_by`:
    what of the program keeps it, where no rule of this file does.
    """

    id: str
    clause: str
    text: str
    outside: str = ""
    enforced_by: str = ""


class Terms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One version of one agreement's rules. `breach`, `requests` and `audit` are absent where the
    agreement has no word on them. `printed` maps a clause to the number misprinted in the document.

    `law` is the law on personal data that the agreement is made under (`GDPR`): what that law adds is added to
    the rules of the file, and where the file names none, or one that the program does not know, nothing is added.
    `governing_law` is the parties' choice of law, as text.
    """

    id: str
    version: str
    title: str
    language: Language
    zone: str
    """IANA name; days of the agreement are days in it (I-09)."""
    calendar: Literal["NL", "BE"]
    """Whose legal holidays count."""
    law: str = ""
    governing_law: str = ""
    court: str = ""
    role_of_document: str = ""
    entry: Entry
    ending: Ending
    amendment: Amendment
    subprocessors: Subprocessors
    end: EndRules
    notice_contacts: tuple[Role, ...] = ("contract", "privacy")
    contact_needs: tuple[ContactNeed, ...] = ()
    fields: tuple[Field, ...] = ()
    rules: dict[str, Rule]
    retention: tuple[Retention, ...] = ()
    penalties: dict[str, Penalty] = {}
    breach: BreachRules | None = None
    requests: Requests | None = None
    audit: AuditRules | None = None
    matters: tuple[MatterRule, ...] = ()
    services: dict[str, str] = {}
    """What a tag of a service is called in the text, for readers."""
    printed: dict[str, str] = {}
    statements: tuple[Statement, ...] = ()


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """A due instant and how it was found.

    `due_at` is UTC, null where the agreement gives no number; `last_day` the last local day in the
    agreement's zone (null with it); `boundary` `exclusive` (in time: instant < due) for days, weeks, months
    and working days, `inclusive` (instant <= due) for hours and for what is due at once; `from` for the first
    instant at which something may be done: nothing is late after it.
    """

    rule: str
    due_at: datetime | None
    last_day: date | None
    boundary: Literal["exclusive", "inclusive", "from"]
    clause: str
    steps: tuple[str, ...]
    party: Party
    reading: str
    zone: str
    calendar: str
    """Calendar and tz data version the instant was computed with, as `NL 2026-1, tzdata 2026.6`."""
