"""Samples of collectors: raw outputs in `collectors/<namespace>/samples/<name>/<probe>.out`, and their facts.

A collector of the connection has `connection.json` instead: what the transport noted of it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pepperbird.bundle.sources import read_sources
from pepperbird.located.document import parse_bytes
from pepperbird.model.collector import Collector
from pepperbird.model.evidence import ProbeOutput, Transcript
from pepperbird.model.gap import Gap
from pepperbird.observe.observe import connection_facts, namespace

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Sample:
    """One sample folder. `origin` is captured (from a real tool) or documented (from its manual)."""

    namespace: str
    folder: Path
    origin: str
    about: str
    exits: dict[str, int | None]
    facts: dict[str, Any]
    at: str = ""
    """When it was captured, where that matters to a judgement."""

    @property
    def name(self) -> str:
        return f"{self.namespace}/{self.folder.name}"

    def outputs(self) -> dict[str, ProbeOutput]:
        """What each probe said, by its full id."""
        return {
            f"{self.namespace}.{file.stem}": ProbeOutput(file.read_bytes(), b"", self.exits.get(file.stem, 0), 1)
            for file in sorted(self.folder.glob("*.out"))
        }

    def connection(self) -> dict[str, Any]:
        """What the transport itself saw, for a collector of the connection."""
        file = self.folder / "connection.json"
        return dict(json.loads(file.read_bytes())) if file.exists() else {}


@cache
def collectors() -> dict[str, Collector]:
    """The real collectors of the checkout."""
    return {name: part.value for name, part in read_sources(ROOT).collectors.items()}


def samples() -> list[Sample]:
    """Every sample of every collector."""
    found = []
    for file in sorted((ROOT / "collectors").glob("*/samples/*/facts.yaml")):
        data = parse_bytes(file.read_bytes(), str(file)).data
        found.append(
            Sample(
                file.parts[-4], file.parent, data["origin"], data["about"],
                dict(data["exits"] or {}), data["facts"], data.get("at", ""),
            )
        )  # fmt: skip
    return found


def facts_of(name: str, outputs: dict[str, ProbeOutput], connection: dict[str, Any] | None = None) -> Any:
    """The facts of one collector from what its probes said, or the connection showed."""
    transcript = Transcript("x", "2026-11-23T00:00:00Z", "", connection or {}, outputs)
    if collectors()[name].family == "connection":
        return connection_facts(collectors()[name], transcript)
    return namespace(collectors()[name], transcript)


def plain(value: Any) -> Any:
    """Facts as a sample writes them: a Gap is {$gap: reason}."""
    if isinstance(value, Gap):
        return {"$gap": str(value.reason)}
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, list) else value
