"""`lvs --nameprefixes`: volumes of LVM that are redundant by themselves."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Final

from pepperbird.observe.text import lines_of, unknown

_PAIR: Final = re.compile(r"LVM2_([A-Z_]+)='([^']*)'")
_WANTED: Final = {"VG_NAME", "LV_NAME", "SEGTYPE", "LV_HEALTH_STATUS", "COPY_PERCENT", "RAID_SYNC_ACTION"}
_REDUNDANT: Final = re.compile(r"mirror|raid1|raid10(_near)?|raid[456](_[a-z0-9_]+)?")
_RAID: Final = re.compile(r"mirror|raid[0-9].*")


def lvm_volumes(output: bytes) -> dict[str, Any]:
    """`rows` of volumes with a RAID or mirror segment; `absent` alone is none."""
    lines = lines_of(output)
    if lines == ["absent"]:
        return {"rows": []}
    if len(lines) < 3 or lines[0] != "present" or lines[-1] != "end":
        raise ValueError("the output does not begin and close with its marks")
    rows = []
    for line in lines[1:-1]:
        values = dict(_PAIR.findall(line))
        if values.keys() != _WANTED or _PAIR.sub("", line).strip():
            raise unknown(line)
        if _RAID.fullmatch(values["SEGTYPE"]):
            rows.append(_row(values))
    if not rows:
        raise ValueError("the kernel has a RAID volume of LVM that lvs does not show")
    return {"rows": rows}


def _row(values: dict[str, str]) -> dict[str, Any]:
    group, volume = values["VG_NAME"], values["LV_NAME"].strip("[]")
    return {
        "name": f"{group}/{volume}",
        "mapped": f"{group.replace('-', '--')}-{volume.replace('-', '--')}",
        "kind": values["SEGTYPE"],
        "redundant": _REDUNDANT.fullmatch(values["SEGTYPE"]) is not None,
        "health": values["LV_HEALTH_STATUS"],
        "synced_pct": int(Decimal(values["COPY_PERCENT"])) if values["COPY_PERCENT"] else 0,
        "action": values["RAID_SYNC_ACTION"] or "none",
    }
