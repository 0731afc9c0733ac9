"""The file of a kit by the family of its questions, and what its bundle must bring back of it."""

from __future__ import annotations

from collections.abc import Mapping

from pepperbird.collect import kit_powershell, kit_script
from pepperbird.collect.kit_script import Wording
from pepperbird.model.kit import Kit
from pepperbird.model.plan import EndpointPlan

POWERSHELL = "powershell"


def kit_file(kit: Kit, endpoint: EndpointPlan, programs: Mapping[str, bytes], wording: Wording) -> tuple[str, bytes]:
    """Its name and its text. Raises UsageError where the register holds a value that cannot stand in one."""
    program = programs[endpoint.family]
    if endpoint.family == POWERSHELL:
        return "collect.ps1", kit_powershell.script(kit, endpoint, program, wording)
    return "collect.sh", kit_script.script(kit, endpoint, program, wording)


def kit_order(kit: Kit, endpoint: EndpointPlan, programs: Mapping[str, bytes]) -> bytes:
    """What was run, to the byte: the program, and after it which of its questions."""
    program = programs[endpoint.family]
    if endpoint.family == POWERSHELL:
        return kit_powershell.order(kit, endpoint, program)
    return kit_script.order(kit, endpoint, program)
