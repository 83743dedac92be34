"""The mail about several notices of one contact (P19): its samples; its words are made in `together`."""

from typing import Any, Final

from msgspec.structs import replace

from service.mail.kinds.kind import MailKind
from service.mail.kinds.sample_values import ADD, LAST_MOMENT, TOLD
from service.mail.kinds.source import Source
from service.mail.kinds.together import TOGETHER
from service.mail.kinds.views import MailAgreement, SectionView

_MEASURE: Final = replace(ADD, kind="measure", name="", sub=None, country="", services="", reason="")
_ONLY_TOLD: Final = replace(TOLD, rule="information", rights=(), closes=None)
_FIRST: Final = SectionView(
    change=ADD, notice=TOLD, agreement=MailAgreement(title="Processing agreement", references="M-1, M-2"),
    notice_url="https://dpa.example.org/n/sample", agreements=2,
)  # fmt: skip
_SECOND: Final = replace(
    _FIRST, change=_MEASURE, notice=_ONLY_TOLD, notice_url="https://dpa.example.org/n/another",
    agreement=MailAgreement(title="Processing agreement", references="M-1"), agreements=1,
)  # fmt: skip


def _apart(source: Source) -> dict[str, Any]:
    """No message is of this kind: it is the mail of several announcements."""
    raise ValueError("this mail is made of several announcements")


BUNDLE_MAILS: Final = (
    MailKind(
        name=TOGETHER,
        about="notice",
        bundle=True,
        make=_apart,
        samples=(
            {"sections": [_FIRST, _SECOND], "changes": 2, "agreements": 2, "statement": "2027-01", "first": LAST_MOMENT,
             "same": True},
            {"sections": [replace(one, notice_url=None) for one in (_FIRST, _SECOND)], "changes": 2, "agreements": 1,
             "statement": "", "first": LAST_MOMENT, "same": False},
            {"sections": [_FIRST, replace(_FIRST, agreements=1)], "changes": 1, "agreements": 3, "statement": "",
             "first": None, "same": False},
        ),
    ),
)  # fmt: skip
