"""The messages about a breach: the first report, what is new, and how it ended."""

from datetime import datetime
from typing import Any, Final

from service.mail.kinds.kind import MailKind
from service.mail.kinds.sample_values import HOUR
from service.mail.kinds.source import Source
from workflows.model.per_language import say
from workflows.time import parse_period


def _breach(s: Source) -> dict[str, Any]:
    due, hours = s.data["authority_due_at"], s.data.get("authority_period", "")
    exact = not hours or parse_period(hours).unit == "hours"
    return {
        "clause": s.clause(s.data["clause"]),
        "discovered": s.moment(s.instant("discovered_at")),
        "summary": s.data["summary"],
        "of_kind": s.data.get("kind", ""),
        "supplier": s.data["supplier"],
        "answers": [tuple(pair) for pair in s.data["answers"]],
        "open_questions": list(s.data["open"]),
        "authority": s.data["authority"],
        "authority_clause": s.clause(s.data["authority_clause"]),
        "authority_due": (s.moment if exact else s.last)(datetime.fromisoformat(due)) if due is not None else None,
        "authority_from": s.data["authority_from"],
        "authority_hours": s.length(hours) if hours else "",
        "authority_people": s.clause(s.data.get("authority_people", "")),
        "authority_exact": exact,
        "authority_soon": s.data.get("authority_soon", False),
        "authority_besides": s.data.get("authority_besides", ""),
    }


def _update(s: Source) -> dict[str, Any]:
    return {**_breach(s), "text": say(s.data.get("text", ""), s.lang)}


def _closed(s: Source) -> dict[str, Any]:
    return {**_breach(s), "conclusion": say(s.data.get("conclusion", ""), s.lang)}


_KNOWN: Final[dict[str, Any]] = {
    "clause": "8.1", "discovered": HOUR, "summary": "A laptop was stolen", "of_kind": "",
    "supplier": "",
    "answers": [("kinds of data", "names, e-mail addresses")], "open_questions": ["root cause"],
    "authority": "forbidden", "authority_clause": "8.3", "authority_due": HOUR, "authority_from": "discovery",
    "authority_hours": "72 hours", "authority_people": "", "authority_exact": True, "authority_soon": False,
    "authority_besides": "",
}  # fmt: skip
_SAMPLES: Final[tuple[dict[str, Any], ...]] = (
    _KNOWN,
    {
        **_KNOWN,
        "of_kind": "a wrongful disclosure",
        "supplier": "Example Hosting",
        "answers": [],
        "authority": "assists",
        "authority_from": "aware",
    },
    {
        **_KNOWN,
        "open_questions": [],
        "authority": "not_obliged",
        "authority_due": None,
        "authority_from": "",
        "authority_hours": "",
    },
    {**_KNOWN, "answers": [], "open_questions": [], "clause": "", "authority_clause": "", "authority_due": None},
    {**_KNOWN, "authority_due": None, "authority_from": "informed"},
    {
        **_KNOWN,
        "authority_clause": "9.1",
        "authority_people": "9.2",
        "authority_hours": "60 days",
        "authority_exact": False,
        "authority_soon": True,
        "authority_besides": "Fewer than 500 people may be reported later",
    },
    {**_KNOWN, "authority_due": None, "authority_from": "aware", "authority_hours": "", "authority_soon": True},
    {**_KNOWN, "authority": "", "authority_due": None, "authority_from": "", "authority_hours": ""},
)

BREACH_MAILS: Final = (
    MailKind(name="breach_notice", about="breach_case", make=_breach, samples=_SAMPLES),
    MailKind(
        name="breach_update",
        about="breach_case",
        make=_update,
        samples=tuple(
            {**one, "text": text}
            for one, text in zip(_SAMPLES, ("The cause is known", "", "", "", "", "", "", ""), strict=True)
        ),
    ),
    MailKind(
        name="breach_closed",
        about="breach_case",
        make=_closed,
        samples=(
            *({**one, "conclusion": "The laptop was found unopened"} for one in _SAMPLES),
            {**_KNOWN, "conclusion": ""},
        ),
    ),
)
