"""The settings of a process, from its environment."""

import os
import sys

import click

from service.settings import Settings
from workflows.errors import TermijnError


def settings_with(*need: str) -> Settings:
    """The settings of the environment, with these in them; ends with status 2 and one line where they are wrong."""
    try:
        return Settings.load(os.environ, need)
    except TermijnError as error:
        click.echo(f"termijn: {error.detail}", err=True)
        sys.exit(2)
