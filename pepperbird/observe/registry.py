"""The parsers by the name that collectors use: one table from name to dotted path, imported when used.

A parser of a probe takes its bytes; a parser of a derived value takes the parsed outputs by name. Those in LAYING take
Gaps among them and lay each into the columns that it concerns; for the others any Gap is the Gap of the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, Final

_AT: Final = "pepperbird.observe.parsers."

PARSERS: Final[Mapping[str, str]] = {
    "apt_indexes": "apt:indexes",
    "apt_policy": "apt:policy",
    "apt_sources": "apt_sources:sources",
    "datadir_modes": "datadirs:modes",
    "datadir_open": "datadirs:opened",
    "job_cron": "jobs:cron",
    "job_spool": "jobs:spool",
    "job_timers": "jobs:timers",
    "lvs_json": "pools:lvs",
    "mountinfo": "mounts:mountinfo",
    "os_release": "system:os_release",
    "package_manager": "system:package_manager",
    "proc_net": "sockets:proc_net",
    "reboot": "system:reboot",
    "rpm_indexes": "rpm:indexes",
    "rpm_sources": "rpm:sources",
    "rpm_updateinfo": "rpm:updateinfo",
    "sshd_daemons": "sshd:daemons",
    "statfs": "mounts:statfs",
    "sys_block": "devices:sys_block",
    "usb_storage": "usb:usb_storage",
    "zpool_list": "pools:zpools",
}
DERIVED: Final[Mapping[str, str]] = {
    "apt_security": "apt:security",
    "backup_jobs": "jobs:backup_jobs",
    "datadirs": "datadirs:datadirs",
    "filesystems": "filesystems:filesystems",
    "package_index": "system:package_index",
    "pools": "pools:pools",
}
LAYING: Final = frozenset({"datadirs", "filesystems", "package_index"})


def parser(name: str) -> Callable[[Any], Any]:
    """The parser of that name. Raises KeyError for a name that no table holds."""
    module, _, function = (PARSERS.get(name) or DERIVED[name]).partition(":")
    found: Callable[[Any], Any] = getattr(import_module(_AT + module), function)
    return found
