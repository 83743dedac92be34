"""Reports in the forms that standards give them: delivery status (RFC 3464, with RFC 6533 for addresses that are not
ASCII), disposition (RFC 8098) and complaint (RFC 5965). Pure.
"""

import re
from collections.abc import Iterator
from email import message_from_string
from email.message import Message
from typing import Final

import msgspec

from service.mail.incoming.matched import STATUS, Kind, addresses_in, clip
from service.mail.incoming.parsing import content_of, decoded, field, parts, within

_STATUS: Final = ("message/delivery-status", "message/global-delivery-status")
_DISPOSITION: Final = ("message/disposition-notification", "message/global-disposition-notification")
_COMPLAINT: Final = "message/feedback-report"
_ORIGINALS: Final = ("message/rfc822", "message/global", "message/global-headers", "message/partial")
_HEADERS: Final = "text/rfc822-headers"
_GROUPS: Final = re.compile(r"\r?\n[ \t]*\r?\n")
_HIDDEN: Final = re.compile(r"\\x\{([0-9A-Fa-f]{2,6})\}")
_MOST: Final = 200

_PENDING: Final = ("delayed", "relayed", "expanded")
"""What is no last word: it is still tried, or was handed on to where no word comes from."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a server says became of a message. `temporary`: not arrived, and perhaps still to; `unclear`: a person has
    to look; `concerns` are the addresses that it is about."""

    kind: Kind
    status: str | None = None
    words: str = ""
    temporary: bool = False
    unclear: bool = False
    concerns: tuple[str, ...] = ()


def report_of(mail: Message) -> Report | None:
    """What the report in a mail says; None where the mail holds none."""
    for part in parts(mail):
        kind = part.get_content_type()
        if kind == _COMPLAINT:
            return Report(
                kind="unknown", status="complaint", words="the recipient reported the message as unwanted", unclear=True
            )
        if kind in _STATUS:
            return _delivery(list(_groups(part)))
        if kind in _DISPOSITION:
            said = " ".join(" ".join(group.values()) for group in _groups(part)).lower()
            shown = "displayed" in said or "deleted" in said
            return Report(kind="delivery" if shown else "unknown", words="a disposition notification")
    return None


def gives_back(mail: Message) -> bool:
    """Whether it brings the message that it is about, or that message's fields."""
    return any(part.get_content_type() in (*_ORIGINALS, _HEADERS) for part in parts(mail))


def originals(mail: Message) -> Iterator[str]:
    """What names the message that a report is about: the fields it gives back, and what the report says of it."""
    for part in parts(mail):
        kind = part.get_content_type()
        if kind in _ORIGINALS:
            for inner in within(part):
                yield field(inner, "Return-Path", "Message-ID")
            yield decoded(content_of(part)[:10_000])
        elif kind == _HEADERS:
            yield decoded(content_of(part)[:10_000])
        elif kind in (*_STATUS, *_DISPOSITION):
            for group in _groups(part):
                yield " ".join(group.values())


def _groups(part: Message) -> Iterator[dict[str, str]]:
    """The groups of fields of a report: one about the message, then one for each recipient."""
    inner = within(part)
    text = "\n\n".join(_as_it_came(one) for one in inner[:_MOST])
    if (encoding := part.get("Content-Transfer-Encoding")) is not None:
        # The library read the encoded text as fields, since reports were once never encoded.
        again = Message()
        again["Content-Transfer-Encoding"] = str(encoding)
        again.set_payload(text)
        text = decoded(content_of(again))
    else:
        text = decoded(text.encode("utf-8", "surrogateescape"))
    for one in _GROUPS.split(text.strip())[:_MOST]:
        fields = message_from_string(one.strip() + "\n\n")
        found = {name.lower(): " ".join(str(value).split()) for name, value in fields.raw_items()}
        if found:
            yield found


def _as_it_came(group: Message) -> str:
    head = "\n".join(f"{name}: {value}" for name, value in group.raw_items())
    rest = group.get_payload(decode=True)
    return f"{head}\n\n{rest.decode('ascii', 'surrogateescape')}" if isinstance(rest, bytes) and rest.strip() else head


def _delivery(groups: list[dict[str, str]]) -> Report:
    """One verdict on all recipients, whatever their order: a mail of ours went to one address, so several are the
    people behind it. Reached one, it arrived; pending at one, it is not settled; else it failed.
    """
    told = [one for one in groups if "action" in one]
    by_action: dict[str, list[dict[str, str]]] = {}
    for one in told:
        by_action.setdefault(_action(one), []).append(one)
    concerns = tuple(dict.fromkeys(address for one in told for address in _recipients(one)))
    reached, failed = by_action.get("delivered", []), by_action.get("failed", [])
    pending = [one for name in _PENDING for one in by_action.get(name, [])]
    if reached:
        also = f"; {len(failed)} of {len(told)} people behind the address were not reached" if failed else ""
        return Report(kind="delivery", status=_status(reached[0]), words=clip(_words(reached[0]) + also),
                      concerns=concerns)  # fmt: skip
    if failed and not pending:
        return Report(kind="bounce", status=_status(failed[0]), words=_words(failed[0]), concerns=concerns)
    if failed or "delayed" in by_action:
        one = (failed or by_action["delayed"])[0]
        return Report(kind="unknown", status=_status(one), words=_words(one), temporary=True, concerns=concerns)
    first = next(iter(told or groups), {})
    # Handed on proves nothing and needs nobody; a report that says nothing is read by a person.
    return Report(kind="unknown", status=_status(first), words=_words(first), unclear=not pending, concerns=concerns)


def _action(group: dict[str, str]) -> str:
    """The first word: some servers add a remark, or call a failure an error (RFC 3464, 2.3.3 has neither)."""
    word = re.match(r"[a-z]*", group["action"].lower())
    name = word[0] if word is not None else ""
    return "failed" if name.startswith(("fail", "error")) else name


def _recipients(group: dict[str, str]) -> Iterator[str]:
    for name in ("original-recipient", "final-recipient", "x-actual-recipient"):
        _, _, address = group.get(name, "").partition(";")
        yield from addresses_in(_HIDDEN.sub(_shown, address))


def _shown(found: re.Match[str]) -> str:
    """A character that stands for itself in RFC 6533, 3 (`\\x{e9}`)."""
    try:
        return chr(int(found[1], 16))
    except ValueError:
        return ""


def _status(group: dict[str, str]) -> str | None:
    found = STATUS.search(group.get("status", ""))
    return found[1] if found is not None else None


def _words(group: dict[str, str]) -> str:
    said = group.get("localized-diagnostic") or group.get("diagnostic-code", "")
    return clip(said.partition(";")[2].strip() or said or group.get("action", "") or "a report without an action")
