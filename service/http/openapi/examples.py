"""Bodies as a person would send them, by operation; the tests send each of them.

An id in them stands for one that was made before: the tests put the true one in its place.
"""

from collections.abc import Mapping
from typing import Any, Final

CUSTOMER: Final = "0195d0c0-7e52-7000-8000-0000000000c1"
AGREEMENT: Final = "0195d0c0-7e52-7000-8000-0000000000a1"
SUBPROCESSOR: Final = "0195d0c0-7e52-7000-8000-0000000000b1"
CHANGE: Final = "0195d0c0-7e52-7000-8000-0000000000d1"

EXAMPLES: Final[Mapping[str, Mapping[str, Any]]] = {
    "createProcessor": {
        "name": "Beispiel Telecom",
        "country": "NL",
        "timezone": "Europe/Amsterdam",
        "language": "nl",
        "terms": "kmo-solutions",
    },
    "createUser": {
        "name": "Robin Bakker",
        "email": "robin@beispiel.example",
        "role": "manager",
        "language": "nl",
    },
    "createKey": {"name": "deployment", "role": "auditor"},
    "createCustomer": {
        "name": "Bakkerij De Korenaar",
        "country": "NL",
        "language": "nl",
        "contacts": [
            {"name": "N. Jansen", "email": "jansen@korenaar.example", "roles": ["contract", "privacy"]},
            {"name": "B. de Wit", "email": "ict@korenaar.example", "phone": "+31201234567", "roles": ["security"]},
        ],
    },
    "createSubprocessor": {"name": "Hosting Rijn", "service": "servers", "country": "DE"},
    "createAgreement": {
        "customer_id": CUSTOMER,
        "terms": "contict",
        "main_contract": {"reference": "C-2026-17", "starts_on": "2026-03-01"},
        "labels": ["eu-west"],
    },
    "checkEngagements": {
        "checks": [
            {"agreement_id": AGREEMENT, "subprocessor_id": SUBPROCESSOR, "country": "DE"},
            {"agreement_id": "label:eu-west", "subprocessor_id": SUBPROCESSOR},
        ]
    },
    "sendAgreement": {},
    "signAgreement": {"party": "controller"},
    "createChange": {"kind": "add", "subprocessor_id": SUBPROCESSOR, "reason": "more room for backups"},
    "createAnnouncement": {"changes": [CHANGE]},
    "createRequest": {"agreement_id": AGREEMENT, "kind": "access", "received_from": "customer"},
    "createAudit": {"agreement_id": AGREEMENT, "indications": "mails that went astray"},
    "createBreach": {
        "discovered_at": "2026-03-02T08:00:00Z",
        "summary": "a laptop was stolen",
        "agreements": [AGREEMENT],
    },
    "createWatch": {"subprocessor_id": SUBPROCESSOR, "url": "https://hosting.example/s/rijn/subprocessors.json"},
    "createWebhook": {"url": "https://hooks.korenaar.example/termijn", "events": ["notice.objected", "agreement.*"]},
    "reckonDue": {"rule": "breach.notice", "at": "2026-03-02T09:00:00Z"},
}
