"""The collector of cycles leaves alone what stays until the end of a process."""

import gc


def leave_alone() -> None:
    """Take all that was loaded, once a process has loaded what it needs, out of what is walked for cycles."""
    gc.collect()
    gc.freeze()
