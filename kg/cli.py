"""The command `kg`. It parses, calls and prints; each command's module is imported only when it is asked for."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import click

from kg import __version__
from kg.errors import KgError

COMMANDS = {
    "build": "Build a release from a folder of articles.",
    "query": "Ask a release or RDF files a SPARQL question.",
    "validate": "Check any RDF data against any SHACL shapes.",
    "evaluate": "Score a release against gold annotations.",
    "diff": "Show the triples that one release adds to another and takes away.",
    "review": "List doubtful merges, unlinked names and conflicting facts.",
    "serve": "Serve a release or RDF files over SPARQL and as linked data.",
}
"""Each command's name and one-line help; its code is `kg.commands.<name>.command`."""


class LazyGroup(click.Group):
    """A group that knows its commands by name and loads one when it runs, so that `--help` stays instant."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"kg.commands.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="leakgraph")
def cli() -> None:
    """Knowledge graphs of the reporting on leaks.

    Exit codes: 0 well, 1 ran and found violations, 2 could not run.
    """


def main(args: list[str] | None = None) -> Any:
    """Run the command line; leaves by `SystemExit` with 0, 1 or 2 (130 after Ctrl-C)."""
    try:
        code = cli.main(args=args, prog_name="kg", standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("Stopped.", err=True)
        sys.exit(130)
    except click.ClickException as err:
        err.show()
        sys.exit(2)
    except KgError as err:
        click.echo(f"kg: {err}", err=True)
        sys.exit(2)
    except BrokenPipeError:
        # The reader of our output (head, less) went away: no fault of the user's, and nothing is left to say.
        sys.stderr.close()
        sys.exit(0)
    sys.exit(code if isinstance(code, int) else 0)
