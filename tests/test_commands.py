"""The commands of the console script."""

import subprocess
import sys

import click
import pytest

from service.cli.main import COMMANDS, main


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_has_its_name_and_says_what_it_does(name: str) -> None:
    command = main.get_command(click.Context(main), name)
    assert command is not None
    assert command.name == name
    assert command.get_short_help_str()


def test_a_due_date_does_not_wait_for_the_web_server() -> None:
    code = (
        "import sys\nfrom service.cli.main import main\n"
        "try: main(['due', 'stkkr', 'breach.notice', '--at', '2026-11-01T10:00:00Z'])\n"
        "except SystemExit as end: print(end.code, sorted({'litestar', 'asyncpg', 'redis'} & set(sys.modules)))"
    )
    ran = subprocess.run((sys.executable, "-c", code), capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "0 []"
