"""Whether two runs were judged by the same rules, as a whole and of one control.

What the digests say is certain: the same digest is the same rules. Of one control the rules are its clauses, its
values in the baseline of the tier, the checks it names and the lists those read; texts, fixes and examples are not.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from pepperbird.model.catalog import Catalog
from pepperbird.model.history import Named
from pepperbird.model.plan import Plan
from pepperbird.model.state import Tier
from pepperbird.score.baseline import baseline_of

_TOLD = {"title", "why", "message", "expected", "fix", "examples"}
"""Parts of a check that decide nothing."""


class Judged(Protocol):
    """What was judged by rules, by their digests."""

    @property
    def content(self) -> str: ...
    @property
    def baseline(self) -> str: ...
    @property
    def engine(self) -> str: ...


def changed_rules(then: Judged, now: Judged) -> tuple[str, ...]:
    """What differs of that by which two runs were judged: `content`, `baseline`, `engine`; () where nothing does."""
    return tuple(name for name in ("content", "baseline", "engine") if getattr(then, name) != getattr(now, name))


def changed_tier(then: Collection[Named], now: Collection[Named]) -> tuple[str, ...]:
    """`tier` where an agency of both is judged by another tier's baseline now; () where none is."""
    tiers = {one.id: one.tier for one in then}
    return ("tier",) if any(tiers.get(one.id, one.tier) is not one.tier for one in now) else ()


@dataclass(frozen=True)
class Rules:
    """What one run asked; `catalog` is None where its content cannot be read any more."""

    catalog: Catalog | None
    plan: Plan

    def of(self, control: str, tier: str) -> Any:
        """A value that is equal where the same is asked; None where the control is unknown or cannot be told."""
        catalog = self.catalog
        if catalog is None or control not in catalog.controls:
            return None
        asked = catalog.controls[control]
        checks = [catalog.checks[one.check] for one in asked.leaves if one.check and one.check in catalog.checks]
        plain = [one.model_dump(mode="json", exclude=_TOLD) for one in checks]
        lists = [name for name in catalog.lists if f"lists.{name}" in str(plain)]
        return (
            [one.model_dump(mode="json") for one in asked.clauses],
            asked.severity,
            baseline_of(catalog, self.plan, Tier(tier)).controls[control],
            plain,
            {name: catalog.lists[name] for name in lists},
        )

    @cached_property
    def titles(self) -> dict[str, str]:
        """The titles of the controls."""
        return {} if self.catalog is None else {one.id: one.title for one in self.catalog.controls.values()}


@dataclass(frozen=True)
class BothRules:
    """The rules of then and now. `changed` is what `changed_rules` and `changed_tier` say of them."""

    then: Rules
    now: Rules
    changed: tuple[str, ...]

    def differ(self, control: str, then_tier: str, now_tier: str) -> bool:
        """True where the control was asked differently, or nobody can tell any more. The tiers are the pair's."""
        if not self.changed and then_tier == now_tier:
            return False
        then, now = self.then.of(control, then_tier), self.now.of(control, now_tier)
        return then is None or now is None or bool(then != now)

    @property
    def unread(self) -> bool:
        """True where the content of one of them cannot be read any more."""
        return self.then.catalog is None or self.now.catalog is None

    def title(self, control: str) -> str:
        """The control's title of now, else of then; '' where neither is known."""
        return self.now.titles.get(control) or self.then.titles.get(control, "")
