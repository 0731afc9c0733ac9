"""Units: the files with which systemd carries out the schedules of a site. Pure.

They give no unit a view of the file system of its own: a scan of this computer would see that view, and judge it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

SERVICE: Final = "pepperbird.service"
DUE: Final = "pepperbird-due.service"
TIMER: Final = "pepperbird-due.timer"
BACKUP: Final = "pepperbird-backup.service"
BACKUP_TIMER: Final = "pepperbird-backup.timer"
_HEAD: Final = """\
[Unit]
Description=pepperbird: {what}
Wants=network-online.target
After=network-online.target time-sync.target

[Service]
{kind}
{user}Environment={home}
ExecStart={command}
# No ProtectSystem, PrivateTmp or the like: a scan of this computer would see that view of it, and judge that.
UMask=0077
Nice=5
"""


def units(site: Path, home: Path, user: str | None, *, every: int | None) -> dict[str, str]:
    """The texts of the units by name, the one to enable last. `every` so many minutes a timer looks; None serves."""
    account = f"User={user}\n" if user else ""
    variable = _quoted(f"PEPPERBIRD_HOME={home}").replace("$$", "$")
    program = f"{_quoted(sys.executable)} -m pepperbird"
    if every is None:
        command = f"{program} serve --site {_quoted(str(site))}"
        text = _HEAD.format(
            what="schedules, scans and health", kind="Type=exec\nRestart=on-failure\nRestartSec=30", user=account,
            home=variable, command=command,
        )  # fmt: skip
        return {SERVICE: text + "\n[Install]\nWantedBy=multi-user.target\n"}
    command = f"{program} schedule run-due --site {_quoted(str(site))}"
    text = _HEAD.format(what="what is due", kind="Type=oneshot", user=account, home=variable, command=command)
    timer = f"""\
[Unit]
Description=pepperbird: look for what is due

[Timer]
OnCalendar=*:0/{every}
AccuracySec=15s

[Install]
WantedBy=timers.target
"""
    return {DUE: text, TIMER: timer}


def backup_units(site: Path, home: Path, user: str | None) -> dict[str, str]:
    """A timer that backs up the store each night, into the folder that site.yaml names."""
    account = f"User={user}\n" if user else ""
    variable = _quoted(f"PEPPERBIRD_HOME={home}").replace("$$", "$")
    command = f"{_quoted(sys.executable)} -m pepperbird backup --site {_quoted(str(site))}"
    text = _HEAD.format(what="a backup of the store", kind="Type=oneshot", user=account, home=variable, command=command)
    timer = """\
[Unit]
Description=pepperbird: back up the store each night

[Timer]
OnCalendar=*-*-* 04:40
RandomizedDelaySec=10min
Persistent=true

[Install]
WantedBy=timers.target
"""
    return {BACKUP: text, BACKUP_TIMER: timer}


def _quoted(text: str) -> str:
    """One word of a line of a unit, whatever is in it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"'
