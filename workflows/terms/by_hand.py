"""What a terms file may say that no question of `termijn terms new` is about: written by hand, as the guide has it."""

from typing import Final

import msgspec

GUIDE: Final = "docs/terms.md"


class ByHand(msgspec.Struct, frozen=True, kw_only=True):
    """`tables`: as they are written. `shapes`, `rules`, `grounds`: what of the format that covers. `anchor`: where the
    guide tells of it; `words`: the key of what it is, in `asking/*.po`."""

    tables: str
    words: str
    anchor: str
    shapes: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    grounds: tuple[str, ...] = ()


BY_HAND: Final = (
    ByHand(tables="[[statements]]", words="statements", anchor="statements", shapes=("Statement",)),
    ByHand(tables="[[subprocessors.register]]", words="register", anchor="subprocessors", shapes=("RegisterEntry",)),
    ByHand(
        tables="[subprocessors.emergency], [subprocessors.revocation], [[subprocessors.flags]], "
        '[rules."subprocessor.overruled"]',
        words="emergency",
        anchor="subprocessors",
        shapes=("Emergency", "Revocation", "CountryFlag"),
        rules=("subprocessor.emergency", "subprocessor.overruled"),
    ),
    ByHand(
        tables='[[ending.rights]], [rules."ending.cure"]',
        words="rights",
        anchor="entry-and-ending",
        rules=("ending.cure",),
        grounds=("breach_of_law", "not_cured", "unlawful_instruction"),
    ),
    ByHand(tables="[[ending.survives]]", words="survives", anchor="entry-and-ending", shapes=("Survival",)),
    ByHand(
        tables='[breach], [[breach.contents]], [[breach.kinds]], [rules."breach.notice.<id>"], [rules."breach.report"]',
        words="breach",
        anchor="breaches-requests-audits-matters",
        shapes=("BreachRules", "Content", "BreachKind"),
        rules=("breach.report",),
    ),
    ByHand(
        tables="[requests], [requests.free]",
        words="requests",
        anchor="breaches-requests-audits-matters",
        shapes=("Requests", "Allowance"),
    ),
    ByHand(
        tables='[audit], [audit.free], [rules."audit.notice_after_breach"]',
        words="audit",
        anchor="breaches-requests-audits-matters",
        shapes=("AuditRules",),
        rules=("audit.notice_after_breach",),
    ),
    ByHand(
        tables='[[matters]], [rules."matter.<kind>"]',
        words="matters",
        anchor="breaches-requests-audits-matters",
        shapes=("MatterRule",),
    ),
    ByHand(
        tables='[[retention]], [rules."retention.<category>"]',
        words="retention",
        anchor="rules-the-clocks",
        shapes=("Retention",),
    ),
    ByHand(
        tables='[rules."end.declaration"]',
        words="declaration",
        anchor="end-fields-contact_needs",
        rules=("end.declaration",),
    ),
    ByHand(tables="[[end.holders]]", words="holders", anchor="end-fields-contact_needs", shapes=("Holder",)),
    ByHand(tables='[penalties."breach.penalty"]', words="penalties", anchor="penalties", shapes=("Penalty",)),
    ByHand(
        tables="[[fields]], [[contact_needs]]",
        words="needs",
        anchor="end-fields-contact_needs",
        shapes=("ContactNeed",),
    ),
    ByHand(
        tables='[rules."breach.authority"], [rules."request.answer"]',
        words="rules",
        anchor="rules-the-clocks",
        rules=("breach.authority", "request.answer"),
    ),
    ByHand(tables="…", words="keys", anchor="the-agreement"),
)
"""What nearly every text has comes first."""
