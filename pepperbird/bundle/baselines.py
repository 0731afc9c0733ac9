"""Baselines with `extends` followed: every control of every policy set, every parameter valued and of its type.

What a baseline does not say it takes from the one it extends. An overlay is resolved in the same way, and its loosened
parameters are named: scores under it may only stand beside the published ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pepperbird.bundle.loosened import loosened
from pepperbird.bundle.sources import Part, Sources
from pepperbird.bundle.values import parameter_problem
from pepperbird.model.catalog import ResolvedBaseline
from pepperbird.model.policy import Baseline, Control, ControlSetting
from pepperbird.model.state import Enforcement, Tier

_WHOLES = ("tier", "expected_kinds", "deadlines", "freshness", "gate")
Resolved = ResolvedBaseline | None


def resolve_baselines(sources: Sources, controls: Mapping[str, Control]) -> dict[str, ResolvedBaseline]:
    """All baselines and overlays by id. What is wrong lands in `sources.issues`, and such a baseline is left out."""
    return _Resolver(sources, controls).all()


class _Resolver:
    def __init__(self, sources: Sources, controls: Mapping[str, Control]) -> None:
        self.sources, self.controls = sources, controls
        self.parts: dict[str, Part[Baseline]] = {**sources.baselines, **sources.overlays}
        self.done: dict[str, Resolved] = {}
        self.certain = all(policy.whole for policy in sources.policies.values()) and not sources.broken
        """False where a policy could not be read: what is named here may stand there."""

    def all(self) -> dict[str, ResolvedBaseline]:
        for part in self.parts.values():
            self._own(part)
        for name in self.parts:
            self._resolve(name, ())
        for tier in Tier:
            self._published(tier)
        return {name: resolved for name, resolved in self.done.items() if resolved is not None}

    def _published(self, tier: Tier) -> None:
        part = self.sources.baselines.get(tier)
        if part is None:
            file = f"baselines/{tier}.yaml"
            if file not in self.sources.broken:
                self.sources.say_file(file, f"the baseline of the tier {tier} is missing; add it")
            return
        resolved = self.done.get(tier)
        if resolved is not None and resolved.tier is not tier:
            self.sources.say(
                part, ("tier",), f"tier: this is the published baseline of another tier; write `tier: {tier}`"
            )

    def _resolve(self, name: str, below: tuple[str, ...]) -> ResolvedBaseline | None:
        if name in self.done:
            return self.done[name]
        part = self.parts[name]
        parent: ResolvedBaseline | None = None
        if part.value.extends is not None:
            if not self._may_extend(part, (*below, name)):
                self.done[name] = None
                return None
            parent = self._resolve(part.value.extends, (*below, name))
            if parent is None:
                self.done[name] = None
                return None
        self.done[name] = self._build(part, parent, overlay=name in self.sources.overlays)
        return self.done[name]

    def _may_extend(self, part: Part[Baseline], chain: tuple[str, ...]) -> bool:
        wanted = part.value.extends
        if wanted in chain:
            circle = " -> ".join((*chain[chain.index(wanted) :], wanted))
            self.sources.say(part, ("extends",), f"extends: goes in a circle ({circle}); one of them must stand alone")
            return False
        published = part.value.id not in self.sources.overlays
        if wanted not in (self.sources.baselines if published else self.parts):
            known = ", ".join(sorted(self.sources.baselines))
            self.sources.say(part, ("extends",), f"extends: there is no baseline {wanted!r}; there are {known}")
            return False
        return True

    def _build(
        self, part: Part[Baseline], parent: ResolvedBaseline | None, *, overlay: bool
    ) -> ResolvedBaseline | None:
        own = part.value
        if overlay and parent is None:
            self.sources.say(part, (), "an overlay changes a published baseline; add `extends: <baseline>`")
            return None
        wholes: dict[str, Any] = {}
        for name in _WHOLES:
            given = getattr(own, name)
            wholes[name] = given if given is not None else getattr(parent, name, None)
            if wholes[name] is None and part.document.at((name,)) is None:
                self.sources.say(part, (), f"`{name}` is missing; add it, or extend a baseline that has it")
        before = len(self.sources.issues)
        settings = {control.id: self._setting(part, control, parent) for control in self.controls.values()}
        kept = {name: setting for name, setting in settings.items() if setting is not None}
        if None in wholes.values() or len(kept) < len(settings) or len(self.sources.issues) > before:
            return None
        made = ResolvedBaseline(id=own.id, title=own.title, controls=kept, **wholes)
        if overlay and parent is not None:
            weaker = {*loosened(made, parent, self.controls), *parent.loosened}
            return replace(made, loosened=tuple(sorted(weaker)))
        return made

    def _setting(
        self, part: Part[Baseline], control: Control, parent: ResolvedBaseline | None
    ) -> ControlSetting | None:
        own = part.value.controls.get(control.id)
        taken = parent.controls[control.id] if parent is not None else None
        if own is None and taken is None:
            if part.document.at(("controls", control.id)) is None:
                self.sources.say(
                    part, ("controls",), f"controls: {control.id} is missing; say its enforcement and parameters"
                )
            return None
        params = {**(taken.params if taken else {}), **(own.params if own else {})}
        whole = True
        for name, parameter in control.parameters.items():
            path = ("controls", control.id, "params", name)
            if name not in params:
                whole = False
                if part.document.at(path) is None:
                    text = f"controls.{control.id}: the parameter `{name}` ({parameter.unit}) has no value; add it"
                    self.sources.say(part, path, text)
            elif parameter_problem(parameter, params[name]):
                whole = False  # told where it is written
        enforcement = _enforcement(part.value, control.id, own, taken)
        return ControlSetting(enforcement=enforcement, params=params) if whole else None

    def _own(self, part: Part[Baseline]) -> None:
        """What a baseline itself says: controls and parameters that exist, values of their type."""
        for index, name in enumerate(part.value.only):
            if name not in self.controls and self.certain:
                text = f"only: there is no control {name}; remove it or correct its spelling"
                self.sources.say(part, ("only", index), text)
        for name, setting in part.value.controls.items():
            control = self.controls.get(name)
            if control is not None:
                self._values(part, control, setting)
            elif self.certain:
                text = f"controls: there is no control {name}; remove it"
                self.sources.say(part, ("controls", name), text, at_key=True)

    def _values(self, part: Part[Baseline], control: Control, setting: ControlSetting) -> None:
        for name, value in setting.params.items():
            path = ("controls", control.id, "params", name)
            parameter = control.parameters.get(name)
            if parameter is not None:
                problem = parameter_problem(parameter, value)
                if problem:
                    self.sources.say(part, path, f"{'.'.join(path)}: {problem}")
            elif self.certain:
                known = ", ".join(control.parameters) or "none"
                text = f"{control.id} has no parameter `{name}`; it has {known}"
                self.sources.say(part, path, text, at_key=True)


def _enforcement(
    baseline: Baseline, control_id: str, own: ControlSetting | None, taken: ControlSetting | None
) -> Enforcement:
    """What is said here, else what `only` makes of it, else what is taken over."""
    if own is not None:
        return own.enforcement
    if baseline.only:
        return Enforcement.REQUIRED if control_id in baseline.only else Enforcement.NOT_REQUIRED
    return taken.enforcement if taken is not None else Enforcement.REQUIRED
