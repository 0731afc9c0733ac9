"""`pepperbird access`: one script that makes the account of a scan on a machine, and one that takes it away again."""

from __future__ import annotations

from pathlib import Path

import click

from pepperbird.bundle.find import find_content
from pepperbird.bundle.read import read_bundle
from pepperbird.cli.agency import SITE
from pepperbird.cli.common import site_directory, words
from pepperbird.errors import UsageError
from pepperbird.inventory.read import read_site
from pepperbird.model.plan import EndpointPlan, Selection
from pepperbird.plan.account import account, make_script, remove_script
from pepperbird.plan.make import make_plan
from pepperbird.scan.clock import now


@click.command()
@click.argument("asset", metavar="[AGENCY/]ASSET")
@SITE
@click.option("--days", type=click.IntRange(1, 3650), default=90, show_default=True, help="How long the account lives.")
@click.option(
    "--key",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The public key to let in.  [default: that of the key which the site logs in with]",
)
@click.option("--from", "origins", multiple=True, metavar="ADDRESS", help="Only from this address or network; repeats.")
@click.option("--remove", is_flag=True, help="Print the script that takes all of it away again.")
@click.option("--content", type=click.Path(path_type=Path, file_okay=False), help="Content folders to use instead.")
def access(
    asset: str, site: Path | None, days: int, key: Path | None, origins: tuple[str, ...], remove: bool,
    content: Path | None,
) -> int:  # fmt: skip
    """Print the script that lets a scan in on ASSET: account, key, rights. Contacts nothing.

    Read it, then run it on the machine as root: `pepperbird access db-1 | ssh admin@db-1 sudo sh -s`. The account has
    no password, ends by itself, and runs as root exactly what `pepperbird privileges` prints.
    """
    at = now()
    root = site_directory(site)
    endpoint = _endpoint(root, asset, content, at)
    if remove:
        click.echo(remove_script(endpoint), nl=False)
        return 0
    made = account(endpoint, _text(_key_path(root, endpoint, key)), origins, days, at=at)
    click.echo(make_script(made), nl=False)
    return 0


def _endpoint(root: Path, name: str, content: Path | None, at: str) -> EndpointPlan:
    """The one endpoint over ssh that `name` means. Raises UsageError."""
    agency, _, asset = name.rpartition("/")
    catalog = read_bundle(find_content(content), overlays=sorted((root / "baselines").glob("*.yaml")))
    selection = Selection(agencies=(agency,) if agency else (), assets=(asset,), deep=True)
    plan = make_plan(catalog, read_site(root), selection, at=at)
    found = [one for one in plan.endpoints if one.access.via == "ssh"]
    if not found:
        raise UsageError(f"{asset!r} is not reached by ssh in the register; give it an access of `via: ssh` first")
    if len(found) > 1:
        several = ", ".join(f"{one.agency}/{one.asset}" for one in found)
        raise UsageError(f"several machines are meant by {asset!r}; name one of: {several}")
    return found[0]


def _key_path(root: Path, endpoint: EndpointPlan, key: Path | None) -> Path:
    if key is not None:
        return key
    if endpoint.access.key is None:
        raise UsageError("the register names no key for this access; name the public key with --key FILE.pub")
    private = root / Path(endpoint.access.key).expanduser()
    return private.with_name(private.name + ".pub")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: this is no public SSH key") from error
    except FileNotFoundError as error:
        raise UsageError(f"{path}: there is no such file; name the public key with --key FILE.pub") from error
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {words(error)}") from error
