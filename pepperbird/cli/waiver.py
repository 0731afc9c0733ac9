"""`pepperbird waiver`: delays that somebody asks for and somebody else accepts, each a signed record."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pepperbird.cli.agency import SITE
from pepperbird.cli.common import site_directory
from pepperbird.cli.signing import Signing, key_options, open_key, open_store
from pepperbird.errors import UsageError
from pepperbird.inventory.raw import as_date
from pepperbird.inventory.read import read_site
from pepperbird.model.text import clean
from pepperbird.scan.clock import now
from pepperbird.trust.keys import Purpose

CONTENT = click.option(
    "--content", type=click.Path(path_type=Path, file_okay=False), help="Content folders to use instead."
)


@click.group()
def waiver() -> None:
    """Ask for a delay, approve, refuse or revoke it, and list what is asked for and accepted.

    A waiver buys time, not marks: the score stays as it is.
    """


def _witnessed(command: Any) -> Any:
    for option in (
        click.option("--paper", type=click.Path(path_type=Path, dir_okay=False), help="The paper: a scan of it."),
        click.option("--on", "seen_on", metavar="YYYY-MM-DD", help="The day on which the witness saw it."),
        click.option("--witness", metavar="NAME", help="Asked for on paper: who saw the signature on it."),
        click.option("--by", metavar="NAME", help="Who asks, where it is on paper; else the holder of the key."),
    ):
        command = option(command)
    return command


@waiver.command()
@click.argument("control")
@click.argument("asset")
@click.option("--agency", required=True, metavar="ID", help="The agency that asks.")
@click.option("--subject", help="Only this of what fails there, as the report names it.  [default: all of it]")
@click.option("--reason", required=True, help="Why it cannot be fixed in time.")
@click.option("--measure", required=True, help="What is done meanwhile, so that less can happen.")
@click.option("--until", required=True, metavar="YYYY-MM-DD", help="The last day.")
@click.option("--budget", is_flag=True, help="The fix needs a line in the next budget.")
@key_options(required=False)
@_witnessed
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write it to a file, for `waiver import`."
)
@CONTENT
@SITE
def request(
    control: str, asset: str, site: Path | None, content: Path | None, output: Path | None, **call: Any
) -> None:
    """Ask that a fail of CONTROL on ASSET be accepted until a day, signed by the agency's officer or seen on paper."""
    from pepperbird.cli.waiver_request import Asked, ask

    folder = site_directory(site)
    for name in ("until", "seen_on"):
        _day(call[name], f"--{name.removeprefix('seen_')}")
    asked = Asked(folder, read_site(folder), content, now())
    click.echo(ask(asked, control, asset, output, **call))


@waiver.command()
@click.argument("waiver_id", metavar="ID")
@click.option("--since", metavar="YYYY-MM-DD", help="The first day.  [default: today]")
@click.option("--until", metavar="YYYY-MM-DD", help="The last day.  [default: as asked for, or the last that may be]")
@click.option("--reason", default="", help="Why it is accepted, and on what conditions.")
@key_options()
@CONTENT
@SITE
def approve(waiver_id: str, since: str | None, until: str | None, reason: str, **call: Any) -> None:
    """Accept the delay ID with your own key. Never one that you asked for, or that cannot be waived."""
    from pepperbird.cli.waiver_decide import approve as carry_out

    _day(since, "--since")
    _day(until, "--until")
    with _decider(call) as deciding:
        click.echo(carry_out(deciding, waiver_id, since, until, reason, call["content"]))


@waiver.command()
@click.argument("waiver_id", metavar="ID")
@click.option("--reason", required=True, help="Why not.")
@key_options()
@SITE
def refuse(waiver_id: str, reason: str, **call: Any) -> None:
    """Refuse the delay ID."""
    from pepperbird.cli.waiver_decide import refuse as carry_out

    with _decider(call) as deciding:
        click.echo(carry_out(deciding, waiver_id, reason))


@waiver.command()
@click.argument("waiver_id", metavar="ID")
@click.option("--reason", required=True, help="Why it ends now.")
@key_options()
@SITE
def revoke(waiver_id: str, reason: str, **call: Any) -> None:
    """End an accepted delay now."""
    from pepperbird.cli.waiver_decide import revoke as carry_out

    with _decider(call) as deciding:
        click.echo(carry_out(deciding, waiver_id, reason))


@waiver.command("list")
@click.option("--agency", metavar="ID", help="Only this agency.")
@CONTENT
@SITE
def list_(agency: str | None, content: Path | None, site: Path | None) -> None:
    """Every delay asked for: who asked, who decided, why, and until when."""
    from pepperbird.cli.waiver_list import lines

    folder = site_directory(site)
    found = read_site(folder)
    moment = now()
    with open_store(folder, moment) as store:
        for line in lines(store, found, agency, content, moment):
            click.echo(clean(line, 1000))


@waiver.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@SITE
def import_(files: tuple[Path, ...], site: Path | None) -> None:
    """Take signed requests and decisions from FILES, as `--output` and `export` wrote them."""
    from pepperbird.cli.waiver_files import take

    folder = site_directory(site)
    moment = now()
    known = {one.id for one in read_site(folder).agencies}
    with open_store(folder, moment) as store:
        for path in files:
            click.echo(take(store, path, known, moment))


@waiver.command()
@click.argument("folder", metavar="DIRECTORY", type=click.Path(path_type=Path, file_okay=False))
@click.option("--agency", metavar="ID", help="Only this agency.")
@SITE
def export(folder: Path, agency: str | None, site: Path | None) -> None:
    """Write every signed request and decision to DIRECTORY, one file each."""
    from pepperbird.cli.waiver_files import write

    with open_store(site_directory(site), now()) as store:
        click.echo(f"Wrote {write(store, folder, agency)} records to {folder}")


def _decider(call: dict[str, Any]) -> Any:
    """The site and the store, with the approver's key open."""
    from pepperbird.cli.waiver_decide import deciding

    folder = site_directory(call["site"])
    moment = now()
    return deciding(folder, read_site(folder), lambda agency: _approver(folder, call, agency, moment), moment)


def _approver(folder: Path, call: dict[str, Any], agency: str, at: str) -> Signing:
    return open_key(folder, call["key"], call["passphrase"], Purpose.WAIVER, agency, at)


def _day(text: str | None, option: str) -> None:
    if text is not None and as_date(text) is None:
        raise UsageError(f"{option}: no day {text!r}; write YYYY-MM-DD")
