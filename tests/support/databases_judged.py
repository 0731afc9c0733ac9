"""Verdicts of what real database servers say, by asset and clause, so that exact states and messages can be held."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pepperbird.evaluate.judge import evaluate
from pepperbird.model.catalog import Catalog, ResolvedBaseline
from pepperbird.model.evidence import Evidence, Memory
from pepperbird.model.plan import Plan, Selection
from pepperbird.model.site import Access, Agency, Asset, Site, SiteFile, Store
from pepperbird.model.state import Tier
from pepperbird.model.verdict import Finding
from pepperbird.observe.observe import observe
from pepperbird.plan.make import make_plan
from tests.support.coverage import one_compiler
from tests.support.databases import Mariadb, Postgresql, ask, catalog

Server = Postgresql | Mariadb
Found = dict[str, dict[str, list[Finding]]]
"""By asset and clause its findings."""
Limits = Mapping[str, Mapping[str, Any]]


def site_of(servers: Mapping[str, Server], secret: Path, tier: Tier, **more: Any) -> Site:
    """A register with these servers, and a store for the database `registry` of each."""
    assets = tuple(Asset(id=name, kind=one.kind, access=(_access(one, secret, more),)) for name, one in servers.items())
    stores = tuple(
        Store.model_validate(
            {"id": f"registry-{name}", "asset": name, "database": "registry", "owner": "o", "class": "c"}
        )
        for name in servers
    )
    agency = Agency(id="sample", name="Sample", tier=tier, assets=assets, stores=stores)
    return Site(file=SiteFile(name="databases"), agencies=(agency,))


def _access(server: Server, secret: Path, more: Mapping[str, Any]) -> Access:
    access = {"via": "sql", "at": f"127.0.0.1:{server.port}", "as": "pepper", "secret": f"file:{secret}", **more}
    return Access.model_validate(access)


def seen(plan: Plan) -> Evidence:
    """What the real collector sees of each endpoint of the plan."""
    found = [observe(catalog(), endpoint, ask(endpoint)) for endpoint in plan.endpoints]
    return Evidence({one.asset: one for one in found})


def judged(
    servers: Mapping[str, Server], secret: Path, tier: Tier = Tier.STANDARD, limits: Limits | None = None, **more: Any
) -> Found:
    """What a scan of these servers finds now. `limits` are parameters by control that differ from the tier's."""
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    site = site_of(servers, secret, tier, **more)
    plan = make_plan(catalog(), site, Selection(controls=("DS", "DI", "BR", "DR")), at=at)
    content = _limited(catalog(), limits or {})
    verdicts = evaluate(content, plan, seen(plan), Memory(), site=site, at=at, runner=None if limits else one_compiler)
    found: Found = {}
    for verdict in verdicts:
        for result in verdict.clauses:
            if verdict.asset in servers:
                found.setdefault(verdict.asset, {})[result.clause] = list(result.findings)
    return found


def _limited(content: Catalog, limits: Limits) -> Catalog:
    def changed(one: ResolvedBaseline) -> ResolvedBaseline:
        new = {
            name: setting.model_copy(update={"params": {**setting.params, **limits.get(name, {})}})
            for name, setting in one.controls.items()
        }
        return replace(one, controls=new)

    return replace(content, baselines={name: changed(one) for name, one in content.baselines.items()})


def states(found: Found, asset: str) -> dict[str, str]:
    """By clause the state of an asset, the worst of its findings."""
    order = ("fail", "error", "unreachable", "unchecked", "pass", "not_applicable")
    return {
        clause: min((str(one.state) for one in findings), key=order.index)
        for clause, findings in sorted(found[asset].items())
    }


def said(found: Found, asset: str, clause: str, subject: str = "") -> tuple[str, str]:
    """State and message of the finding about a subject; the detail of its Gap where it has one."""
    findings = found[asset][clause]
    (one,) = [one for one in findings if one.subject == subject] if subject else findings
    return str(one.state), one.gap.detail if one.gap is not None else one.message
