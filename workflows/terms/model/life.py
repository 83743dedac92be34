"""How an agreement begins, changes and ends."""

from typing import Literal

from workflows.terms.model.base import Base, Form

Ground = Literal[
    "overruled_objection",
    "objection",  # an objection itself, for which no solution was found
    "subprocessor",  # a subprocessor, where there is no right to object
    "amendment",
    "breach_of_law",
    "not_cured",  # the processor did not put a failure right in time (`ending.cure`)
    "unlawful_instruction",  # the controller insists on an instruction that breaks the law
]


class Entry(Base, frozen=True, kw_only=True):
    """When the agreement enters into force; `period` opens an objection window before that.

    `field` names the required field that holds the day, where it is one that the parties name (`named_day`).
    """

    event: Literal["main_contract_start", "last_signature", "named_day"]
    clause: str
    field: str = ""
    period: str | None = None
    reading: str = ""


class TerminationRight(Base, frozen=True, kw_only=True):
    """A right to end outside the main contract's own end.

    `ends` says what falls: the agreement, the main contract with it, or only the services that it is about
    (`service`); then the agreement goes on. `takes_effect` says from when: `receipt` of the ending, `after` a
    period (`effect_period`), or before the first day of the subprocessor (`engagement`); a later day that the
    customer names counts in any case. `period` is how long the right stays open once it has arisen, where no rule
    of the file has its clock; without one it has no last moment. `refund`: what was paid ahead is paid back
    (`prepaid`), or is not (`none`), by `refund_clause`.
    """

    ground: Ground
    clause: str
    ends: Literal["agreement", "main_contract", "service"]
    party: Literal["", "controller", "processor", "either"] = ""
    form: Form = "any"
    reasons: bool = False
    period: str | None = None
    takes_effect: Literal["receipt", "after", "engagement"] = "receipt"
    effect_period: str | None = None
    refund: Literal["unsaid", "prepaid", "none"] = "unsaid"
    refund_clause: str = ""
    reading: str = ""

    @property
    def whose(self) -> Literal["controller", "processor", "either"]:
        """Whose right it is: the controller's where it is not written, as over what the processor tells it."""
        return self.party or "controller"


class Survival(Base, frozen=True, kw_only=True):
    """A duty that outlives the agreement, for a `period` from its end where `until` says so."""

    duty: str
    duty_nl: str = ""
    clause: str
    until: Literal["no_end", "data_gone", "period"]
    period: str | None = None


class Ending(Base, frozen=True, kw_only=True):
    """How the agreement ends; `in_force_until` = `last_data` keeps it in force until then (I-23), `end` says that it
    ends with the main contract. Empty: nobody wrote that, and it ends so all the same, by the program's choice.

    `separate_clause` says whether it can be ended apart; where it is empty nobody wrote that, and what
    `separate_termination` holds is the program's own. `separate_reading`: the clause itself does not say it.
    """

    clause: str
    in_force_until: Literal["", "end", "last_data"] = ""
    separate_termination: bool = False
    separate_clause: str = ""
    separate_reading: str = ""
    several_contracts: Literal["last"] = "last"
    services_separately: bool = False
    reading: str = ""
    rights: tuple[TerminationRight, ...] = ()
    survives: tuple[Survival, ...] = ()


class Amendment(Base, frozen=True, kw_only=True):
    """Changing the agreement's own text: unilateral with a right to end, or only jointly.

    `measures` says the same of the security measures, where the text has other words for them.
    """

    how: Literal["unilateral", "joint", "consult", "controller", "silent"]
    """`unilateral`: the processor alone; `controller`: the controller alone."""
    clause: str = ""
    only_on: Literal["", "change_of_law"] = ""
    """Where the processor may change the text only to follow something: a change of the law."""
    form: Form = "any"
    measures: Literal["", "unilateral", "joint", "consult", "silent"] = ""
    measures_clause: str = ""
    significant: tuple[Literal["subprocessor", "place", "retention", "breach", "measure"], ...] = ()
    """What makes a unilateral change significant, so that `amendment.termination` opens with it."""
    reading: str = ""
