"""Made-up values that several kinds of messages are tried on."""

from typing import Any, Final

from msgspec.structs import replace

from service.mail.kinds.views import LineView, MailAgreement, MailChange, MailNotice, MailRight, Sub
from service.wording import Moment
from workflows.terms.model import Form

LAST_MOMENT: Final = Moment(
    day="Thursday 24 December 2026", short="24 December 2026", time="24:00", place="Amsterdam", whole_day=True
)
HOUR: Final = replace(LAST_MOMENT, time="14:05", whole_day=False)
SUB: Final = Sub(
    name="Example Hosting", aliases="ExHost", service="hosting", country="Ireland", countries="Norway",
    address="Hafenweg 1, Cork", contact="dpo@hosting.example", categories="names, e-mail addresses",
    transfer_basis="adequacy decision",
)  # fmt: skip
ADD: Final = MailChange(
    kind="add", name="Example Hosting", sub=SUB, replaced=None, country="Ireland", from_country="", version="",
    version_now="", services="telephony", reason="a second data centre", wished="",
)  # fmt: skip
CHANGES: Final = (
    ADD,
    replace(ADD, kind="replace", replaced=replace(SUB, name="Former Hosting")),
    replace(ADD, kind="replace"),
    replace(ADD, kind="relocate", from_country="Netherlands"),
    replace(
        ADD,
        kind="terms",
        name="",
        sub=None,
        country="",
        version="2027-01",
        version_now="2026-01",
        services="",
        reason="a new law",
        lines=(
            LineView(label="Erasure", was="within 3 months", becomes="within 2 months"),
            LineView(label="Subprocessor Former Hosting", was="hosting", becomes=""),
            LineView(label="Subprocessor Example Hosting", was="", becomes="hosting"),
        ),
        more=2,
    ),
    replace(ADD, kind="remove"),
    replace(ADD, kind="measure", name="", sub=None, country="", reason=""),
)
OBJECT: Final = MailRight(
    kind="object", clause="7.1", until=LAST_MOMENT, over=False, length="", form="any", grounds="asked", ends=""
)
CONSENT: Final = replace(OBJECT, kind="consent", until=None, form="written")
END: Final = replace(OBJECT, kind="terminate", form="written", grounds="required", ends="agreement")
TOLD: Final = MailNotice(
    rule="objection", clause="7.1", form="any", rights=(OBJECT,), closes=LAST_MOMENT, closes_over=False, own=None,
    own_over=False, silence="goes_ahead", lapses_beside=False, starts="day", starts_day="Friday 25 December 2026",
    began="", amended=False, anew=False, objected=False, engaged=False, place_decides=False, unsaid=False,
    overruling="none", from_sending=False, barred_by="", objected_ends="", objected_clause="", objected_after="",
    overruled_ends="",
    reasons_asked=False, over="",
)  # fmt: skip
_UNSAID: Final[tuple[tuple[str, Form], ...]] = (("GDPR 28(2)", "written"), ("FADP 9(3)", "any"), ("", "any"))
"""Where a place needs a consent of which the terms say nothing: the clause, and the form that it asks for."""
NOTICES: Final = (
    TOLD,
    replace(TOLD, rights=(replace(OBJECT, until=None, grounds="required", form="written"), END), closes=None,
            own=LAST_MOMENT, silence="own", lapses_beside=True, overruling="termination"),
    *(replace(TOLD, objected_ends=ends, objected_clause="7.5", objected_after=after)
      for after in ("", "30 days") for ends in ("main_contract", "main_contract_alone", "service", "agreement")),
    replace(TOLD, barred_by="7.6", from_sending=True),
    *(replace(TOLD, overruling="termination", overruled_ends=ends)
      for ends in ("main_contract", "main_contract_alone", "service", "agreement")),
    replace(TOLD, rule="consent", rights=(CONSENT,), closes=None, starts="after_yes", silence="consent", form="written",
            place_decides=True),
    *(replace(TOLD, rule="consent", clause=clause, rights=(replace(CONSENT, clause=clause, form=form),),
              closes=None, starts="after_yes", silence="consent", form=form, unsaid=True)
      for clause, form in _UNSAID),
    replace(TOLD, rule="consent", rights=(replace(CONSENT, until=HOUR),), closes=None, starts="begun", starts_day="",
            began="Monday 30 November 2026", silence="begun", form="written", engaged=True),
    *(replace(TOLD, rule="consent", rights=(replace(CONSENT, form="text"),), closes=None, starts="after_yes",
              silence="consent", form="text", place_decides=place) for place in (False, True)),
    replace(TOLD, form="text", rights=(replace(OBJECT, form="text"), replace(END, form="text"))),
    replace(TOLD, rule="termination_right", rights=(END,), silence="ending"),
    replace(TOLD, rule="information", clause="", rights=(), closes=None, starts="at_once", starts_day="",
            silence="told"),
    replace(TOLD, rule="information", rights=(), closes=None, silence="told"),
    replace(TOLD, rule="information", rights=(), closes=None, starts="once_agreed", starts_day="", silence="to_agree"),
    replace(TOLD, rule="termination_right", rights=(replace(END, until=None, ends="main_contract"),),
            closes=None, silence="ending"),
    replace(TOLD, amended=True, engaged=True, starts="begun", starts_day="", began="Monday 30 November 2026",
            silence="begun", closes_over=True, rights=(replace(OBJECT, over=True),)),
    replace(TOLD, objected=True, starts="held", starts_day="", silence="held", reasons_asked=True),
    replace(TOLD, amended=True, anew=True, objected=True, starts="held", starts_day="", silence="held"),
    replace(TOLD, rights=(replace(OBJECT, until=None),), closes=None, own=LAST_MOMENT, own_over=True, silence="own"),
    replace(TOLD, amended=True, anew=True, closes_over=True, rights=(replace(OBJECT, over=True),), silence="closing"),
    replace(TOLD, silence="none", starts="at_once", starts_day="", closes_over=True),
    replace(TOLD, rule="consent", rights=(CONSENT,), closes=None, starts="held", starts_day="", silence="held"),
    replace(TOLD, over="Saturday 28 November 2026"),
)  # fmt: skip
COMMON: Final[dict[str, Any]] = {
    "processor": "Example Processing", "shown_as": "Example", "can_reply": True, "customer": "Example Customer",
    "passes_on": False, "contact": "Kim de Vries",
    "agreement": MailAgreement(title="Processing agreement", references="M-1"),
    "notice_url": "https://dpa.example.org/n/sample", "page_url": "https://dpa.example.org/p/sample",
    "host": "dpa.example.org", "by_letter": False,
}  # fmt: skip
BARE: Final[dict[str, Any]] = {
    **COMMON, "can_reply": False, "passes_on": True, "notice_url": None, "page_url": None,
    "by_letter": True,
    "agreement": MailAgreement(title="Processing agreement", references=""),
}  # fmt: skip


def about_a_notice(*variants: dict[str, Any], rounds: int = 0) -> tuple[dict[str, Any], ...]:
    """Samples of a kind that tells of a notice: every change and every notice, with the variants in turn."""
    return tuple(
        {
            **variants[number % len(variants)],
            "change": CHANGES[number % len(CHANGES)],
            "notice": NOTICES[number % len(NOTICES)],
        }
        for number in range(max(rounds, len(variants), len(CHANGES), len(NOTICES)))
    )
