"""The messages about a data subject's request, an audit and a matter: one template each, a turn for each step."""

from datetime import date, datetime
from typing import Any, Final, get_args

from service.mail.kinds.kind import MailKind
from service.mail.kinds.sample_values import LAST_MOMENT
from service.mail.kinds.source import Source
from service.wording import Moment, say_country
from workflows.terms.model import MatterKind

_CAME: Final = Moment(day="Monday 2 March 2026", short="2 March 2026", time="10:00", place="Amsterdam", whole_day=False)


def _request(s: Source) -> dict[str, Any]:
    due, answer_due = s.data["due_at"], s.data["answer_due_at"]
    return {
        "step": s.data["step"],
        "kind": s.data["kind"],
        "reference": s.data["reference"],
        "received": s.moment(s.instant("received_at")),
        "due": s.last(datetime.fromisoformat(due)) if due is not None else None,
        "answer_due": s.last(datetime.fromisoformat(answer_due)) if answer_due is not None else None,
        "clause": s.clause(s.data["clause"]),
        "referred": s.data["referred"],
        "cost": s.data["cost"],
        "answer_clause": s.clause(s.data.get("answer_clause", "")),
        "counted_from_here": s.data.get("counted_from_here", False),
        "agreed": s.data.get("agreed", False),
        "reason": s.data.get("reason", ""),
        "note": s.data.get("note", ""),
    }


def _audit(s: Source) -> dict[str, Any]:
    planned = s.data["planned_on"]
    return {
        "step": s.data["step"],
        "clause": s.clause(s.data["clause"]),
        "requested": s.moment(s.instant("requested_at")),
        "planned": s.day(date.fromisoformat(planned)) if planned is not None else "",
        "auditor": s.data["auditor"],
        "scope": s.data["scope"],
        "secrecy": s.data["secrecy"],
        "cost": s.data["cost"] or "",
        "cost_clause": s.clause(s.data.get("cost_clause", "")),
        "share": s.data.get("share"),
        "findings": list(s.data["findings"]),
        "reason": s.data.get("reason", ""),
        "evidence": s.data.get("evidence", ""),
        "result": s.data.get("result", ""),
    }


_OF_REQUEST: Final[dict[str, Any]] = {
    "step": "forwarded", "kind": "access", "reference": "R-1", "received": _CAME, "due": LAST_MOMENT,
    "answer_due": LAST_MOMENT, "answer_clause": "artikel 12, lid 3 AVG", "counted_from_here": False, "agreed": False,
    "clause": "I 8", "referred": True, "cost": True, "reason": "", "note": "",
}  # fmt: skip
_OF_AUDIT: Final[dict[str, Any]] = {
    "step": "requested", "clause": "4.1", "requested": _CAME, "planned": "", "auditor": "", "scope": "",
    "secrecy": "signed", "cost": "", "cost_clause": "", "share": None, "findings": [], "reason": "", "evidence": "",
    "result": "",
}  # fmt: skip

DOSSIER_MAILS: Final = (
    MailKind(
        name="request",
        about="request",
        make=_request,
        samples=(
            _OF_REQUEST,
            {**_OF_REQUEST, "referred": False, "answer_due": None, "due": None, "cost": False, "reference": ""},
            {
                **_OF_REQUEST,
                "step": "paused",
                "kind": "rectification",
                "reason": "Which address?",
                "counted_from_here": True,
            },
            {**_OF_REQUEST, "step": "paused", "reason": "Which address?", "agreed": True, "answer_due": None},
            {**_OF_REQUEST, "step": "extended", "kind": "erasure", "reason": "Much to look through"},
            {**_OF_REQUEST, "step": "extended", "reason": "Much to look through", "counted_from_here": True},
            {**_OF_REQUEST, "step": "fulfilled", "kind": "restriction", "note": "An export was sent", "cost": False},
            {**_OF_REQUEST, "step": "fulfilled", "kind": "portability"},
            {**_OF_REQUEST, "step": "refused", "kind": "objection", "reason": "Out of reach", "clause": ""},
        ),
    ),
    MailKind(
        name="audit",
        about="audit",
        make=_audit,
        samples=(
            _OF_AUDIT,
            {
                **_OF_AUDIT,
                "step": "planned",
                "planned": "Monday 4 May 2026",
                "auditor": "Audit Ltd",
                "scope": "backups",
            },
            {**_OF_AUDIT, "step": "planned", "planned": "Monday 4 May 2026", "secrecy": ""},
            {**_OF_AUDIT, "step": "planned", "planned": "Monday 4 May 2026", "secrecy": "bound"},
            {**_OF_AUDIT, "step": "certificate", "evidence": "ISO 27001"},
            {**_OF_AUDIT, "step": "reported", "cost": "controller", "cost_clause": "4.2", "findings": []},
            {**_OF_AUDIT, "step": "reported", "cost": "processor", "findings": ["No lock"]},
            {**_OF_AUDIT, "step": "reported", "cost": "", "findings": []},
            {**_OF_AUDIT, "step": "reported", "cost": "shared", "cost_clause": "4.2", "findings": ["No lock"]},
            {**_OF_AUDIT, "step": "shared", "cost": "shared", "cost_clause": "4.2", "share": 40},
            {**_OF_AUDIT, "step": "shared", "cost": "processor"},
            {**_OF_AUDIT, "step": "closed", "result": "All put right"},
            {**_OF_AUDIT, "step": "closed"},
            {**_OF_AUDIT, "step": "refused", "reason": "Unlawful"},
        ),
    ),
)


def _matter(s: Source) -> dict[str, Any]:
    ours = s.terms.matters
    return {
        "step": s.data["step"],
        "kind": s.data["kind"],
        "clause": s.clause(s.data["clause"]),
        "about": s.data["about"],
        "said": s.data["text"],
        "country": say_country(s.data["country"], s.lang) if s.data["country"] else "",
        "written": s.data["written"],
        "in_text": s.data.get("form") == "text",
        "cost": s.data["cost"],
        "answer": s.data.get("answer", ""),
        "answer_text": s.data.get("answer_text", ""),
        "reason": s.data.get("reason", ""),
        "until": s.last(s.instant("due_at")) if s.data.get("due_at") else None,
        "at_once": any(one.kind == s.data["kind"] and one.raised_by == "controller" and one.at_once for one in ours),
    }


_OF_MATTER: Final[dict[str, Any]] = {
    "step": "raised", "kind": "storage_consent", "clause": "3.7", "about": "Backups", "said": "", "country": "Norway",
    "written": True, "in_text": False, "cost": False, "answer": "", "answer_text": "", "reason": "",
    "until": None, "at_once": False,
}  # fmt: skip
MATTER_MAILS: Final = (
    MailKind(
        name="matter",
        about="matter",
        make=_matter,
        samples=(
            _OF_MATTER,
            {**_OF_MATTER, "in_text": True},
            *({**_OF_MATTER, "kind": kind, "country": "", "said": "In short"} for kind in get_args(MatterKind)),
            {**_OF_MATTER, "step": "received", "kind": "storage_places", "country": "", "cost": True, "written": False},
            {**_OF_MATTER, "step": "received", "kind": "erasure_or_return", "country": "", "until": LAST_MOMENT},
            {**_OF_MATTER, "step": "received", "kind": "erasure_or_return", "country": ""},
            {**_OF_MATTER, "step": "received", "kind": "information", "country": "", "at_once": True},
            {**_OF_MATTER, "step": "answered", "answer": "consent", "answer_text": "For a year"},
            {**_OF_MATTER, "step": "answered", "answer": "refuse"},
            {**_OF_MATTER, "step": "answered", "kind": "information", "country": "", "answer": "done"},
            {**_OF_MATTER, "step": "answered", "kind": "legal_change", "country": "", "answer": "agree"},
            {**_OF_MATTER, "step": "answered", "kind": "authority_copy", "country": "", "answer": "noted"},
            {**_OF_MATTER, "step": "taken_back", "reason": "Too far away"},
        ),
    ),
)
