"""The command as it stands, killed while it loads: after the first batch was written, before the commit.

python -m tests.importing.killed FILE.csv --terms ID …
"""

import contextlib
import os
import signal
from collections.abc import Iterator

from service.cli import import_
from service.importing.writing import Progress


@contextlib.contextmanager
def deadly() -> Iterator[Progress]:
    """Not a progress bar but the end of the process."""
    yield lambda step, done, total: os.kill(os.getpid(), signal.SIGKILL) if step == "load" and done > 0 else None


if __name__ == "__main__":
    import_._progress = deadly
    import_.import_command()
