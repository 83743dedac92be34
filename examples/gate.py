"""May this subprocessor work for this agreement? Asked with the client that `make clients` generates.

    TERMIJN_URL=http://127.0.0.1:8400 TERMIJN_KEY=tmj_... python examples/gate.py AGREEMENT SUBPROCESSOR [COUNTRY]

Ends with 0 where the answer is yes, else with 1.
"""

import os
import sys
from uuid import UUID

from termijn_client import AuthenticatedClient
from termijn_client.api.engagements import check_engagement
from termijn_client.models import Verdict
from termijn_client.types import UNSET


def main(agreement: str, subprocessor: str, country: str | None = None) -> int:
    """Ask, and say the answer."""
    with AuthenticatedClient(base_url=os.environ["TERMIJN_URL"], token=os.environ["TERMIJN_KEY"]) as client:
        answer = check_engagement.sync(
            client=client,
            agreement_id=UUID(agreement),
            subprocessor_id=UUID(subprocessor),
            country=country or UNSET,
        )
    if not isinstance(answer, Verdict):  # a problem, which says what to do
        print(answer.detail if answer is not None else "no answer that the client knows", file=sys.stderr)
        return 1
    print("yes" if answer.allowed else "no", answer.why, sep=": ")
    return 0 if answer.allowed else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
