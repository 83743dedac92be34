"""What mail servers say in words of their own about a message that did not arrive, where they follow no standard. Pure.

Who a message is from decides nothing by itself: an out-of-office note comes from nobody too, and a person may write as
postmaster. It is a bounce by what it says: that it failed or was given up; a warning that it is still tried is none.
A second opinion comes from flufl.bounce, which knows the wording of many servers.
"""

import logging
import re
from email import message_from_bytes
from email.message import Message
from typing import Final

import flufl.bounce

from service.mail.incoming.matched import STATUS, addresses_in, clip
from service.mail.incoming.parsing import field
from service.mail.incoming.reports import Report, gives_back

# It writes what it stumbles over into the log, and that may be a customer's words.
logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL + 1)

_SERVERS: Final = re.compile(r"mailer-?daemon|mail-?daemon|postmaster|mdaemon|microsoftexchange[0-9a-f]*")
_A_PERSONS_TOO: Final = "postmaster"
_TEXT: Final = 20_000
_LINES: Final = 1_000
_LINE: Final = 500
"""What is read of it by patterns that were made for mail of good faith."""

_COPY: Final = re.compile(
    r"(below this line|here is your (returned )?mail|start of (returned|forwarded) message)\b.*"
    r"|(this is |the following is |below is )?a? ?copy of (your|the) (original )?(message|mail)\b.*"
    r"|(original|returned|message) (message|mail|text|headers?)( (text|headers?|details))?( follows?)?"
    r"|(received|return-path): \S.*",
    re.IGNORECASE,
)
"""A line of such words and no others: from here on it is the message that came back, which may say anything."""

_GIVEN_UP: Final = re.compile(
    r"\bgiv(en|ing) up\b|not going to try again|(has|have|we've|was) stopped trying"
    r"|(will|can|could)( not|not|n't) be (retried|(re)?attempted|re-?sent|tried)|will not (re)?try"
    r"|no (further|more|longer) (delivery )?(attempt|retr)|(retry|retries|attempts?)\b.{0,40}\bexceeded"
    r"|\bexpired\b|(too long|too old)\b.{0,20}\bqueue|queue too long|message (is )?too old"
    r"|permanent(ly)? (fatal )?(error|fail|reject)|\b(has been|have been|was|were|is being|being) returned\b"
    r"|all (delivery )?attempts.{0,20}failed|maximum (number of )?(retries|attempts|queue time)"
    r"|opgegeven|niet (meer|langer) (opnieuw )?(geprobeerd|proberen)"
    r"|aufgegeben|nicht (weiter|mehr|erneut) versucht|abandonn",
    re.IGNORECASE | re.DOTALL,
)
_STILL_TRIED: Final = re.compile(
    r"\bdelayed\b|\bdelivery is delayed\b|not yet been delivered|n[o']t been delivered yet|not yet delivered"
    r"|(will|shall) (continue|keep|go on)|attempts? .{0,40}\bwill continue|will be (retried|re-?attempted)"
    r"|will (re)?try\b|still (being )?(tr(y|ied|ying)|attempting|undelivered)|keep trying"
    r"|warning message only|do not need to re-?send|need not re-?send|no action is required|has been postponed"
    r"|vertraagd|vertraging|nog niet (afgeleverd|bezorgd)|blij(ft|ven) (het )?proberen|opnieuw (geprobeerd|proberen)"
    r"|verz(ö|oe)gert|noch nicht zugestellt|(weiterhin|erneut) versuch"
    r"|retard(é|ée)|différé|pas encore (été )?(remis|distribué|livré)",
    re.IGNORECASE | re.DOTALL,
)
_FAILED: Final = re.compile(
    r"(could|can|was|were|is|has|have)( not|not|n't)( be| been)? (delivered|reached?)|undeliver(able|ed)"
    r"|(not able|unable|failed|impossible) to deliver|did(n't| not) reach|delivery .{0,60}\bfail|rejected your message"
    r"|(message|mail|e-mail|recipient|address|user)\b.{0,40}\b(rejected|refused|unknown|not found|does(n't| not) exist)"
    r"|no such (user|mailbox|recipient|address|domain)|unknown (user|recipient|mailbox|address)"
    r"|mailbox .{0,30}\b(full|unavailable|disabled|not found|does(n't| not) exist)|over ?quota|quota (is )?exceeded"
    r"|host .{0,60}\bnot found|bounced"
    r"|niet (worden |kunnen worden )?(afgeleverd|bezorgd)|onbestelbaar|bezorging .{0,40}mislukt"
    r"|nicht (zugestellt|zustellbar)|unzustellbar|n'a (pas )?pu être|non (remis|distribué)|échec de (la )?remise",
    re.IGNORECASE | re.DOTALL,
)
_FAILED_SUBJECT: Final = re.compile(
    r"undeliver|failure notice|fail(ed|ure)\b.{0,20}(mail|message|delivery|notice)|(delivery|mail)\b.{0,40}\bfail"
    r"|returned (mail|to sender|message)|mail system error|message (not delivered|status - undeliverable)"
    r"|niet (afgeleverd|bezorgd)|onbestelbaar|unzustellbar|non (remis|distribué)",
    re.IGNORECASE,
)
_ANSWERING: Final = re.compile(r"\s*(re|aw|antw|antwoord|sv|vs|rif|ref|fw|fwd|wg|tr)\s*:", re.IGNORECASE)
_CODE: Final = re.compile(r"(?<![\d.])([45])\d\d[ -](?![\d/.:-])")


def nondelivery(mail: Message, raw: bytes, sender: str, subject: str, text: str) -> Report | None:
    """What a server says of a message of ours, None where it is no server's word, or says nothing of the kind.

    A server's word that cannot be told is unclear: a person reads it.
    """
    local = sender.partition("@")[0].lower()
    named = _SERVERS.fullmatch(local) is not None
    failing = field(mail, "X-Failed-Recipients")
    machine = from_nobody(mail) or said_automatic(mail)
    # An absence note goes on with the subject that it answers, or with words of its writer.
    own_subject = _ANSWERING.match(subject) is None and _VACATION.match(subject) is None
    fails_by_subject = own_subject and _FAILED_SUBJECT.search(subject) is not None
    if not (named or failing or machine or (fails_by_subject and not _threaded(mail))):
        return None
    returned = gives_back(mail)
    strong = bool(failing) or fails_by_subject or returned
    if not strong and ((vacation(mail, subject) and not named) or (local == _A_PERSONS_TOO and _personal(mail))):
        return None
    # A subject alone makes nobody a server.
    fails = fails_by_subject and (named or machine or bool(failing))
    return _judged(mail, raw, subject, text, named=named, fails=fails, returned=returned)


def _judged(
    mail: Message, raw: bytes, subject: str, text: str, *, named: bool, fails: bool, returned: bool
) -> Report | None:
    own, copied = _before_the_copy(text[:_TEXT])
    returned = returned or copied
    found = STATUS.search(own)
    code = _CODE.search(own)
    status = found[1] if found is not None else None
    first = (status or (code[1] if code is not None else ""))[:1]
    later, failed = _second_opinion(raw)
    concerns = tuple(dict.fromkeys((*failed, *later, *addresses_in(field(mail, "X-Failed-Recipients")))))
    made = Report(kind="bounce", status=status, words=clip(own), concerns=concerns)
    pending = Report(kind="unknown", status=status, words=made.words, temporary=True, concerns=concerns)
    failing = bool(field(mail, "X-Failed-Recipients"))
    by_name = named or returned or fails or failing or bool(failed or later)
    if not by_name and not (first and _FAILED.search(own)):
        return None  # a number alone, or such words alone, stand in what people write too
    if _GIVEN_UP.search(own):
        return made
    if _STILL_TRIED.search(subject) or _STILL_TRIED.search(own) or (later and not failed):
        return pending
    if failed or fails or failing or first == "5" or (returned and first) or _FAILED.search(own):
        return made
    if first == "4":
        return pending
    if returned and (named or from_nobody(mail)) and not vacation(mail, subject):
        return made
    return Report(kind="unknown", words=made.words, unclear=True, concerns=concerns) if named else None


def _before_the_copy(text: str) -> tuple[str, bool]:
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if _COPY.fullmatch(line[:_LINE].strip(" \t\r-=_*:.")):
            return "\n".join(lines[:number]), True
    return text, False


def from_nobody(mail: Message) -> bool:
    """An empty return path, which servers use, and out-of-office notes too (RFC 3834, 3.3)."""
    back_to = mail.get("Return-Path")
    return back_to is not None and str(back_to).strip() == "<>"


def said_automatic(mail: Message) -> bool:
    """What says of itself that a machine sent it (RFC 3834), or that a machine should not answer it as a person's."""
    said = field(mail, "Auto-Submitted").partition(";")[0].partition("(")[0].strip().lower()
    if said not in ("", "no"):
        return True
    return bool(field(mail, *_MACHINES)) or field(mail, "Precedence").strip().lower() in ("auto_reply", "auto-reply")


_MACHINES: Final = (
    "X-Autoreply", "X-Auto-Reply", "X-Autorespond", "X-Autoresponder", "X-Autoresponse", "X-Autoreply-From",
    "X-Auto-Reply-From", "X-Vacation", "X-Mail-Autoreply", "X-Autogenerated", "X-POST-MessageClass",
)  # fmt: skip

_VACATION: Final = re.compile(
    r"\s*((auto(matic|matisch|matische|mated|matische?s)?)[- ]*(reply|response|responder|antwoord|antwort"
    r"|beantwoorder|réponse|:)|auto:|out of (the )?office|ooo\b|afwezig|niet aanwezig|buiten (het )?kantoor|vakantie"
    r"|vacation|holiday|away\b|on leave|abwesen|absence|absent|im urlaub|urlaub|réponse automatique|congé"
    r"|respuesta automática|risposta automatica|fuera de|fuori (sede|ufficio))",
    re.IGNORECASE,
)


def vacation(mail: Message, subject: str) -> bool:
    """An absence note, by what it calls itself."""
    # Exchange marks its reports, too, as not to be answered.
    suppresses = bool(field(mail, "X-Auto-Response-Suppress")) and not field(mail, "X-MS-Exchange-Message-Is-Ndr")
    by_name = _VACATION.match(_ANSWERING.sub("", subject)) is not None
    return by_name or "vacation" in field(mail, "Auto-Submitted").lower() or (suppresses and said_automatic(mail))


def _threaded(mail: Message) -> bool:
    return bool(field(mail, "In-Reply-To", "References"))


def _personal(mail: Message) -> bool:
    """Somebody's own return path or thread, and nothing that says that a machine wrote it."""
    back_to = str(mail.get("Return-Path", "")).strip()
    return not said_automatic(mail) and back_to != "<>" and (back_to != "" or _threaded(mail))


def _second_opinion(raw: bytes) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The addresses that flufl.bounce finds still tried, and those it finds failed."""
    some = b"\n".join(line[:_LINE] for line in raw[: _LINES * _LINE].splitlines()[:_LINES])
    try:
        later, failed = flufl.bounce.all_failures(message_from_bytes(some))
    except Exception:  # its patterns meet whatever anybody sends
        return (), ()
    return _addresses(later), _addresses(failed)


def _addresses(found: frozenset[bytes]) -> tuple[str, ...]:
    return tuple(sorted(one.decode("ascii", "replace").lower() for one in found if b"@" in one))
