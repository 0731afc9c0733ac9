"""The answers of a Windows server's probes. What is not as documented is refused: none of this was seen on Windows."""

from __future__ import annotations

import re
from typing import Any, Final

from pepperbird.model.gap import Gap, GapReason
from pepperbird.observe.parsers.powershell import day, moment, record, rows, texts, truth, whole, word
from pepperbird.observe.text import number, unseen

_RELEASES: Final = {1: "windows", 2: "windows-server", 3: "windows-server"}
"""By ProductType: a workstation, a domain controller, a server."""
_FIXED: Final = frozenset({"Fixed", "3"})
_KNOWN_TYPES: Final = frozenset(
    {"Unknown", "NoRootDirectory", "No Root Directory", "Removable", "Remote", "CD-ROM", "RAM Disk", *"012456"}
)
_STATUS: Final = {
    "0": "FullyDecrypted", "1": "FullyEncrypted", "2": "EncryptionInProgress", "3": "DecryptionInProgress",
    "4": "EncryptionPaused", "5": "DecryptionPaused",
}  # fmt: skip
_WORDS: Final = frozenset({*_STATUS.values(), "FullyEncryptedWipeInProgress", "FullyEncryptedWipePaused"})
_PROTECTION: Final = {"0": "Off", "1": "On", "2": "Unknown"}
_STATE: Final = {"1": True, "2": False, "3": False}
"""Of an optional feature: switched on, switched off, not there."""
_RESULT: Final = re.compile(r"-?\d{1,10}")
_LINE: Final = re.compile(r"(Leap Indicator|Stratum|Source): (.+)")
_NOT_STARTED: Final = ("0x80070426",)
_REFUSED: Final = ("0x80070005",)
OWN_CLOCK: Final = "Local CMOS Clock"
_OWN: Final = "0X4C4F434C"
"""`LOCL`, by which the service names the clock of the server itself in every language."""


def system(output: bytes) -> dict[str, Any]:
    """Name, release and system drive."""
    found = record(output)
    kind, build = whole(found, "ProductType"), word(found, "BuildNumber")
    if kind not in _RELEASES or not re.fullmatch(r"\d{3,6}", build, re.ASCII):
        raise ValueError("not a release of Windows")
    drive = word(found, "SystemDrive")
    if not re.fullmatch(r"[A-Z]:", drive):
        raise ValueError("the drive of Windows is not one")
    return {"name": word(found, "Caption"), "release": f"{_RELEASES[kind]} {build}", "drive": drive}


def volumes(output: bytes) -> list[dict[str, Any]]:
    """The fixed volumes that are mounted: name, size, free. Others (recovery, start, CD) are left out."""
    found = record(output)
    places: dict[str, list[str]] = {}
    for one in rows(found, "Places"):
        name = word(one, "Name").rstrip("\\")
        if not name.startswith("\\\\?"):
            places.setdefault(word(one, "DeviceID").lower(), []).append(name)
    told = []
    for one in rows(found, "Volumes"):
        kind = word(one, "DriveType")
        if kind not in _FIXED | _KNOWN_TYPES:
            raise ValueError(f"a volume of a kind that is not known: {kind[:20]}")
        letter = word(one, "DriveLetter")
        names = sorted({*places.get(word(one, "Path").lower(), ()), *([f"{letter}:"] if letter else [])})
        if kind in _FIXED and names:
            told.append({"name": names[0], "size": whole(one, "Size"), "free": whole(one, "SizeRemaining")})
    return told


def bitlocker(output: bytes) -> dict[str, Any]:
    """`installed`, and by the name of its volume what BitLocker says."""
    found = record(output)
    listed = rows(found, "Volumes")
    if truth(found, "Command"):
        return {
            "installed": True,
            "volumes": {word(one, "MountPoint").rstrip("\\"): _encryption(one) for one in listed},
        }
    states = [_STATE.get(str(whole(one, "InstallState"))) for one in rows(found, "Features")]
    if listed or states != [False]:
        raise unseen(
            GapReason.UNSUPPORTED,
            "The command of BitLocker is not there, and Windows does not say that the feature is not installed.",
            "install the feature BitLocker with its tools, or hand in the document that stands in for it",
        )
    return {"installed": False, "volumes": {}}


def _encryption(one: dict[str, Any]) -> dict[str, Any]:
    status, protection = word(one, "VolumeStatus"), word(one, "ProtectionStatus")
    status, protection = _STATUS.get(status, status), _PROTECTION.get(protection, protection)
    if status not in _WORDS or protection not in _PROTECTION.values():
        raise ValueError("a state of BitLocker that is not known")
    whole_volume = status.startswith("FullyEncrypted")
    if protection == "Unknown" and whole_volume:
        encrypted: bool | Gap = Gap(
            GapReason.UNSUPPORTED, "BitLocker does not tell whether the protection is on: the volume is locked.",
            "unlock the volume, and have the script run again",
        )  # fmt: skip
    else:
        encrypted = whole_volume and protection == "On"
    return {"encrypted": encrypted, "bitlocker": f"{status}, protection {protection.lower()}"}


def table(given: dict[str, Any]) -> Any:
    """Each volume with its room and its encryption. Where BitLocker could not be asked only that is not known."""
    for name in ("volumes", "system"):
        if isinstance(given[name], Gap):
            return given[name]
    drive, listed, locker = given["system"]["drive"], given["volumes"], given["bitlocker"]
    if not any(one["name"] == drive for one in listed):
        raise ValueError("the volume of Windows itself is not in the list")
    alone = len(listed) == 1
    return {
        "volumes": [{**one, "data": alone or one["name"] != drive, **_column(locker, one["name"])} for one in listed]
    }


def _column(locker: Any, name: str) -> dict[str, Any]:
    if isinstance(locker, Gap):
        return {"encrypted": locker, "bitlocker": locker}
    if not locker["installed"]:
        return {"encrypted": False, "bitlocker": "BitLocker is not installed"}
    told = locker["volumes"].get(name)
    if told is None:
        gap = Gap(GapReason.PARSE, f"BitLocker says nothing of the volume {name}.")
        return {"encrypted": gap, "bitlocker": gap}
    return dict(told)


def time(output: bytes) -> dict[str, Any]:
    """Where the time service takes the time from, by its words in English; `running` false where it is not started."""
    found = record(output)
    lines = [line.strip() for line in texts(found, "Lines")]
    said = " ".join(lines)
    if found.get("Exit") != 0:
        if any(code in said for code in _NOT_STARTED):
            return {"running": False}
        if any(code in said for code in _REFUSED):
            raise unseen(GapReason.DENIED, "The time service does not answer this account.", "run it as administrator")
        raise ValueError("the time service did not answer")
    told: dict[str, str] = {match[1]: match[2] for line in lines if (match := _LINE.fullmatch(line))}
    if told.keys() != {"Leap Indicator", "Stratum", "Source"}:
        raise unseen(
            GapReason.UNSUPPORTED,
            "The time service does not answer in English, and its words in other languages are not known.",
            "send the programme office what `w32tm /query /status /verbose` prints on this server",
        )
    stratum, leap = (number(told[name].partition("(")[0].strip()) for name in ("Stratum", "Leap Indicator"))
    source = OWN_CLOCK if _OWN in said.upper() else told["Source"].strip()
    return {"running": True, "source": source, "stratum": stratum, "alarm": leap == 3}


def updates(output: bytes) -> dict[str, Any]:
    """The day of the newest update, and why restarts are due."""
    found = record(output)
    days = [day(text) for one in rows(found, "Updates") if (text := word(one, "InstalledOn"))]
    reasons = {"updates of Windows wait for a restart": "Servicing", "Windows Update asks for a restart": "Update"}
    reboots = [{"reason": reason} for reason, name in reasons.items() if truth(found, name)]
    nothing = Gap(GapReason.UNSUPPORTED, "Windows lists no update with the day on which it was installed.")
    return {"newest": max(days) if days else nothing, "reboots": reboots}


def smb(output: bytes) -> dict[str, Any]:
    """How the file server is set."""
    found = record(output)
    rows(found, "Shares")
    return {
        "smb1": truth(found, "EnableSMB1Protocol"),
        "signing": truth(found, "RequireSecuritySignature"),
        "encrypts": truth(found, "EncryptData"),
        "refuses": truth(found, "RejectUnencryptedAccess"),
    }


def backup(output: bytes) -> dict[str, Any]:
    """What Windows Server Backup says of its last backups."""
    found = record(output)
    if not truth(found, "Command"):
        return {"installed": False}
    told: dict[str, Any] = {"installed": True, "versions": whole(found, "NumberOfVersions")}
    good = found.get("LastSuccessfulBackupTime")
    if good not in ("", None) and not moment(good).startswith("0001-"):
        told["newest"] = moment(good)
    if found.get("LastBackupTime") not in ("", None):
        result = word(found, "LastBackupResultHR")
        if not _RESULT.fullmatch(result):
            raise ValueError("how the last backup ended is not a number")
        told["result"] = int(result)
    return told


def sqlserver(output: bytes) -> dict[str, Any]:
    """Every SQL Server that setup wrote into the registry. One that stands there without its version is not known."""
    listed = rows(record(output), "Instances")
    named = [one for one in listed if word(one, "PatchLevel") or word(one, "Version")]
    if {word(one, "Name") for one in listed} != {word(one, "Name") for one in named}:
        raise ValueError("a SQL Server without a version")
    told = []
    for one in named:
        version = word(one, "PatchLevel") or word(one, "Version")
        if not re.fullmatch(r"\d{1,3}\.\d{1,3}\.\d{1,6}(\.\d{1,6})?", version, re.ASCII):
            raise ValueError("a version of SQL Server that is not one")
        major, minor = version.split(".")[:2]
        # 2008 R2 is 10.50, and 10.51 to 10.53 with its service packs.
        series = "mssql 10.50" if major == "10" and minor.startswith("5") else f"mssql {major}"
        told.append({"name": word(one, "Name"), "series": series, "version": version, "edition": word(one, "Edition")})
    return {"instances": told}
