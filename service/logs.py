"""Logs of a process: what happened, to which id; never a token, an address or what somebody wrote."""

import logging

QUIET = ("transitions", "arq", "asyncio", "httpx", "aiosmtplib")
"""Libraries that tell of every step, with what it carried."""


def configure() -> None:
    """Log to standard error, a line each."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
