"""The processes that read beside the event loop, kept from one served application to the next.

One starts in a third of a second, and most tests that need one need it once.
"""

from service.app import Readers

_made: list[Readers] = []


def kept_readers() -> Readers:
    """Some that live until the end of the run."""
    one = Readers()
    _made.append(one)
    return one


async def end_readers() -> None:
    """End them all, while there still is the loop that they began in."""
    for one in _made:
        await one.close()
