"""The mail about several notices of one contact (P19): its samples; its words are made in `bundle`."""

from typing import Any, Final

from msgspec.structs import replace

from service.mail.kinds.other import MailKind
from service.mail.kinds.source import Source
from service.mail.kinds.views import MailAgreement, MailChange, MailNotice, MailRight, SectionView, Sub
from service.wording import Moment

_MOMENT: Final = Moment(
    day="Thursday 24 December 2026", short="24 December 2026", time="24:00", place="Amsterdam", whole_day=True
)
_SUB: Final = Sub(
    name="Example Hosting", service="hosting", country="Ireland", categories="names, e-mail addresses",
    transfer_basis="adequacy decision",
)  # fmt: skip
_ADD: Final = MailChange(
    kind="add", name="Example Hosting", sub=_SUB, replaced=None, country="Ireland", from_country="", version="",
    version_now="", services="telephony", reason="a second data centre", wished="",
)  # fmt: skip
_MEASURE: Final = replace(_ADD, kind="measure", name="", sub=None, country="", services="", reason="")
_OBJECT: Final = MailRight(kind="object", clause="7.1", until=_MOMENT, written=False, grounds="asked", ends="")
_TOLD: Final = MailNotice(
    rule="objection", clause="7.1", written=False, rights=(_OBJECT,), closes=_MOMENT, own=None, starts="day",
    starts_day="Friday 25 December 2026", amended=False, objected=False, engaged=False, place_decides=False,
    overruling="none",
)  # fmt: skip
_ONLY_TOLD: Final = replace(_TOLD, rule="information", rights=(), closes=None)
_FIRST: Final = SectionView(
    change=_ADD, notice=_TOLD, agreement=MailAgreement(title="Processing agreement", references="M-1, M-2"),
    notice_url="https://dpa.example.org/n/sample", agreements=2,
)  # fmt: skip
_SECOND: Final = replace(
    _FIRST, change=_MEASURE, notice=_ONLY_TOLD, notice_url="https://dpa.example.org/n/another",
    agreement=MailAgreement(title="Processing agreement", references="M-1"), agreements=1,
)  # fmt: skip
_BARE: Final = {"notice_url": None}


def _apart(source: Source) -> dict[str, Any]:
    """No message is of this kind: it is the mail of several announcements."""
    raise ValueError("this mail is made of several announcements")


BUNDLE_MAILS: Final = (
    MailKind(
        name="announcements",
        make=_apart,
        samples=(
            {"sections": [_FIRST, _SECOND], "changes": 2, "agreements": 2, "statement": "2027-01", "first": _MOMENT,
             "same": True},
            {"sections": [replace(_FIRST, **_BARE), replace(_SECOND, **_BARE)], "changes": 2, "agreements": 1,
             "statement": "", "first": _MOMENT, "same": False},
            {"sections": [_FIRST, replace(_FIRST, agreements=1)], "changes": 1, "agreements": 3, "statement": "",
             "first": None, "same": False},
        ),
    ),
)  # fmt: skip
