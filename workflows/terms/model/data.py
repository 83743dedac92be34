"""What becomes of the data, and how long they are kept."""

from typing import Literal

from workflows.terms.model.base import Base, Form


class Holder(Base, frozen=True, kw_only=True):
    """Who holds data that must go at the end, and how it is confirmed."""

    name: Literal["processor", "subprocessors", "backups"]
    clause: str
    may_end_unconfirmed: bool = False
    text: str = ""
    text_nl: str = ""


class EndRules(Base, frozen=True, kw_only=True):
    """What happens to the data. `choice`: the customer may choose return or erasure, for a period where the rule
    `end.choice` has one; `return_first`: return comes unasked; `erase`: erasure without a choice.

    `without_choice` is what follows where the customer chooses nothing: erasure, return, or that the data are
    kept until it asks. Unsaid: where the choice has a period they are erased once it is over, and where it has
    none a person is asked. `erasure_asked` names the rule by whose clock an erasure goes that was asked, where
    that is another than `end.erasure`.

    `cost` is who bears what return or erasure on request costs: `controller`; `may_charge` where the processor
    may charge it; `other_format` where only another form is charged than the one in which the data were supplied;
    `processor`, which charges nothing; `unsaid` where the text has no word on it, of which a file that leaves it out
    says nothing. `return_as` is the form in which data go back, where the text names one. `holders`: without any
    the processor and whoever works for the agreement hold the data.
    """

    data: Literal["erase", "choice", "return_first"]
    clause: str
    without_choice: Literal["unsaid", "erase", "return", "keep"] = "unsaid"
    without_choice_clause: str = ""
    erasure_asked: Literal["", "end.return"] = ""
    declaration: bool = False
    declaration_clause: str = ""
    return_form: Form = "any"
    return_as: str = ""
    return_as_nl: str = ""
    cost: Literal["", "unsaid", "controller", "may_charge", "other_format", "processor"] = ""
    cost_clause: str = ""
    warn_before_end: bool = False
    retention_clause: str = ""
    """Where the controller names data that the law has kept longer: it is reminded of that before the end."""
    erase_choice_confirmed: bool = True
    render_inaccessible: bool = False
    restricted_clause: str = ""
    """Where data that may not be erased yet are restricted meanwhile: whoever places a hold is asked to do so."""
    holders: tuple[Holder, ...] = ()
    reading: str = ""


class Retention(Base, frozen=True, kw_only=True):
    """A row of the retention table; its clock is the rule `retention.<category>`.

    `by_processor`: the processor holds the data too, beside the `holders` that the table names.
    `always`: its service is the contract itself, so it is there whichever services an agreement names.
    `while_running`: its period is for as long as the agreement runs; once that has ended the data go with the rest.
    """

    category: str
    text: str
    text_nl: str = ""
    service: str = ""
    always: bool = False
    while_running: bool = False
    by_processor: bool | None = None
    holders: tuple[str, ...] = ()
    clause: str

    @property
    def at_processor(self) -> bool:
        """Whether the processor holds them: it does where the text names nobody, or does not say."""
        return self.by_processor is not False
