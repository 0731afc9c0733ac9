"""crypttab and LUKS headers: where keys come from, where key files lie, how many keys open a volume."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.text import clean
from pepperbird.observe.parsers.devices import below, encrypted, removable
from pepperbird.observe.parsers.filesystems import devices_of, over_network
from pepperbird.observe.text import Unseen, keyed, unknown, unseen, whole

_RANDOM: Final = frozenset({"/dev/urandom", "/dev/random", "/dev/hwrng"})
_TOKENS: Final = ("tpm2-device=", "fido2-device=", "pkcs11-uri=")
_DERIVING: Final = frozenset({"decrypt_derived", "decrypt_keyctl"})
"""Key scripts of Debian that read no file: one takes the key of an open volume, one a passphrase typed before."""
_FOLDERS: Final = frozenset({"/etc/cryptsetup-keys.d", "/run/cryptsetup-keys.d"})
_SLOT1: Final = re.compile(r"Key Slot [0-9]+: (ENABLED|DISABLED)")
_SLOT2: Final = re.compile(r"  [0-9]+: (\S+)( \(unbound\))?")
_HAND: Final = "look by hand whether the key lies apart from the volume"


def crypttab(output: bytes) -> dict[str, Any]:
    """`entries` of crypttab and `found`, the key files that systemd takes by their name."""
    entries: list[dict[str, str]] = []
    found: dict[str, str] = {}
    for key, value in keyed(whole(output)):
        words = value.split(" ")
        if key == "boot":
            raise unseen(GapReason.UNSUPPORTED, f"The kernel's command line names a key: {value}.", _HAND)
        if key == "entry" and len(words) == 4:
            entries.append(dict(zip(("name", "device", "key", "options"), words, strict=True)))
        elif key == "keys" and len(words) == 2 and words[0] in _FOLDERS:
            found.setdefault(words[1], f"{words[0]}/{words[1]}")
        else:
            raise unknown(f"{key} {value}")
    return {"entries": entries, "found": found}


def luks_keys(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """`rows`, one per entry. Mounts and devices are only needed where there is a key file."""
    table = inputs["crypttab"]
    if isinstance(table, Gap):
        raise Unseen(table)
    return {"rows": [_row(entry, table["found"], inputs) for entry in table["entries"]]}


def _row(entry: Mapping[str, str], found: Mapping[str, str], inputs: Mapping[str, Any]) -> dict[str, Any]:
    source = _source(entry, found)
    row = {"name": entry["name"], "key_file": "", "lies_on": "", "apart": True}
    if isinstance(source, Gap):
        return row | {"source": source, "key_file": source, "lies_on": source, "apart": source}
    if not source.startswith("/"):
        return row | {"source": source}
    for name in ("mounts", "devices"):
        if isinstance(inputs[name], Gap):
            return row | {"source": "file", "key_file": source, "lies_on": inputs[name], "apart": inputs[name]}
    mounts = inputs["mounts"]["mounts"]
    holders = [m for m in mounts if m["target"] == "/" or source.startswith(m["target"] + "/")]
    holder = max(holders, key=lambda one: len(one["target"]))
    apart = _apart(holder, entry["device"], inputs["devices"])
    return row | {"source": "file", "key_file": source, "lies_on": holder["target"], "apart": apart}


def _source(entry: Mapping[str, str], found: Mapping[str, str]) -> str | Gap:
    """asked, token, random, derived, the path of a key file, or a Gap."""
    options, key = entry["options"].split(","), entry["key"]
    if any(option.startswith(_TOKENS) for option in options):
        return "token"
    script = next((option for option in options if option.startswith("keyscript=")), "")
    if script:
        if script.removeprefix("keyscript=").rpartition("/")[2] in _DERIVING:
            return "derived"
        return Gap(GapReason.UNSUPPORTED, f"The key comes from a script: {clean(script, 100)}.", _HAND)
    if key in ("none", "-"):
        return found.get(f"{entry['name']}.key", "asked")
    if key in _RANDOM:
        return "random"
    if ":" in key or not key.startswith("/") or key.startswith("/dev/"):
        return Gap(GapReason.UNSUPPORTED, f"The key comes from a device: {clean(key, 100)}.", _HAND)
    return key


def _apart(holder: Mapping[str, Any], device: str, devices: Mapping[str, Any]) -> bool | Gap:
    """Whether a file there is encrypted, in memory, elsewhere, on a medium to pull out, or on other disks at least."""
    known = devices["devices"]
    if holder["fstype"] in ("tmpfs", "ramfs") or over_network(holder["fstype"]):
        return True
    try:
        names = devices_of(holder, devices)
        if not names:
            raise ValueError("the device under the key file is not known")
        if all(encrypted(known, name) for name in names) or any(removable(known, name) for name in names):
            return True
        return not _disks(known, names) & _disks(known, [device])
    except ValueError as error:
        return Gap(GapReason.UNSUPPORTED, f"Whether the key lies apart can't be told: {error}.", _HAND)


def _disks(devices: Mapping[str, Any], names: list[str], depth: int = 0) -> set[str]:
    """The whole disks under devices. Raises ValueError for a device that /sys does not show."""
    found: set[str] = set()
    for name in names:
        if name not in devices or depth > 16:
            raise ValueError("a block device that /sys does not show")
        parents = below(devices[name])
        found |= _disks(devices, parents, depth + 1) if parents else {name}
    return found


def luks_headers(output: bytes) -> dict[str, Any]:
    """`rows` of open LUKS volumes with their key slots."""
    rows: list[dict[str, Any]] = []
    section = ""
    for line in whole(output):
        if line.startswith("volume "):
            _, name, device, status = line.split(" ")
            rows.append({"name": name, "device": device, "version": "", "key_slots": 0})
            if status != "0":
                gap = Gap(GapReason.UNSUPPORTED, f"cryptsetup finds no LUKS header on {clean(device, 60)}.")
                rows[-1] |= {"version": gap, "key_slots": gap}
            section = ""
            continue
        if not line.startswith("| ") or not rows:
            raise unknown(line)
        section = _line(rows[-1], line[2:], section)
    for row in rows:
        if row["version"] not in ("1", "2") and not isinstance(row["version"], Gap):
            raise ValueError("a LUKS header without a version")
    return {"rows": rows}


def _line(row: dict[str, Any], text: str, section: str) -> str:
    """Take one line of a header; the section of what follows."""
    if text.startswith("Version:"):
        row["version"] = text.split()[1]
    elif match := _SLOT1.fullmatch(text):
        row["key_slots"] += match.group(1) == "ENABLED"
    elif text.endswith(":") and not text.startswith(" "):
        return text
    elif (match := _SLOT2.fullmatch(text)) and section == "Keyslots:":
        row["key_slots"] += match.group(1) == "luks2" and match.group(2) is None
    elif not text.startswith("  "):
        raise unknown(text)
    return section
