"""NUT: is it set up, does something shut the machine down, and how is each UPS. Silence is never an absent UPS."""

from __future__ import annotations

import re
from typing import Any, Final

from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.text import clean
from pepperbird.observe.text import keyed, number, unknown, unseen, whole

_FAILED: Final = re.compile(r"error|fail|warning|bad|abort", re.IGNORECASE)
_WHOLE: Final = re.compile(r"([0-9]+)(\.[0-9]+)?")
_NUT: Final = frozenset({"upsd", "upsmon", "nut-server"})
_OTHER: Final = {"apcupsd": "apcupsd", "pwrstatd": "PowerPanel (pwrstatd)", "upsagent": "upsagent"}


def nut(output: bytes) -> dict[str, Any]:
    """`present`, `shuts_down`, and the `units` with what upsc told of them."""
    told: dict[str, list[str]] = {}
    units: dict[str, dict[str, str]] = {}
    current: dict[str, str] | None = None
    for key, value in keyed(whole(output)):
        if key == "unit" and value and value not in units:
            current = units[value] = {}
        elif key == "value" and current is not None:
            name, _, text = value.partition(": ")
            current[name] = text
        elif key == "failed" and current is not None:
            current["failed"] = value
        elif key in ("sees", "process", "program", "mode", "server"):
            told.setdefault(key, []).append(value)
        else:
            raise unknown(f"{key} {value}")
    if "sees" not in told:
        raise ValueError("it is not told which processes can be seen")
    running = set(told.get("process", []))
    return {
        "present": _present(told, running, units),
        "shuts_down": "upsmon" in running,
        "units": [_unit(name, values) for name, values in sorted(units.items())],
    }


def _present(told: dict[str, list[str]], running: set[str], units: dict[str, dict[str, str]]) -> bool:
    """False only where no program for it is installed, or it was never set up, and nothing of the kind runs."""
    if units or running & _NUT or told.get("server") == ["yes"]:
        return True
    for name, title in _OTHER.items():
        if name in running:
            raise unseen(GapReason.UNSUPPORTED, f"{title} watches a UPS here; only NUT is looked at yet.")
    if told["sees"] != ["all"]:
        raise unseen(GapReason.DENIED, "Other accounts' processes are hidden (hidepid), so none could be seen to run.")
    if "upsc" not in told.get("program", []):
        return False
    modes = told.get("mode", [])
    return not modes or any(mode != "none" for mode in modes)


def _unit(name: str, values: dict[str, str]) -> dict[str, Any]:
    if "failed" in values or "ups.status" not in values:
        gap = Gap(
            GapReason.UNSUPPORTED, f"NUT tells nothing of {clean(name, 80)}: {clean(values.get('failed', ''), 120)}",
            f"upsc {clean(name, 80)}; see to its driver and cable",
        )  # fmt: skip
        return {"name": name, "status": gap, "flags": gap, "runtime": gap, "test": gap, "test_failed": gap}
    test = values.get("ups.test.result", "")
    return {
        "name": name, "status": values["ups.status"], "flags": values["ups.status"].split(),
        "runtime": _runtime(name, values.get("battery.runtime")),
        "test": test or "untested", "test_failed": bool(_FAILED.search(test)),
    }  # fmt: skip


def _runtime(name: str, text: str | None) -> int | Gap:
    found = _WHOLE.fullmatch(text or "")
    if found is None:
        return Gap(GapReason.UNSUPPORTED, f"{clean(name, 80)} does not tell how long its battery lasts.")
    return number(found.group(1))
