"""The `pepperbird` command: finds the subcommand, runs it, turns every known error into one clear message.

Exit status: 0 the gate holds; 1 it does not; 2 the call, content or site is wrong; 3 incomplete.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import os
import sys
from typing import Any

import click

from pepperbird import __version__
from pepperbird.errors import InputError, PepperbirdError
from pepperbird.model.text import clean

COMMANDS = {
    "access": ("pepperbird.cli.access:access", "Print the script that lets a scan in on a machine, or out again."),
    "agency": ("pepperbird.cli.agency:agency", "Add agencies, list them, and keep what each agreed to mend."),
    "attest": ("pepperbird.cli.attest:attest", "Hand in signed documents: forms, drafts, signatures, reviews."),
    "audit": ("pepperbird.cli.audit:audit", "Pack a run for an auditor, and draw a sample as working papers."),
    "backup": ("pepperbird.cli.backup:backup", "Copy the store into one verified file, while others write to it."),
    "brief": ("pepperbird.cli.brief:brief", "Write the officer's week, or the programme office's quarter."),
    "content": ("pepperbird.cli.content:content", "Lint, test, show, sign and extend policies and checks."),
    "deliver": ("pepperbird.cli.deliver:deliver", "Bring each agency's report to its contacts, once, with a receipt."),
    "diff": ("pepperbird.cli.diff:diff", "Show what got better, what fell and why between two full runs."),
    "doctor": ("pepperbird.cli.doctor:doctor", "Check that this machine can scan, and say what is missing."),
    "drill": ("pepperbird.cli.drill:drill", "Hand out the program that verifies backups and restores from them."),
    "evaluate": ("pepperbird.cli.evaluate:evaluate", "Judge the stored evidence of a run again."),
    "ingest": ("pepperbird.cli.ingest:ingest", "Judge and store what kits brought. Contacts nothing."),
    "init": ("pepperbird.cli.init:init", "Write a new site folder with comments to fill in."),
    "inventory": ("pepperbird.cli.inventory:inventory", "Lint, import, trust and sign what the register declares."),
    "keys": ("pepperbird.cli.keys:keys", "Make, list, rotate, revoke and export the keys of a site."),
    "kit": ("pepperbird.cli.kit:kit", "Write scripts that an agency runs itself on its servers."),
    "letter": ("pepperbird.cli.letter:letter", "Print the letter that asks an agency for leave to scan it."),
    "plan": ("pepperbird.cli.plan:plan", "Show every command a scan would run. Contacts nothing."),
    "privileges": ("pepperbird.cli.privileges:privileges", "Print the sudoers lines a scan needs, and no more."),
    "prune": ("pepperbird.cli.prune:prune", "Take out of the store what is older than the site keeps it."),
    "rejudge": ("pepperbird.cli.rejudge:rejudge", "Judge old runs again by the rules of now, and keep both series."),
    "report": ("pepperbird.cli.report:report", "Write an agency's report from a stored run."),
    "restore": ("pepperbird.cli.restore:restore", "Take a store out of a backup, verified, and put it in place."),
    "scan": ("pepperbird.cli.scan:scan", "Collect, judge, score and store; ends in an answer."),
    "schedule": ("pepperbird.cli.schedule:schedule", "List what is scanned by itself, and carry out what is due."),
    "serve": ("pepperbird.cli.serve:serve", "Carry out schedules, and be asked how it goes."),
    "trend": ("pepperbird.cli.trend:trend", "Show how an agency or the nation went over the runs that are kept."),
    "verify": ("pepperbird.cli.verify:verify", "Hold what is stored against signatures, ledger and judging again."),
    "waiver": ("pepperbird.cli.waiver:waiver", "Ask for a delay, approve, refuse or revoke it, and list them."),
}


class Commands(click.Group):
    """A group that imports a command only when it is called, so that --help stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name][0].split(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in sorted(COMMANDS)])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="pepperbird")
def root() -> None:
    """Check how government data is stored, protected and recovered, and say what to fix first."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and leave the process with the documented status."""
    # The content is tens of thousands of objects that live until the end: looking for rubbish among them, again and
    # again and once more on leaving, would cost a scan a tenth of a second and find none.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # a search through all that is installed, for nothing
    gc.set_threshold(50_000, 20, 100)
    atexit.register(gc.freeze)
    try:
        status: Any = root.main(arguments, prog_name="pepperbird", standalone_mode=False)
    except click.exceptions.Abort:
        _say("interrupted; nothing was half-written")
        sys.exit(130)
    except click.ClickException as error:
        error.show(sys.stderr)
        sys.exit(2)
    except InputError as error:
        for line in error.issues or (error,):
            _say(str(line))
        sys.exit(2)
    except PepperbirdError as error:
        _say(str(error))
        sys.exit(2)
    sys.exit(status if isinstance(status, int) else 0)


def _say(text: str) -> None:
    """Print a message; names in it come from files that anybody may have written, so nothing in it may act."""
    for line in text.split("\n"):
        click.echo(clean(line, 2000), err=True)
