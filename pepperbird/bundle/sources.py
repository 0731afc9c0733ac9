"""Every content file read into its model, with the document it came from and all that is wrong with it.

A file with errors still gives a model where one can be salvaged, so that the rules between files find in the same run
what is wrong elsewhere. Such a part is not `whole`: rules about what is absent leave it alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any, Generic, TypeVar

from pepperbird.bundle.files import ContentFile, read_files
from pepperbird.errors import Issue
from pepperbird.located.document import Document, Path, parse_bytes
from pepperbird.located.validate import salvage, validate
from pepperbird.model.base import Model
from pepperbird.model.check import Check
from pepperbird.model.collector import Collector, ListFile, Redactions
from pepperbird.model.policy import Baseline, Policy
from pepperbird.model.powershell import PowerShellRules

M = TypeVar("M", bound=Model)
M_co = TypeVar("M_co", bound=Model, covariant=True)

_STAND_INS: Mapping[str, Any] = {
    "title": "?", "why": "?", "doc": "?", "text": "?", "statement": "?", "rationale": "?", "severity_why": "?",
    "status": "?", "version": "?", "unit": "?", "message": "?", "expected": "?", "parser": "unknown", "license": "?",
    "severity": "low", "waivable": True, "remediation": ["?"], "type": "string", "compare": "eq", "expect": "true",
    "effort": "minutes", "cost": "none", "owner": "admin", "risk": "none", "source": [], "as_of": "2000-01-01",
    "fix": {"text": "?", "effort": "minutes", "cost": "none", "owner": "admin", "risk": "none"}, "catalogue": {},
    "examples": [{"name": str(n), "given": {}, "then": "error"} for n in range(3)], "enforcement": "required",
}  # fmt: skip


@dataclass(frozen=True)
class Part(Generic[M_co]):
    """One file's model and its document. `whole` is False where the model is only what could be saved of a bad file."""

    value: M_co
    document: Document
    whole: bool


@dataclass
class Sources:
    """All content files of one root by what they are, and the issues found so far."""

    files: dict[str, bytes] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)
    policies: dict[str, Part[Policy]] = field(default_factory=dict)
    lists: dict[str, Part[ListFile]] = field(default_factory=dict)
    baselines: dict[str, Part[Baseline]] = field(default_factory=dict)
    overlays: dict[str, Part[Baseline]] = field(default_factory=dict)
    checks: dict[str, Part[Check]] = field(default_factory=dict)
    collectors: dict[str, Part[Collector]] = field(default_factory=dict)
    redactions: Part[Redactions] | None = None
    powershell: Part[PowerShellRules] | None = None
    broken: set[str] = field(default_factory=set)
    """Files of which nothing could be read."""

    def say(self, part: Part[Any], path: Path, message: str, *, at_key: bool = False) -> None:
        """Note what is wrong at `path` of a part's file."""
        self.issues.append(part.document.issue(path, message, at_key=at_key))

    def say_file(self, file: str, message: str) -> None:
        """Note what is wrong with a file as a whole, or that it is missing."""
        self.issues.append(Issue(file, 0, 0, message))


def read_sources(root: FilePath, overlays: Sequence[FilePath] = ()) -> Sources:
    """Read every file below `root`, and the `overlays`. Problems land in `.issues`."""
    files, issues = read_files(root)
    sources = Sources(files={one.path: one.data for one in files}, issues=issues)
    for one in files:
        _READERS.get(one.kind, _nothing)(sources, one)
    for path in overlays:
        _overlay(sources, path)
    return sources


def _policy(sources: Sources, file: ContentFile) -> None:
    part = _load(sources, file, Policy)
    if part is not None:
        _keep(sources, sources.policies, part, part.value.id)


def _list(sources: Sources, file: ContentFile) -> None:
    _placed(sources, sources.lists, file, ListFile, file.names[0])


def _baseline(sources: Sources, file: ContentFile) -> None:
    _placed(sources, sources.baselines, file, Baseline, file.names[0])


def _check(sources: Sources, file: ContentFile) -> None:
    _placed(sources, sources.checks, file, Check, ".".join(file.names))


def _collector(sources: Sources, file: ContentFile) -> None:
    _placed(sources, sources.collectors, file, Collector, file.names[0])


def _redactions(sources: Sources, file: ContentFile) -> None:
    sources.redactions = _load(sources, file, Redactions)


def _powershell(sources: Sources, file: ContentFile) -> None:
    sources.powershell = _load(sources, file, PowerShellRules)


def _nothing(sources: Sources, file: ContentFile) -> None:
    """Files that are not read as YAML here: programs, samples, templates."""


_READERS: Mapping[str, Callable[[Sources, ContentFile], None]] = {
    "policy": _policy, "list": _list, "baseline": _baseline, "check": _check, "collector": _collector,
    "redactions": _redactions, "powershell": _powershell,
}  # fmt: skip


def _overlay(sources: Sources, path: FilePath) -> None:
    try:
        data = path.read_bytes()
    except OSError as error:
        sources.say_file(str(path), f"cannot be read: {error.strerror}; correct the path")
        return
    part = _load(sources, ContentFile(str(path), "overlay", (), data), Baseline)
    if part is None:
        return
    if part.value.id in sources.baselines:
        message = f"id: {part.value.id!r} is the name of a published baseline; give the overlay its own"
        sources.say(part, ("id",), message)
    else:
        _keep(sources, sources.overlays, part, part.value.id)


def _placed(sources: Sources, group: dict[str, Part[M]], file: ContentFile, model: type[M], name: str) -> None:
    """Keep a part whose id is given by its place; an `id` inside must agree."""
    part = _load(sources, file, model, id=name)
    if part is not None:
        group[name] = part
        inside = part.document.at(("id",))
        if inside is not None and inside != name:
            message = f"id: {inside!r}, but by its place the file is {name!r}; make them agree"
            sources.say(part, ("id",), message)


def _load(sources: Sources, file: ContentFile, model: type[M], **extra: Any) -> Part[M] | None:
    document = parse_bytes(file.data, file.path)
    value, issues = validate(document, model, **extra)
    if value is not None:
        return Part(value, document, True)
    sources.issues += issues
    saved = salvage(document, model, _STAND_INS, **extra)
    if saved is None:
        sources.broken.add(file.path)
        return None
    return Part(saved, document, False)


def _keep(sources: Sources, group: dict[str, Part[M]], part: Part[M], name: str) -> None:
    if name in group:
        other = group[name].document.file
        message = f"id: {name!r} is already that of {other}; each needs its own"
        sources.say(part, ("id",), message)
    else:
        group[name] = part
