"""Files that bring each sentence that explaining can say, and files that lack what brings it."""

import re
from typing import Any, Final

from tests.drafts import controller_rule, processor_rule

Parts = dict[str, Any]

BREACH: Final = {"clause": "9"}
REQUESTS: Final = {"clause": "8", "direct": "silent"}
AUDIT: Final = {"clause": "13"}
FREE: Final = {"clause": "8.2", "amount": "5", "unit": "hours", "per": "month"}
CHOICE: Final = {"data": "choice", "clause": "11"}
LATE: Final = {"clause": "16", "per": "lateness", "damages": "reserved"}
REGION: Final = {"inside": ["EEA"], "clause": "7.5"}
CONSENT: Final = {"subprocessor.consent": controller_rule("receipt")}
ASKED: Final = {"rule": "consent", "clause": "7", "overruling": {"allowed": False, "clause": "7.2"}}
ENDING: Final = {
    "subprocessors": {"rule": "termination_right", "clause": "7", "overruling": None},
    "rules": {"subprocessor.termination": controller_rule("receipt", "P14D")},
    "without": ("subprocessor.objection",),
}


def right(ground: str, **more: Any) -> Parts:
    return {"ending": {"rights": [{"ground": ground, "clause": "10.2", "ends": "agreement", **more}]}}


def matter(kind: str, **more: Any) -> Parts:
    return {"matters": [{"kind": kind, "clause": "14", "raised_by": "processor", **more}]}


def merged(*parts: Parts) -> Parts:
    made: Parts = {}
    for one in parts:
        for key, value in one.items():
            there = made.get(key)
            made[key] = {**there, **value} if isinstance(there, dict) and isinstance(value, dict) else value
    return made


AMENDED: Final = merged(
    right("amendment"),
    {"amendment": {"how": "unilateral", "clause": "12"}},
    {"rules": {"amendment.termination": controller_rule("receipt", "P30D")}},
)
LAW: Final = "GDPR"

SAID: Final[dict[str, Parts]] = {
    # How it stands to others, beginning and end
    "role_of_document": {"role_of_document": "annex to the main contract"},
    "governing_law": {"governing_law": "Dutch law (14)"},
    "court": {"court": "Amsterdam (14)"},
    "main_contract_start": {},
    "last_signature": {"entry": {"event": "last_signature", "clause": "1"}},
    "named_day": {
        "entry": {"event": "named_day", "clause": "1", "field": "entry.day"},
        "fields": [{"name": "entry.day", "kind": "date", "clause": "1", "text": "the day"}],
    },
    "entry_period": {"entry": {"period": "P7D"}},
    "ends_end": {"ending": {"in_force_until": "end"}},
    "ends_unsaid": {},
    "ends_default": {},
    "ends_last_data": {"ending": {"in_force_until": "last_data"}},
    "several_default": {},
    "inseparable": {"ending": {"separate_clause": "10.1", "separate_termination": False}},
    "inseparable_read": {
        "ending": {"separate_clause": "10.1", "separate_termination": False, "separate_reading": "why"}
    },
    "inseparable_default": {},
    "separable": {"ending": {"separate_termination": True, "separate_clause": "10.1"}},
    "separable_bare": {"ending": {"separate_termination": True}},
    "services": {"ending": {"services_separately": True}},
    "right_overruled_objection": merged(
        right("overruled_objection"),
        {"subprocessors": {"overruling": {"allowed": True, "clause": "7", "then": "termination"}}},
    ),
    "right_amendment": merged(AMENDED, {"amendment": {"significant": ["place"]}}),
    "right_amendment_any": AMENDED,
    "right_objection": merged(
        right("objection"), {"rules": {"subprocessor.alternative": processor_rule("objection", "P30D")}}
    ),
    "right_objection_bare": right("objection"),
    "right_subprocessor": merged(ENDING, right("subprocessor")),
    "right_breach_of_law": right("breach_of_law", party="either"),
    "right_not_cured": merged(right("not_cured"), {"rules": {"ending.cure": processor_rule("receipt", "P30D")}}),
    "right_unlawful_instruction": right("unlawful_instruction", party="processor"),
    "right_open_for": right("objection", period="P10D"),
    "right_open_uncounted": right("breach_of_law", period="P10D"),
    "whose_default": right("breach_of_law"),
    "right_written": right("objection", form="written"),
    "right_text": right("objection", form="text"),
    "controller": {"amendment": {"how": "controller", "clause": "12"}},
    "breach_kinds_default": {
        "breach": {**BREACH, "kinds": [{"id": "theft", "clause": "9", "text": "a theft"}]},
        "rules": {"breach.notice.theft": processor_rule("discovery", "PT24H")},
    },
    "breach_unsaid": {"breach": {"rule": "unsaid"}, "without": ("breach.notice",)},
    "breach_unsaid_law": {"breach": {"rule": "unsaid"}, "without": ("breach.notice",), "law": "GDPR"},
    "breach_unsaid_default": {"breach": {"rule": "unsaid"}, "without": ("breach.notice",)},
    "right_reasons": right("objection", reasons=True),
    "right_effect_after": right("objection", takes_effect="after", effect_period="P30D"),
    "right_effect_engagement": right("objection", takes_effect="engagement"),
    "right_refund_prepaid": right("objection", refund="prepaid", refund_clause="10.3"),
    "right_refund_none": right("objection", refund="none", refund_clause="10.3"),
    "survives_no_end": {"ending": {"survives": [{"duty": "secrecy", "clause": "10", "until": "no_end"}]}},
    "survives_data_gone": {"ending": {"survives": [{"duty": "secrecy", "clause": "10", "until": "data_gone"}]}},
    "survives_period": {
        "ending": {"survives": [{"duty": "secrecy", "clause": "10", "until": "period", "period": "P24M"}]}
    },
    # Counting
    "counting": {},
    "counting_without": {"calendar": "none"},
    "counting_protective": {},
    "counting_controller": {"counting": {"moves": "controller", "clause": "1.1"}},
    "counting_processor": {"counting": {"moves": "processor", "clause": "1.1"}},
    "counting_both": {"counting": {"moves": "both", "clause": "1.1"}},
    "counting_controller_works": {"counting": {"moves": "controller", "clause": "1.1", "working_days": ["monday"]}},
    "counting_processor_works": {"counting": {"moves": "processor", "clause": "1.1", "working_days": ["monday"]}},
    "counting_both_works": {"counting": {"moves": "both", "clause": "1.1", "working_days": ["monday"]}},
    "counting_none": {"counting": {"moves": "none", "clause": "1.1"}},
    "working_days": {"counting": {"clause": "1.1", "holidays": "BE"}},
    "working_days_all": {"counting": {"clause": "1.1", "holidays": "none"}},
    "working_days_default": {"rules": {"subprocessor.objection": controller_rule("receipt", "P10WD")}},
    "working_days_default_all": {
        "calendar": "none",
        "rules": {"subprocessor.objection": controller_rule("receipt", "P10WD")},
    },
    "day_ends": {"counting": {"clause": "1.1", "day_ends": "17:00"}},
    "day_ends_last": {"counting": {"clause": "1.1", "day_ends": "17:00", "last_day_ends": "business_day"}},
    "law_known": {"law": LAW},
    "law_unknown": {"law": "Lex nova"},
    "law_none": {},
    "laws_default": {"law": LAW, "also_laws": ["FADP"]},
    "laws_known": {"law": LAW, "also_laws": ["FADP"]},
    # Subprocessors
    "objection": {},
    "consent": {"subprocessors": ASKED, "rules": CONSENT, "without": ("subprocessor.objection",)},
    "information": {
        "subprocessors": {"rule": "information", "clause": "7", "overruling": None},
        "without": ("subprocessor.objection",),
    },
    "termination_right": merged(ENDING, right("subprocessor")),
    "waits_default": merged(ENDING, right("subprocessor")),
    "begins_beside": merged(ENDING, right("subprocessor"), {"subprocessors": {"waits_for_right": False}}),
    "unsaid": {
        "subprocessors": {"rule": "unsaid", "clause": "", "overruling": None},
        "without": ("subprocessor.objection",),
    },
    "unsaid_known": {
        "subprocessors": {"rule": "unsaid", "clause": "1.2", "overruling": None},
        "without": ("subprocessor.objection",),
    },
    "unsaid_written": {
        "law": LAW,
        "subprocessors": {"rule": "unsaid", "clause": "", "overruling": None},
        "without": ("subprocessor.objection",),
    },
    "unsaid_any": {
        "law": "FADP",
        "subprocessors": {"rule": "unsaid", "clause": "", "overruling": None},
        "without": ("subprocessor.objection",),
    },
    "unsaid_gate": {
        "subprocessors": {"rule": "unsaid", "clause": "", "overruling": None},
        "without": ("subprocessor.objection",),
    },
    "notices_default": {},
    "notices_to": {"notice_contacts": ["contract", "security"]},
    "board": {"subprocessors": {"decided_by": "board"}},
    "overruling": {"subprocessors": {"overruling": {"allowed": True, "clause": "7.2"}}},
    "overruling_read": {"subprocessors": {"overruling": {"allowed": True, "clause": "7.2", "reading": "why"}}},
    "no_overruling": {},
    "no_overruling_consent": {"subprocessors": ASKED, "rules": CONSENT, "without": ("subprocessor.objection",)},
    "no_overruling_read": {"subprocessors": {"overruling": {"allowed": False, "clause": "7.2", "reading": "why"}}},
    "no_overruling_beside": merged(
        right("objection"), {"subprocessors": {"overruling": {"allowed": False, "clause": "7.2", "reading": "why"}}}
    ),
    "refusal_reason": {
        "subprocessors": {**ASKED, "refusal_needs_reason": True},
        "rules": CONSENT,
        "without": ("subprocessor.objection",),
    },
    "emergency": {
        "subprocessors": {"emergency": {"clause": "7.4"}},
        "rules": {"subprocessor.emergency": processor_rule("engagement", "P7D")},
    },
    "emergency_default": {
        "subprocessors": {"emergency": {"clause": "7.4"}},
        "rules": {"subprocessor.emergency": processor_rule("engagement", "P7D")},
    },
    "revocation": {
        "subprocessors": {**ASKED, "revocation": {"clause": "7.6"}},
        "rules": CONSENT,
        "without": ("subprocessor.objection",),
    },
    "revocation_default": {
        "subprocessors": {**ASKED, "revocation": {"clause": "7.6"}},
        "rules": CONSENT,
        "without": ("subprocessor.objection",),
    },
    "region_consent": {"subprocessors": {"region": {**REGION, "outside": "consent"}}, "rules": CONSENT},
    "region_selected": {
        "subprocessors": {"region": {**REGION, "outside": "refuse", "field": "data.region"}},
        "fields": [{"name": "data.region", "kind": "places", "clause": "7.5", "text": "where the data are"}],
    },
    "region_refuse": {"subprocessors": {"region": {**REGION, "outside": "refuse"}}},
    "region_safeguards": {"subprocessors": {"region": {**REGION, "outside": "safeguards"}}},
    "region_with_safeguards": {
        "subprocessors": {"region": {**REGION, "outside": "consent", "safeguards": True}},
        "rules": CONSENT,
    },
    "safeguards_default": {"subprocessors": {"region": {**REGION, "outside": "safeguards"}}},
    "flag": {"subprocessors": {"flags": [{"inside": ["NL"], "clause": "7.5", "text": "look"}]}},
    "register": {"subprocessors": {"register": [{"name": "Quay", "clause": "a 2"}]}},
    "incomplete": {"subprocessors": {"register": [{"name": "Quay", "clause": "a 2", "incomplete": "country"}]}},
    "bound": {"subprocessors": {"binding_clause": "7.3"}},
    # Changes to the agreement
    "unilateral": {"amendment": {"how": "unilateral", "clause": "12"}},
    "unilateral_change_of_law": {"amendment": {"how": "unilateral", "clause": "12", "only_on": "change_of_law"}},
    "joint": {"amendment": {"how": "joint", "clause": "12"}},
    "consult": {"amendment": {"how": "consult", "clause": "12"}},
    "silent": {},
    "amendment_written": {"amendment": {"how": "joint", "clause": "12", "form": "written"}},
    "amendment_text": {"amendment": {"how": "joint", "clause": "12", "form": "text"}},
    "silent_beside": {"amendment": {"clause": "12"}},
    "significant": merged(AMENDED, {"amendment": {"significant": ["place"]}}),
    "measures_unilateral": {"amendment": {"measures": "unilateral", "measures_clause": "5"}},
    "measures_joint": {"amendment": {"measures": "joint", "measures_clause": "5"}},
    "measures_consult": {"amendment": {"measures": "consult", "measures_clause": "5"}},
    "measures_silent": {"amendment": {"measures": "silent"}},
    "consult_default": {"amendment": {"how": "consult", "clause": "12"}},
    # Rules
    "rule": {},
    "reading": {"entry": {"reading": "why"}},
    "note": {"rules": {"request.assist": processor_rule("request", note="no number")}},
    # Breaches
    "forbidden": {"breach": {**BREACH, "authority": "forbidden", "authority_clause": "9.2"}},
    "not_obliged": {"breach": {**BREACH, "authority": "not_obliged", "authority_clause": "9.2"}},
    "assists": {"breach": {**BREACH, "authority": "assists", "authority_clause": "9.2"}},
    "breach_told": {"breach": {**BREACH, "contacts": ["security"], "channels": ["phone"]}},
    "breach_first": {"breach": {**BREACH, "contacts": ["security"]}},
    "breach_by": {"breach": {**BREACH, "channels": ["phone"]}},
    "breach_first_default": {"breach": BREACH},
    "breach_by_default": {"breach": BREACH},
    "breach_rhythm": {"breach": {**BREACH, "rhythm_clause": "9.3"}},
    "breach_register": {"breach": {**BREACH, "register_clause": "9.3"}},
    "breach_cost": {"breach": {**BREACH, "cost": "each its own"}},
    "breach_says": {"breach": {**BREACH, "contents": [{"id": "what", "clause": "9.1", "text": "what happened"}]}},
    # Requests
    "refer": {"requests": {**REQUESTS, "direct": "refer"}},
    "forward": {"requests": {**REQUESTS, "direct": "forward"}},
    "direct_at_once": {"requests": {**REQUESTS, "direct": "forward", "at_once": True}},
    "requests_written": {"requests": {**REQUESTS, "form": "written"}},
    "requests_text": {"requests": {**REQUESTS, "form": "text"}},
    "request_cost": {"requests": {**REQUESTS, "cost": "the controller"}},
    "free_unit_default": {"requests": {**REQUESTS, "free": {"clause": "8.2", "amount": "5", "per": "year"}}},
    "free_per_default": {"requests": {**REQUESTS, "free": {"clause": "8.2", "amount": "5", "unit": "hours"}}},
    "free_hours_month": {"requests": {**REQUESTS, "free": FREE}},
    "free_hours_year": {"requests": {**REQUESTS, "free": {**FREE, "per": "year"}}},
    "free_requests_month": {"requests": {**REQUESTS, "free": {**FREE, "unit": "requests"}}},
    "free_requests_year": {
        "requests": {**REQUESTS, "free": {**FREE, "unit": "requests", "per": "year"}}
    },
    "free_beyond": {"requests": {**REQUESTS, "free": {**FREE, "beyond": "the usual rates"}}},
    # The end
    "data_erase": {},
    "data_choice": {"end": CHOICE},
    "return_unsaid": {"end": {"data": "return_first", "clause": "11"}},
    "data_return_first": {"end": {"data": "return_first"}},
    "unchosen_erase": {"end": {**CHOICE, "without_choice": "erase", "without_choice_clause": "11.2"}},
    "unchosen_return": {"end": {**CHOICE, "without_choice": "return", "without_choice_clause": "11.2"}},
    "unchosen_keep": {"end": {**CHOICE, "without_choice": "keep", "without_choice_clause": "11.2"}},
    "unchosen_unsaid": {"end": CHOICE},
    "unchosen_default": {"end": CHOICE, "rules": {"end.choice": controller_rule("end", "P14D")}},
    "erasure_asked": {
        "end": {**CHOICE, "erasure_asked": "end.return"},
        "rules": {"end.return": processor_rule("request", "P30D")},
    },
    "return_as": {"end": {**CHOICE, "return_as": "CSV"}},
    "return_written": {"end": {**CHOICE, "return_form": "written"}},
    "return_text": {"end": {**CHOICE, "return_form": "text"}},
    "inaccessible": {"end": {"render_inaccessible": True}},
    "keeps_named": {"end": {"retention_clause": "11.4"}},
    "warned": {"end": {"warn_before_end": True}},
    "held": {"end": {"holders": [{"name": "backups", "clause": "11", "text": "the backups"}]}},
    "cost_controller": {"end": {"cost": "controller", "cost_clause": "11.5"}},
    "cost_processor": {"end": {"cost": "processor", "cost_clause": "11.5"}},
    "cost_may_charge": {"end": {"cost": "may_charge", "cost_clause": "11.5"}},
    "cost_other_format": {"end": {"cost": "other_format", "cost_clause": "11.5"}},
    "restricted": {"end": {"restricted_clause": "11.6"}},
    "declaration": {"end": {"declaration": True, "declaration_clause": "11.7"}},
    # Retention
    "row": {
        "retention": [{"category": "logs", "text": "the logs", "clause": "15"}],
        "rules": {"retention.logs": processor_rule("record", "P30D")},
    },
    "row_holder_default": {
        "retention": [{"category": "logs", "text": "the logs", "clause": "15", "holders": ["Quay"]}],
        "rules": {"retention.logs": processor_rule("record", "P30D")},
    },
    # Audits
    "audit_by": {"audit": {**AUDIT, "auditor": "an expert"}},
    "audit_indications": {"audit": {**AUDIT, "more_on_indications": True}},
    "signs_default": {"audit": {**AUDIT, "more_on_indications": True}},
    "audit_reason": {"audit": {**AUDIT, "needs_reason": True}},
    "audit_secrecy": {"audit": {**AUDIT, "secrecy": True}},
    "audit_bound": {"audit": {**AUDIT, "bound": True}},
    "audit_certificate": {"audit": {**AUDIT, "certificate_clause": "13.4"}},
    "audit_refuse": {"audit": {**AUDIT, "may_refuse": "rivals"}},
    "audit_cost": {"audit": {**AUDIT, "cost": "controller"}},
    "audit_cost_unless": {"audit": {**AUDIT, "cost": "controller", "cost_unless": "much is wrong"}},
    "audit_cost_security": {"audit": {**AUDIT, "cost": "controller", "cost_turns_on": "security"}},
    "audit_cost_material": {"audit": {**AUDIT, "cost": "controller", "cost_turns_on": "material"}},
    "audit_cost_only_unless": {"audit": {**AUDIT, "cost_unless": "much is wrong"}},
    "audit_cost_only_security": {"audit": {**AUDIT, "cost_turns_on": "security"}},
    "audit_cost_only_material": {"audit": {**AUDIT, "cost_turns_on": "material"}},
    "deals_with_it": {"audit": AUDIT},
    "audit_shared": {"audit": {**AUDIT, "cost_turns_on": "material", "cost_shared": True}},
    "audit_own_controller": {"audit": {**AUDIT, "own_cost": "controller"}},
    "audit_own_may_charge": {"audit": {**AUDIT, "own_cost": "may_charge"}},
    "audit_own_processor": {"audit": {**AUDIT, "own_cost": "processor"}},
    "audit_improve_security": {"audit": {**AUDIT, "improve_at_once": "security"}},
    "audit_improve_material": {"audit": {**AUDIT, "improve_at_once": "material"}},
    # Matters
    **{
        f"matter_{kind}": matter(kind)
        for kind in (
            "storage_consent", "disclosure_consent", "storage_places", "authority_message", "authority_copy",
            "legal_change", "unlawful_instruction", "instruction", "impact_assessment", "information", "extra_measures",
            "retention_terms", "subcontract_copy", "cannot_comply", "erasure_or_return",
        )
    },
    "matter_extra_default": matter("extra_measures"),
    "matter_at_once": matter("instruction", at_once=True),
    "matter_cost": matter("instruction", cost="the controller"),
    "matter_cost_by": matter("instruction", cost="the controller", cost_clause="14.2"),
    "field_unused": {"fields": [{"name": "logs.retention", "kind": "duration", "clause": "15", "text": "how long"}]},
    # Penalties
    "lateness_once": {"penalties": {"breach.penalty": {**LATE, "base": "5.00"}}},
    "lateness_hourly": {"penalties": {"breach.penalty": {**LATE, "per_hour": "5.00"}}},
    "lateness": {
        "penalties": {
            "breach.penalty": {
                "clause": "16", "base": "1.00", "per_hour": "2.00", "per": "lateness", "damages": "reserved",
            }
        }
    },
    "currency_default": {
        "penalties": {
            "secrecy.penalty": {"clause": "16", "base": "1.00", "per": "violations", "damages": "reserved"}
        }
    },
    "hours_started": {"penalties": {"breach.penalty": {**LATE, "per_hour": "5.00", "hours": "started"}}},
    "hours_pro_rata": {"penalties": {"breach.penalty": {**LATE, "per_hour": "5.00", "hours": "pro_rata"}}},
    "hours_default": {
        "penalties": {
            "breach.penalty": {
                "clause": "16", "base": "1.00", "per_hour": "2.00", "per": "lateness", "damages": "reserved",
            }
        }
    },
    "violations": {
        "penalties": {
            "secrecy.penalty": {"clause": "16", "base": "1.00", "per": "violations", "damages": "reserved"}
        }
    },
    "any_violation": {"penalties": {"breach.penalty": {**LATE, "base": "1.00", "per": "violations"}}},
    "engagements": {
        "penalties": {
            "engagement.penalty": {"clause": "16", "base": "1.00", "per": "engagements", "damages": "reserved"}
        }
    },
    "damages_reserved": {
        "penalties": {
            "secrecy.penalty": {"clause": "16", "base": "1.00", "per": "violations", "damages": "reserved"}
        }
    },
    "damages_replaced": {
        "penalties": {
            "secrecy.penalty": {"clause": "16", "base": "1.00", "per": "violations", "damages": "replaced"}
        }
    },
}  # fmt: skip

SILENT: Final[dict[str, Parts]] = {
    "main_contract_start": {"entry": {"event": "last_signature", "clause": "1"}},
    "ends_unsaid": {"ending": {"in_force_until": "last_data"}},
    "ends_default": {"ending": {"in_force_until": "end"}},
    "inseparable_default": {"ending": {"separate_clause": "10.1", "separate_termination": False}},
    "counting": {"calendar": "none"},
    "counting_protective": {"counting": {"moves": "none", "clause": "1.1"}},
    "law_none": {"law": LAW},
    "objection": {
        "subprocessors": {"rule": "information", "clause": "7", "overruling": None},
        "without": ("subprocessor.objection",),
    },
    "notices_default": {"notice_contacts": ["privacy"]},
    "no_overruling": {"subprocessors": {"overruling": {"allowed": True, "clause": "7.2"}}},
    "silent": {"amendment": {"how": "joint", "clause": "12"}},
    "data_erase": {"end": CHOICE},
    # The same as what the rule, or the right, alone would say.
    "waits_default": merged(ENDING, right("subprocessor"), {"subprocessors": {"waits_for_right": False}}),
    "emergency_default": {
        "subprocessors": {"rule": "information", "clause": "7", "overruling": None, "emergency": {"clause": "7.4"}},
        "rules": {"subprocessor.emergency": processor_rule("engagement", "P7D")},
        "without": ("subprocessor.objection",),
    },
    "right_amendment": AMENDED,
    "right_amendment_any": merged(AMENDED, {"amendment": {"significant": ["place"]}}),
    "unchosen_default": {"end": CHOICE},
    "working_days_default": {
        "counting": {"clause": "1.1", "holidays": "BE"},
        "rules": {"subprocessor.objection": controller_rule("receipt", "P10WD")},
    },
}
"""Files that lack what brings the sentence, where the least file does not."""
ALWAYS: Final = {"several_default", "rule", "row"}
"""What is said of every file; a row of data has no words of its own besides."""

DEFAULTS: Final = {
    *(key for key in SAID if key.endswith(("_default", "_default_all"))), "counting_protective", "unsaid_gate",
    "field_unused", "unchosen_unsaid", "overruling_read", "no_overruling_beside", "reading", "note", "incomplete",
    "law_none", "law_unknown", "return_unsaid",
}  # fmt: skip
"""What the file, or the program, takes where the agreement says nothing: no clause is named for it."""
BARE: Final = {
    "counting", "counting_without", "law_known", "laws_known", "role_of_document", "governing_law", "court",
    "separable_bare", "services", "right_open_for", "right_open_uncounted", "right_written", "right_text",
    "right_reasons",
    "right_effect_after", "right_effect_engagement", "unsaid", "breach_unsaid", "begins_beside", "board",
    "silent", "measures_silent",
    "direct_at_once", "free_beyond", "erasure_asked", "warned", "matter_at_once", "matter_cost",
    "notices_to",
}  # fmt: skip
"""What a file says under no key for a clause, or in the sentence before."""
GROUND: Final = {
    key for key in SAID if key.startswith(("counting_controller", "counting_processor", "counting_both"))
} | {"counting_none"}
ELSEWHERE: Final = re.compile(r"feed_|clauses$|head$")
"""Sentences of other places: a calendar, a party's page, the first line."""
