"""Digests of everything that judging depends on, kept with the run so that anybody can tell what it was judged by."""

from __future__ import annotations

from pepperbird import __version__
from pepperbird.model.catalog import Catalog, ResolvedBaseline
from pepperbird.model.evidence import Memory
from pepperbird.model.plan import Plan
from pepperbird.model.run import Digests
from pepperbird.model.site import Site
from pepperbird.store.codec import canonical, digest

ENGINE = f"pepperbird {__version__}"


def digests_of(catalog: Catalog, site: Site, plan: Plan, memory: Memory) -> Digests:
    """All digests but that of the verdicts, which are not known yet."""
    used = {name: catalog.baselines[name] for name in sorted(set(plan.baselines.values()))}
    return Digests(
        content=catalog.digest,
        site=digest(canonical(Site, site)),
        baseline=digest(canonical(dict[str, ResolvedBaseline], used)),
        memory=digest(canonical(Memory, memory)),
        engine=ENGINE,
    )
