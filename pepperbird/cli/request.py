"""What `scan`, `plan` and `privileges` are asked for: the same targets, selection and limits for all three."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from pepperbird.bundle.find import find_content
from pepperbird.bundle.known import Known
from pepperbird.bundle.read import read_bundle
from pepperbird.cli.common import site_directory, state_directory
from pepperbird.collect.interface import CollectOptions
from pepperbird.errors import UsageError
from pepperbird.inventory.read import read_site
from pepperbird.model.catalog import Catalog
from pepperbird.model.plan import Plan, Selection
from pepperbird.model.site import Defaults, Site
from pepperbird.model.state import AssetKind, Tier
from pepperbird.plan.adhoc import site_of_targets
from pepperbird.plan.make import make_plan

_OPTIONS = (
    click.argument("targets", nargs=-1, metavar="[TARGET]..."),
    click.option("--site", type=click.Path(path_type=Path, file_okay=False), help="The site folder; else this one."),
    click.option("--agency", "agencies", multiple=True, metavar="ID", help="Only this agency; may be repeated."),
    click.option("--asset", "assets", multiple=True, metavar="ID", help="Only this asset: gives a partial result."),
    click.option("--control", "controls", multiple=True, metavar="ID", help="Only this control or standard: partial."),
    click.option("--content", type=click.Path(path_type=Path, file_okay=False), help="Content folders to use instead."),
    click.option("--baseline", metavar="ID", help="Judge by this baseline instead of each tier's own."),
    click.option(
        "--tier", type=click.Choice([str(tier) for tier in Tier]), default="standard", show_default=True,
        help="The tier of targets that are named here.",
    ),
    click.option("--known-hosts", type=click.Path(path_type=Path, dir_okay=False), help="SSH host keys to trust."),
    click.option("--identity", metavar="FILE", help="SSH private key for targets that are named here."),
    click.option("--deadline", type=click.IntRange(1, 86400), help="Seconds that one endpoint may take in all."),
    click.option("--parallel", type=click.IntRange(1, 512), help="How many endpoints are asked at a time."),
    click.option(
        "--deep", is_flag=True,
        help="Ask the heavy questions too, such as the sums of all installed files; run it once a week.",
    ),
    click.option(
        "--slow", type=click.IntRange(1, 1_000_000), metavar="KBIT/S",
        help="All machines lie behind one line of so many kbit/s: few bytes, one at a time, the cost told before.",
    ),
)  # fmt: skip


def request_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the arguments that `Request` is made of."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@dataclass(frozen=True, slots=True)
class Call:
    """What was typed, as click gives it."""

    targets: tuple[str, ...]
    site: Path | None
    agencies: tuple[str, ...]
    assets: tuple[str, ...]
    controls: tuple[str, ...]
    content: Path | None
    baseline: str | None
    tier: str
    known_hosts: Path | None
    identity: str | None
    deadline: int | None
    parallel: int | None
    deep: bool
    slow: int | None = None
    kinds: tuple[AssetKind, ...] = ()
    zones: tuple[str, ...] = ()


@dataclass(frozen=True)
class Request:
    """A call, read: content, site and plan, and how to collect."""

    catalog: Catalog
    site: Site
    plan: Plan
    options: CollectOptions


def read_request(call: Call, *, at: str) -> Request:
    """Read all that a call names. Raises UsageError, ContentError and SiteError before anything is contacted."""
    site, root = _site(call)
    overlays = sorted((root / "baselines").glob("*.yaml")) if root else []
    known = Known(state_directory() / "content")
    catalog = read_bundle(find_content(call.content), overlays, known)
    selection = Selection(
        call.agencies, call.assets, call.controls, adhoc=bool(call.targets), deep=call.deep, slow=call.slow,
        kinds=call.kinds, zones=call.zones,
    )  # fmt: skip
    plan = make_plan(catalog, site, selection, at=at, baseline=call.baseline or site.file.baseline)
    trusted = root / site.file.defaults.known_hosts if root else Path.home() / ".ssh" / "known_hosts"
    options = CollectOptions(parallel=site.file.defaults.parallel, known_hosts=call.known_hosts or trusted, root=root)
    return Request(catalog, site, plan, options)


def _site(call: Call) -> tuple[Site, Path | None]:
    """The site that is meant and its folder (None for targets named on the call), with the call's limits laid over."""
    given = {
        "deadline": call.deadline,
        "parallel": call.parallel,
        "identity": str(Path(call.identity).expanduser().absolute()) if call.identity else None,
    }
    changes = {name: value for name, value in given.items() if value is not None}
    if call.targets:
        if call.site or call.agencies or call.assets:
            raise UsageError("give either targets or --site, --agency and --asset: targets make a site of their own")
        defaults = Defaults().model_copy(update=changes)
        return site_of_targets(call.targets, tier=Tier(call.tier), defaults=defaults), None
    root = site_directory(call.site)
    site = read_site(root)
    defaults = site.file.defaults.model_copy(update=changes)
    return site.model_copy(update={"file": site.file.model_copy(update={"defaults": defaults})}), root
