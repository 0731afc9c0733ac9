"""Catalog: all content, read, checked and frozen, with the digest that a run keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pepperbird.model.check import Check
from pepperbird.model.collector import Collector, ListFile, RedactionRule
from pepperbird.model.policy import Control, ControlSetting, Deadlines, Freshness, Gate, Parameter, Policy
from pepperbird.model.state import AssetKind, Enforcement, Tier


@dataclass(frozen=True)
class ResolvedBaseline:
    """A baseline with `extends` followed and every control of every policy present, all parameters valued.

    `loosened` names the parameters (`DS-12.min_free_pct`) that a local overlay made weaker, or changed without a
    direction, against the published baseline it extends; scores under it are shown beside the published ones only.
    """

    id: str
    title: str
    tier: Tier
    expected_kinds: tuple[AssetKind, ...]
    deadlines: Deadlines
    freshness: Freshness
    gate: Gate
    controls: Mapping[str, ControlSetting]
    loosened: tuple[str, ...] = ()

    def enforcement(self, control_id: str) -> Enforcement:
        return self.controls[control_id].enforcement


@dataclass(frozen=True)
class Catalog:
    """Content as values. `digest` is SHA-256 over the canonical manifest of all content files (`sha256:...`).

    `programs` holds the one static shell program per family (`shell`), built from content alone. `lists` are plain
    JSON values as checks read them; `list_files` their provenance. `sources` maps a check or control id to its file,
    `reads` a check to the namespaces of facts that it reads.
    """

    policies: Mapping[str, Policy]
    controls: Mapping[str, Control]
    checks: Mapping[str, Check]
    collectors: Mapping[str, Collector]
    baselines: Mapping[str, ResolvedBaseline]
    lists: Mapping[str, Any]
    list_files: Mapping[str, ListFile]
    redactions: tuple[RedactionRule, ...]
    programs: Mapping[str, bytes]
    digest: str
    root: str
    sources: Mapping[str, str] = field(default_factory=dict)
    reads: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def baseline(self, tier: Tier) -> ResolvedBaseline:
        """The published baseline of a tier."""
        return self.baselines[str(tier)]

    def parameters(self, control_id: str) -> Mapping[str, Parameter]:
        return self.controls[control_id].parameters

    def standard(self, control_id: str) -> str:
        """DS, DI, BR, DR or IS."""
        return control_id[:2]
