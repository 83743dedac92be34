"""Slack and Teams: what is overdue, found or objected to is posted where a processor's people talk.

Posts say what the board shows, and lead to it. Each is tried for some hours; what is given up is counted where the
processor is shown.
"""

import logging
from typing import Any, Final

import asyncpg
import msgspec

from db.queries import sql
from db.session import transaction
from service.mail.texts.sentences import CATALOGUE
from service.webhooks.sending import Reply, Sender
from workflows.engine.poison import note
from workflows.model.parties import ChatKind

log = logging.getLogger(__name__)

BATCH: Final = 20
TRIES: Final = 8
LEASE: Final = 60.0
AGAIN: Final = 60.0
"""Seconds after the first try; each later one waits twice as long."""
_TOO_MANY: Final = 429


async def post_chats(pool: asyncpg.Pool, sender: Sender, *, batch: int = BATCH) -> int:
    """Work off one batch of posts that are due; how many were taken on."""
    async with transaction(pool) as connection:
        rows = await connection.fetch(sql("claim_chat_posts"), batch, LEASE)
    for row in rows:
        reply = await _posted(sender, row)
        again = AGAIN * 2 ** (row["tries"] - 1) if _worth_another(reply) and row["tries"] < TRIES else None
        async with transaction(pool) as connection:
            await connection.execute(
                sql("settle_chat_post"), row["id"], reply.delivered, None if reply.delivered else again, reply.words
            )
    return len(rows)


async def _posted(sender: Sender, row: Any) -> Reply:
    try:
        body = body_of(row, sender.config.base_url)
    except Exception as error:  # one bad row stops nothing else
        note(log, f"writing post {row['id']}", error)
        return Reply(status=None, words=f"it cannot be made: {type(error).__name__}", took_ms=0)
    return await sender.post(row["url"], body, {})


def _worth_another(reply: Reply) -> bool:
    """No answer, or one that may be another later; not where the address itself is refused."""
    return reply.status is None or reply.status == _TOO_MANY or reply.status >= 500


def body_of(row: Any, base_url: str) -> bytes:
    """A post in the receiver's own form. `base_url` is what addresses of the board begin with."""
    data = msgspec.json.decode(row["data"])
    said = CATALOGUE.in_language(row["language"])
    overdue = sum(one["occasion"] == "overdue" for one in data["lines"])
    late = said("told.subject_overdue", processor=row["processor"], count=overdue)
    title = late if overdue else f"{row['processor']}: {said('told.title')}"
    lines = [(_in_words(one), f"{base_url}{one['path']}") for one in data["lines"]]
    more = said("told.more", count=data["more"]) if data["more"] else ""
    return msgspec.json.encode(_FORMS[row["kind"]](title, lines, more))


def _in_words(one: dict[str, Any]) -> str:
    """A line as it is said at once: what, for whom, by which clause, until when."""
    until = f"{one['day']} {one['time']} ({one['place']})" if one["day"] else ""
    return " · ".join(part for part in (one["what"].rstrip("."), one["customer"], one["clause"], until) if part)


def _slack(title: str, lines: list[tuple[str, str]], more: str) -> dict[str, Any]:
    """Text with Slack's own marks; only its three signs have to be written otherwise."""
    said = [f"• <{url}|{_plain_slack(text)}>" for text, url in lines]
    return {"text": "\n".join([f"*{_plain_slack(title)}*", *said, *([more] if more else [])])}


def _plain_slack(text: str) -> str:
    for sign, written in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("|", "¦"), ("*", "∗")):
        text = text.replace(sign, written)
    return text


def _teams(title: str, lines: list[tuple[str, str]], more: str) -> dict[str, Any]:
    """An adaptive card."""
    blocks: list[dict[str, Any]] = [{"type": "TextBlock", "text": _plain_card(title), "weight": "Bolder", "wrap": True}]
    for text, url in lines:
        blocks.append({"type": "TextBlock", "text": f"[{_plain_card(text)}]({url})", "wrap": True})
    if more:
        blocks.append({"type": "TextBlock", "text": more, "wrap": True})
    card = {"$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.4",
            "body": blocks}  # fmt: skip
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}
    return {"type": "message", "attachments": [attachment]}


def _plain_card(text: str) -> str:
    """Cards read Markdown: what somebody typed makes no link of its own."""
    return "".join(f"\\{one}" if one in "\\[]()*_" else one for one in text)


_FORMS: Final[dict[ChatKind, Any]] = {"slack": _slack, "teams": _teams}
