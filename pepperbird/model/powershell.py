"""What PowerShell in the content may use, from `collectors/powershell.yaml`: all else is refused by lint."""

from __future__ import annotations

from pepperbird.model.base import Model, Str


class Allowed(Model):
    """Names as PowerShell takes them, in any case. `programs` are whole command lines, `objects` what is made new."""

    cmdlets: dict[Str, tuple[Str, ...]]
    """Each with the parameters that it may be given."""
    programs: tuple[Str, ...]
    types: tuple[Str, ...]
    methods: tuple[Str, ...]
    objects: tuple[Str, ...]


class PowerShellRules(Model):
    """For the questions (`probe.ps1`) and for the program around them (`program/head.ps1`)."""

    probes: Allowed
    program: Allowed
