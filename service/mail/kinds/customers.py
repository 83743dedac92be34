"""Messages about what a contact did on its own page: its address corrected, erasure to confirm, something asked."""

from typing import Any, Final

from service.mail.kinds.kind import MailKind
from service.mail.kinds.sample_values import HOUR
from service.mail.kinds.source import Source
from workflows.terms.explain import rule_sentence


def _corrected(s: Source) -> dict[str, Any]:
    return {"to": s.data["to"], "fields": list(s.data["fields"]), "new_name": s.letter.contact.name}


def _confirm(s: Source) -> dict[str, Any]:
    end, url = s.terms.end, s.framing.link_url
    if url is None:
        raise ValueError("a message that asks for confirmation carries the link for it")
    return {
        "link_url": url,
        "asked": s.moment(s.instant("received_at")),
        "over": s.letter.about.agreement.ended_on is not None,
        "cost": end.cost,
        "cost_clause": s.clause(end.cost_clause),
        "erasure": _when(s),
    }


def _when(s: Source) -> str:
    """By when the data go; nothing where that is only once the time for choosing is over, which a choice ends."""
    if s.terms.rules["end.erasure"].follows == "end.choice":
        return ""
    return rule_sentence(s.terms, "end.erasure", s.lang, s.letter.about.agreement.facts) or ""


def _asked(s: Source) -> dict[str, Any]:
    return {"words": s.data["words"], "received": s.moment(s.instant("received_at"))}


_CONFIRM: Final[dict[str, Any]] = {
    "link_url": "https://dpa.example.org/e/token", "asked": HOUR, "over": False, "cost": "controller",
    "cost_clause": "9.3", "erasure": "Erasure after the end (9.3): the processor, within 30 days of the end.",
}  # fmt: skip

CUSTOMER_MAILS: Final[tuple[MailKind, ...]] = (
    MailKind(
        name="contact_corrected",
        about="customer",
        make=_corrected,
        samples=(
            {"to": "old", "fields": ["email"], "new_name": "Kim"},
            {"to": "new", "fields": ["name", "email", "phone"], "new_name": "Kim"},
            {"to": "new", "fields": ["phone"], "new_name": "Kim"},
        ),
    ),
    MailKind(
        name="erase_confirm",
        about="agreement",
        make=_confirm,
        samples=(
            _CONFIRM,
            {**_CONFIRM, "over": True, "cost": "may_charge"},
            {**_CONFIRM, "cost": "unsaid", "cost_clause": "", "erasure": ""},
        ),
        purpose="erasure",
    ),
    MailKind(
        name="contacts_asked",
        about="customer",
        make=_asked,
        samples=({"words": "Sam takes over from Kim.", "received": HOUR},),
    ),
)
