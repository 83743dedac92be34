"""A terms file as a whole."""

from typing import Literal

import msgspec

from workflows.terms.model.base import Base, Role
from workflows.terms.model.counting import Counting
from workflows.terms.model.data import EndRules, Retention
from workflows.terms.model.duties import AuditRules, BreachRules, MatterRule, Requests
from workflows.terms.model.life import Amendment, Ending, Entry
from workflows.terms.model.penalties import Penalty
from workflows.terms.model.rules import Rule
from workflows.terms.model.subprocessors import Subprocessors
from workflows.words import Language


class Field(Base, frozen=True, kw_only=True):
    """What the agreement leaves blank: required of each agreement before it is sent."""

    name: str
    """A rule id (`end.erasure`) or another dotted name (`backup.retention`)."""
    kind: Literal["duration", "text", "date", "places"]
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

    `law` is the law on personal data that the agreement is made under (`GDPR`, `HIPAA`): what that law adds is added to
    the rules of the file, and where the file names none, or one that the program does not know, nothing is added.
    `governing_law` is the parties' choice of law, as text; it, `court` and `role_of_document` may be given by language.
    """

    id: str
    version: str
    title: str
    language: Language
    zone: str
    """IANA name; days of the agreement are days in it (I-09)."""
    calendar: str
    """Whose legal holidays count: a country, a part of one (`DE-BY`), or `none`."""
    counting: Counting | None = None
    law: str = ""
    also_laws: tuple[str, ...] = ()
    """Further laws that the data may be subject to; the first is `law`."""
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
    in_languages: dict[str, dict[Language, str]] = {}
    """Its texts by language, as those of any part; `services.` and a tag for what a service is called."""

    def __hash__(self) -> int:
        """Two that are equal are versions of one name: what is found out of a version alone is kept by it.

        Comparing two costs more than that saves: `stored_terms` gives one object for the same words, which needs none.
        """
        return hash((self.id, self.version))
