"""Storage pools: ZFS from zpool, LVM thin pools from lvs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from pepperbird.observe.text import json_of, lines_of, number, unknown, whole


def zpools(output: bytes) -> list[dict[str, Any]]:
    """Rows of `zpool list -Hp -o name,capacity,health`, after the line `present`; `absent` alone is no pool."""
    head, *lines = whole(output)
    if head == "absent" and not lines:
        return []
    if head != "present":
        raise unknown(head)
    rows = []
    for line in lines:
        words = line.split("\t")
        if len(words) != 3:
            raise unknown(line)
        rows.append({"name": words[0], "kind": "zpool", "used_pct": number(words[1].rstrip("%")), "health": words[2]})
    return rows


def lvs(output: bytes) -> list[dict[str, Any]]:
    """Thin pools in the JSON report of lvs, after the line `present`; `absent` alone is no pool."""
    head, *lines = lines_of(output)
    if head == "absent" and not lines:
        return []
    if head != "present":
        raise unknown(head)
    report = json_of("\n".join(lines))
    rows = []
    for volume in [one for part in report["report"] for one in part["lv"]]:
        if not volume["lv_attr"].startswith("t"):
            continue
        rows.append({
            "name": f"{volume['vg_name']}/{volume['lv_name']}",
            "kind": "lvm-thin",
            "used_pct": _percent(volume["data_percent"]),
            "metadata_pct": _percent(volume["metadata_percent"]),
        })  # fmt: skip
    if not rows:
        raise ValueError("the kernel has a thin pool that lvs does not show")
    return rows


def pools(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Both kinds together."""
    return {"rows": [*inputs["zpools"], *inputs["thin_pools"]]}


def _percent(text: str) -> int:
    """A share rounded up: what is nearly over the limit is not shown as under it."""
    try:
        share = Decimal(text)
    except InvalidOperation as error:
        raise ValueError("a share that is not a number") from error
    if not 0 <= share <= 100:
        raise ValueError("a share beyond 0 to 100")
    return math.ceil(share)
