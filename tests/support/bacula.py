"""A real Bacula on this computer: director with SQLite, storage and file daemon, on loopback, while a test needs it.

Debian's packages are unpacked, not installed: their scripts would start daemons of the computer itself.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.databases import free_port
from tests.support.debs import CACHE, require_debs
from tests.support.require import require

DEBS = (
    "bacula-common", "bacula-common-sqlite3", "bacula-director", "bacula-director-sqlite3", "bacula-sd", "bacula-fd",
    "bacula-console",
)  # fmt: skip
_DIRECTOR = """\
Director {{ Name = dir; DirAddress = 127.0.0.1; DirPort = {dir}; QueryFile = /dev/null; WorkingDirectory = {run}
  PidDirectory = {run}; FD Connect Timeout = 1; Maximum Concurrent Jobs = 1; Password = p; Messages = M }}
Messages {{ Name = M; append = "{run}/log" = all, !skipped; catalog = all }}
Catalog {{ Name = C; dbname = bacula; dbuser = ""; dbpassword = "" }}
Client {{ Name = db-1-fd; Address = 127.0.0.1; FDPort = {fd}; Catalog = C; Password = p }}
Client {{ Name = gone-fd; Address = 127.0.0.1; FDPort = {none}; Catalog = C; Password = p }}
Storage {{ Name = S; Address = 127.0.0.1; SDPort = {sd}; Password = p; Device = D; Media Type = File }}
Pool {{ Name = Full; Pool Type = Backup; Label Format = "Vol-" }}
FileSet {{ Name = F; Include {{ File = {data} }} }}
FileSet {{ Name = FM; Include {{ File = {data}; File = {data}-gone }} }}
JobDefs {{ Name = J; Type = Backup; Level = Full; FileSet = F; Storage = S; Messages = M; Pool = Full
  Client = db-1-fd }}
Job {{ Name = deeds; JobDefs = J }}
Job {{ Name = partly; JobDefs = J; FileSet = FM }}
Job {{ Name = away; JobDefs = J; Client = gone-fd }}
Job {{ Name = check; Type = Verify; Level = VolumeToCatalog; JobDefs = J; Verify Job = deeds }}
Job {{ Name = looked; Type = Verify; Level = DiskToCatalog; JobDefs = J; Verify Job = deeds }}
"""
_CLIENT = """\
Director {{ Name = dir; Password = p }}
FileDaemon {{ Name = db-1-fd; FDAddress = 127.0.0.1; FDport = {fd}; WorkingDirectory = {run}; Pid Directory = {run} }}
Messages {{ Name = M; director = dir = all, !skipped }}
"""
_STORAGE = """\
Storage {{ Name = S; SDAddress = 127.0.0.1; SDPort = {sd}; WorkingDirectory = {run}; Pid Directory = {run} }}
Director {{ Name = dir; Password = p }}
Device {{ Name = D; Media Type = File; Archive Device = {volumes}; LabelMedia = yes; Random Access = yes
  AutomaticMount = yes; RemovableMedia = no; AlwaysOpen = no }}
Messages {{ Name = M; director = dir = all }}
"""
_CONSOLE = "Director {{ Name = dir; DIRport = {dir}; address = 127.0.0.1; Password = p }}\n"
CONFIGS = {"dir": _DIRECTOR, "fd": _CLIENT, "sd": _STORAGE, "con": _CONSOLE}


@dataclass(frozen=True)
class Bacula:
    """One set of daemons; `volumes` is the folder they write to."""

    root: Path
    folder: Path

    @property
    def volumes(self) -> Path:
        return self.folder / "volumes"

    @property
    def catalogue(self) -> Path:
        return self.folder / "run" / "bacula.db"

    @property
    def environment(self) -> dict[str, str]:
        return {"PATH": os.environ["PATH"], "LD_LIBRARY_PATH": str(self.root / "usr/lib/bacula"), "LC_ALL": "C"}

    def say(self, *lines: str) -> str:
        """What the console answers to these lines."""
        command = [str(self.root / "usr/sbin/bconsole"), "-c", str(self.folder / "con.conf")]
        return subprocess.run(
            command, input="\n".join(lines) + "\n", env=self.environment, capture_output=True, text=True, timeout=90,
            check=True, cwd=self.folder,
        ).stdout  # fmt: skip


def unpacked(root: Path) -> Path:
    """Debian's packages of Bacula, unpacked below `root`."""
    require("sqlite3", "dpkg-deb")
    require_debs(*DEBS)
    for name in DEBS:
        package = sorted(CACHE.glob(f"{name}_*.deb"))[-1]
        subprocess.run(["dpkg-deb", "-x", package, root], check=True)
    return root


@contextmanager
def bacula(folder: Path) -> Iterator[Bacula]:
    """Running daemons with an empty catalogue, made by Bacula's own script."""
    one = Bacula(unpacked(folder / "root"), folder)
    for name in ("run", "volumes", "data"):
        (folder / name).mkdir()
    (folder / "data" / "f").write_text("one\n")
    script = (one.root / "usr/share/bacula-director/make_sqlite3_tables").read_text()
    script = script.replace("XXX_DBNAME_XXX", "bacula").replace("cd /var/lib/bacula", f"cd {folder}/run")
    subprocess.run(["sh", "-c", script], check=True, stdout=subprocess.DEVNULL)
    places = {"run": folder / "run", "volumes": one.volumes, "data": folder / "data"}
    ports = {name: free_port() for name in ("dir", "fd", "sd", "none")}
    for name, text in CONFIGS.items():
        (folder / f"{name}.conf").write_text(text.format(**places, **ports))
    daemons = []
    try:
        for name in ("fd", "sd", "dir"):
            program = str(one.root / f"usr/sbin/bacula-{name}")
            daemons.append(
                subprocess.Popen(
                    [program, "-f", "-c", str(folder / f"{name}.conf")],
                    env=one.environment,
                    cwd=folder,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
            )
        _wait(one)
        yield one
    finally:
        for daemon in daemons:
            daemon.kill()
            daemon.wait(timeout=20)


def _wait(one: Bacula) -> None:
    end = time.monotonic() + 30
    while True:
        try:
            if "Version" in one.say("version"):
                return
        except subprocess.CalledProcessError:
            if time.monotonic() > end:
                raise
        time.sleep(0.2)
