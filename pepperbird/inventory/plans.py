"""The agreed plans of a site, `plans/<agency>.yaml`: read strictly, written so that a person can review them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from pepperbird.inventory.access import Fault
from pepperbird.inventory.files import SiteFolder
from pepperbird.inventory.raw import Row, as_date, near, rows
from pepperbird.inventory.records import CONTROL, Assets
from pepperbird.inventory.rules import date_fault, invisible
from pepperbird.located.validate import validate
from pepperbird.model.agreed import AgreedItem, AgreedPlan, DroppedItem

FOLDER = "plans"
_HEAD = """\
# What {agency} agreed to mend, and by when. Kept by `pepperbird agency plan {agency}`; it may be edited by hand.
# An item is done when its control passes there. One that is dropped stays below with its reason.

"""


def read_plans(folder: SiteFolder, known: Assets) -> list[AgreedPlan]:
    """Every plan under plans/. Whether the content has its controls is judged where content is known."""
    found = []
    for path in folder.records(folder.root / FOLDER):
        document = folder.read(path)
        if document is None:
            continue
        plan, issues = validate(document, AgreedPlan)
        faults = list(_faults(document.data, path, known)) if isinstance(document.data, dict) else []
        folder.issues += [*issues, *(document.issue(*fault) for fault in faults)]
        if plan is not None:
            found.append(plan)
    return found


def plan_file(plan: AgreedPlan) -> str:
    """The file of a plan; reading it gives the same plan."""
    lines = [_HEAD.format(agency=plan.agency), f"agency: {plan.agency}\n"]
    parts: tuple[tuple[str, tuple[AgreedItem | DroppedItem, ...]], ...] = (
        ("items", plan.items),
        ("dropped", plan.dropped),
    )
    for name, entries in parts:
        lines.append(f"{name}:\n" if entries else f"{name}: []\n")
        lines += [f"  - {{{_fields(one)}}}\n" for one in entries]
    return "".join(lines)


def _fields(one: AgreedItem | DroppedItem) -> str:
    told = one.model_dump(mode="json", exclude_defaults=True)
    plain = ("control", "asset")
    return ", ".join(f"{key}: {value if key in plain else json.dumps(value)}" for key, value in told.items())


def _faults(data: Row, path: Path, known: Assets) -> Iterator[Fault]:
    yield from invisible(data)
    agency = data.get("agency")
    if isinstance(agency, str) and agency != path.stem:
        yield ("agency",), f"agency: {agency!r} in a file named {path.name}; make them the same"
    elif isinstance(agency, str) and agency not in known:
        yield ("agency",), f"agency: no agency {agency!r} in this site; correct the id{near(agency, known)}"
    there = known.get(path.stem)
    seen: set[tuple[object, object]] = set()
    for place, row in rows(data, "items"):
        control, asset = row.get("control"), row.get("asset")
        if isinstance(control, str) and not CONTROL.fullmatch(control):
            yield (*place, "control"), f"control: {control!r} is not the id of a control; write for example DS-03"
        if isinstance(asset, str) and there is not None and asset not in there:
            yield (*place, "asset"), f"asset: {path.stem} has no {asset!r}; correct it{near(asset, there)}"
        if (control, asset) in seen:
            yield place, f"{control} is in the plan twice; keep one of the two"
        seen.add((control, asset))
        yield from date_fault(place, row, "agreed")
        yield from date_fault(place, row, "due")
        agreed, due = as_date(row.get("agreed")), as_date(row.get("due"))
        if agreed is not None and due is not None and due < agreed:
            yield (*place, "due"), "due: before the day on which it was agreed; correct one of them"
