"""Runs the tests of the released clients, each in an environment of its own, against `termijn up` with sample data.

run_tests.py build/clients
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path


def main(target: Path) -> int:
    """1 where tests of one of them fail, or Termijn does not start."""
    with tempfile.TemporaryDirectory(prefix="termijn-clients-") as room:
        folder = Path(room) / "data"
        command = [str(Path(sys.executable).parent / "termijn"), "up", "--data", str(folder), "--port", "0"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
            try:
                assert running.stdout is not None
                ready = next((line for line in running.stdout if line.startswith("ready ")), "")
                if not ready:
                    return 1
                key = (folder / "admin.key").read_text("utf-8").strip()
                environ = {**os.environ, "TERMIJN_URL": ready.split()[1], "TERMIJN_KEY": key}
                python = target / "python-venv" / "bin" / "python"
                tried = (
                    ([str(python.absolute()), "-P", "-m", "unittest", "discover", "tests"], target / "python"),
                    (["npm", "test", "--silent"], target / "typescript"),
                )
                return max(subprocess.run(one, cwd=where, env=environ, check=False).returncode for one, where in tried)
            finally:
                running.terminate()


if __name__ == "__main__":
    sys.exit(min(main(Path(sys.argv[1])), 1))
