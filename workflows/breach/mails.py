"""The kinds of mail about a breach."""

from typing import Final

REPORT: Final = "breach_notice"
"""By which the customer is informed."""
UPDATE: Final = "breach_update"
"""By which it hears what is new; the first one is the later report that some agreements ask for."""
