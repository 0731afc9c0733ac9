"""Read the content folders into a Catalog, or raise with everything that is wrong, located.

Nothing is skipped: an unknown file, a reference to nothing, an expression that does not compile, an example that does
not fit are all errors here, because content that is half right judges wrongly. Reads files below `root` and the
overlays, nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pepperbird.bundle.baselines import resolve_baselines
from pepperbird.bundle.files import digest_of
from pepperbird.bundle.known import Known
from pepperbird.bundle.program import build_programs
from pepperbird.bundle.sources import Part, Sources, read_sources
from pepperbird.errors import ContentError
from pepperbird.model.catalog import Catalog
from pepperbird.model.collector import ListFile
from pepperbird.model.policy import Control


def read_bundle(root: Path, overlays: Sequence[Path] = (), known: Known | None = None) -> Catalog:
    """The Catalog of the content under `root`, with the site's `overlays` beside its baselines.

    Raises ContentError with all issues at once, each as file:line:column with the path from `root`. Content that
    `known` remembers as good is read and validated, but the rules between its files are not gone through again.
    """
    sources = read_sources(root, overlays)
    digest = digest_of(sources.files)
    controls = _controls(sources)
    baselines = resolve_baselines(sources, controls)
    programs = build_programs(sources)
    lists = {name: _plain(part.value) for name, part in sources.lists.items()}
    reads = known.reads(digest) if known is not None else None
    checked = reads is None
    if reads is None:
        from pepperbird.bundle.crosscheck import cross_check

        reads = cross_check(sources, lists)
    if sources.issues or sources.redactions is None:
        raise ContentError(sources.issues)
    if known is not None and checked:
        known.remember(digest, reads)
    return Catalog(
        policies=_values(sources.policies),
        controls=controls,
        checks=_values(sources.checks),
        collectors=_values(sources.collectors),
        baselines=baselines,
        lists=lists,
        list_files=_values(sources.lists),
        redactions=sources.redactions.value.rules,
        programs=programs,
        digest=digest,
        root=str(root),
        sources=_files(sources),
        reads=reads,
    )


def _values(parts: Mapping[str, Part[Any]]) -> dict[str, Any]:
    return {name: parts[name].value for name in sorted(parts)}


def _files(sources: Sources) -> dict[str, str]:
    """The file of each check and control."""
    files = {name: part.document.file for name, part in sources.checks.items()}
    for part in sources.policies.values():
        files |= {control.id: part.document.file for control in part.value.controls}
    return files


def _controls(sources: Sources) -> dict[str, Control]:
    """All controls by id, in order; an id used twice is an issue."""
    found: dict[str, Control] = {}
    for part in sources.policies.values():
        for index, control in enumerate(part.value.controls):
            if control.id in found:
                message = f"{control.id} stands twice; give one of them its own id"
                sources.issues.append(part.document.issue(("controls", index, "id"), message))
            found.setdefault(control.id, control)
    return dict(sorted(found.items()))


def _plain(file: ListFile) -> Any:
    """The entries as checks read them: lists and maps only."""
    if isinstance(file.entries, dict):
        return {key: list(value) if isinstance(value, tuple) else dict(value) for key, value in file.entries.items()}
    return list(file.entries)
