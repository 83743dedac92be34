"""The one mail of a day that reminds a contact of several things, alike ones said once. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from msgspec.structs import replace

from service.mail.kinds.kind import MailKind
from service.mail.kinds.sample_values import ADD, CONSENT, LAST_MOMENT, OBJECT, TOLD
from service.mail.kinds.source import Source
from service.mail.kinds.together import common, several_references
from service.mail.kinds.views import AnswerAwaited, ChoiceAwaited, MailAgreement
from service.wording import Moment

DIGEST: Final = "reminders"
"""The template of such a mail."""


def digest(sources: Sequence[Source], words: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The variables of the one mail, from the letters in it and the words of each, in the same order.

    Agreements of the same terms to which the same change gives the same right are one section.
    """
    answers: dict[tuple[object, ...], AnswerAwaited] = {}
    choices: list[ChoiceAwaited] = []
    closing: dict[datetime, Moment] = {}
    for source, said in zip(sources, words, strict=True):
        agreement: MailAgreement = said["agreement"]
        if (closes := source.data.get("closes_at")) is not None:
            until = datetime.fromisoformat(closes)
            if (last := source.last(until)) is not None:
                closing[until] = last
        if source.letter.about.notice is None:
            choices.append(
                ChoiceAwaited(
                    agreement=agreement, last_day=said["last_day"], until=said["until"], clause=said["clause"],
                    outlives=said["outlives"], unchosen=said["unchosen"],
                )
            )  # fmt: skip
            continue
        key = (source.change.id, said["change"], said["notice"], said["right"], agreement.title)
        known = answers.get(key)
        answers[key] = (
            AnswerAwaited(
                change=said["change"], notice=said["notice"], right=said["right"], agreement=agreement,
                notice_url=said["notice_url"], agreements=1,
            )
            if known is None
            else replace(
                known, agreement=several_references(known.agreement, agreement), agreements=known.agreements + 1
            )
        )  # fmt: skip
    return {
        **common(words),
        "waiting": len(sources),
        "answers": list(answers.values()),
        "choices": choices,
        "first": closing[min(closing)] if closing else None,
        "same": len(closing) == 1,
    }


def _apart(source: Source) -> dict[str, Any]:
    """No message is of this kind: it is the mail of several reminders."""
    raise ValueError("this mail is made of several reminders")


_AGREEMENT: Final = MailAgreement(title="Processing agreement", references="M-1, M-2")
_OBJECT: Final = AnswerAwaited(
    change=ADD, notice=TOLD, right=OBJECT, agreement=_AGREEMENT, notice_url="https://dpa.example.org/n/sample",
    agreements=2,
)  # fmt: skip
_CONSENT: Final = AnswerAwaited(
    change=ADD, notice=replace(TOLD, rule="consent", rights=(CONSENT,), closes=None, silence="consent"), right=CONSENT,
    agreement=replace(_AGREEMENT, references="M-1"), notice_url="https://dpa.example.org/n/another", agreements=1,
)  # fmt: skip
_CHOICE: Final = ChoiceAwaited(
    agreement=_AGREEMENT, last_day="Monday 30 November 2026", until=LAST_MOMENT, clause="9.5", outlives=""
)

DIGEST_MAILS: Final = (
    MailKind(
        name=DIGEST,
        about="notice",
        bundle=True,
        make=_apart,
        samples=(
            {"waiting": 3, "answers": [_OBJECT, _CONSENT], "choices": [_CHOICE], "first": LAST_MOMENT, "same": True},
            {"waiting": 4, "answers": [replace(_OBJECT, notice_url=None), replace(_CONSENT, notice_url=None)],
             "choices": [_CHOICE, replace(_CHOICE, outlives="1.1", clause="")], "first": LAST_MOMENT, "same": False},
            {"waiting": 2, "answers": [_CONSENT, _CONSENT], "choices": [_CHOICE], "first": None, "same": False},
        ),
    ),
)  # fmt: skip
