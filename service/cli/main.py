"""`termijn`: the console script. Each command stands in a file of its own beside this one, and is loaded when it is
asked for: a gate or a due date in a pipeline does not wait for the web server.
"""

import sys
from collections.abc import Mapping
from functools import partial
from importlib import import_module
from typing import Any, Final

import click

COMMANDS: Final[Mapping[str, str]] = {
    "archive": "archive:archive_group",
    "backup": "backup:backup_command",
    "calendar": "calendar:calendar_command",
    "check": "check:check_command",
    "clock": "clock:clock_command",
    "demo": "demo:demo_command",
    "due": "due:due",
    "export": "export:export_command",
    "files": "files:files_group",
    "gate": "gate:gate_command",
    "import": "import_:import_command",
    "ledger": "ledger:ledger_command",
    "mail": "mail:mail_command",
    "mailbox": "mailbox:mailbox_command",
    "migrate": "migrate:migrate_command",
    "parked": "parked:parked_command",
    "penalty": "due:penalty",
    "restore": "backup:restore_command",
    "seal": "seal:seal_command",
    "serve": "serve:serve_command",
    "terms": "terms:terms",
    "up": "up:up_command",
    "user": "user:user_command",
    "verify": "verify:verify_command",
    "worker": "worker:worker_command",
}
"""Where each command stands: a module beside this one, and its name in it."""


class _OnDemand(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command = getattr(import_module(f"service.cli.{module}"), name)
        assert isinstance(command, click.Command)
        if ctx.obj is None:
            return command
        spoken: click.Command = import_module("service.cli.helping").spoken(command, ctx.obj)
        return spoken

    def main(self, *args: Any, **extra: Any) -> Any:
        """As of any command; what is wrong with its use is told in the language that it names with --lang."""
        given = extra.get("args") or (args[0] if args else None) or sys.argv[1:]
        if "--lang" not in " ".join(given) or not extra.get("standalone_mode", True):
            return super().main(*args, **extra)
        refusing = import_module("service.cli.refusing")
        if (lang := refusing.asked_for(given)) == "en":
            return super().main(*args, **extra)
        run = partial(super().main, *args, **{**extra, "standalone_mode": False, "obj": lang})
        try:
            if {"-h", "--help"} & set(given):
                sys.exit(import_module("service.cli.helping").shown(run, lang))
            sys.exit(run())
        except click.ClickException as error:
            refusing.refuse(error, lang)
            sys.exit(error.exit_code)
        except click.Abort:
            sys.exit(1)


@click.group(cls=_OnDemand, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="termijn")
def main() -> None:
    """Data processing agreements that keep themselves."""


if __name__ == "__main__":
    main()
