"""Secrets planted on a real machine and beside the scanner are nowhere in what a scan keeps, says or runs.

Each is looked for as it is, in hexadecimal and in base64 at each of its three shifts, in everything that comes out, and
in the opened and unpacked bytes of every column of the store, sealed or not.
"""

from __future__ import annotations

import base64
import os
import re
import secrets
import sqlite3
import subprocess
import sys
import tarfile
import threading
import zlib
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from pepperbird.cli.opening import read_master
from pepperbird.store.runs import Store
from pepperbird.trust.vault import Master
from tests.support.let_in import ROOT, closed_machine, pepperbird, run_script

pytestmark = [pytest.mark.slow, pytest.mark.machine]
PLACES = (
    "argument", "password-argument", "environment", "cron-line", "cron-environment", "cron-url", "unit-environment",
    "unit-url", "sources", "apt-auth", "pgbackrest", "pgpass", "my-cnf", "rsyslog", "fstab", "ups", "sshd-comment",
    "restic-file", "borg-config", "profile", "login", "sql", "s3", "process", "master",
)  # fmt: skip


def planted() -> dict[str, str]:
    """A secret for each place, all of letters and digits, so that no quoting hides it."""
    return {place: f"Zq{secrets.token_hex(9)}{number:02}x" for number, place in enumerate(PLACES)}


def plant(s: dict[str, str]) -> str:
    return f"""\
set -e
mkdir -p /etc/cron.d /etc/apt/auth.conf.d /etc/rsyslog.d /etc/nut /srv/repo /root/.config/borg /etc/restic
printf 'PGPASSWORD={s["cron-environment"]}\\n0 2 * * * root RESTIC_PASSWORD={s["cron-line"]} restic -r \
rest:https://u:{s["cron-url"]}@vault.example/ backup /srv; mysqldump -uroot -p{s["cron-line"]} db\\n' \
> /etc/cron.d/backup
printf '[Service]\\nEnvironment=BORG_PASSPHRASE={s["unit-environment"]}\\nExecStart=/usr/bin/borg create \
ssh://u:{s["unit-url"]}@vault.example/repo::x /srv\\n' > /etc/systemd/system/keep.service
printf '[Timer]\\nOnCalendar=daily\\n[Install]\\nWantedBy=timers.target\\n' > /etc/systemd/system/keep.timer
systemctl daemon-reload && systemctl enable --now keep.timer
echo 'deb https://u:{s["sources"]}@apt.example/debian bookworm main' > /etc/apt/sources.list.d/own.list
echo 'machine apt.example login u password {s["apt-auth"]}' > /etc/apt/auth.conf.d/own.conf
printf '[global]\\nrepo1-path=/srv/repo\\nrepo1-cipher-pass={s["pgbackrest"]}\\n\
repo1-s3-key-secret={s["pgbackrest"]}\\n' \
> /etc/pgbackrest.conf
echo 'h:5432:db:u:{s["pgpass"]}' > /root/.pgpass; chmod 600 /root/.pgpass
printf '[client]\\npassword={s["my-cnf"]}\\n' > /root/.my.cnf
echo 'action(type="omelasticsearch" server="logs.example" uid="u" pwd="{s["rsyslog"]}")' > /etc/rsyslog.d/out.conf
echo '//nas/x /mnt/x cifs username=u,password={s["fstab"]},noauto 0 0' >> /etc/fstab
printf 'MONITOR ups@127.0.0.1 1 watcher {s["ups"]} primary\\n' > /etc/nut/upsmon.conf
printf '[watcher]\\npassword = {s["ups"]}\\n' > /etc/nut/upsd.users
echo '# password: {s["sshd-comment"]}' >> /etc/ssh/sshd_config
echo '{s["restic-file"]}' > /etc/restic/password
printf '[repository]\\nkey = {s["borg-config"]}\\n' > /srv/repo/config
echo 'export TOKEN={s["profile"]}' >> /etc/profile
PGPASSWORD={s["environment"]} nohup bash -c 'exec -a "mysqldump --password={s["argument"]} \
-p{s["password-argument"]} --url=postgresql://u:{s["password-argument"]}@h/db" sleep 300' >/dev/null 2>&1 &
"""


def forms(secret: str) -> Iterator[bytes]:
    raw = secret.encode()
    yield raw
    yield raw.hex().encode()
    yield raw.hex().upper().encode()
    for shift in range(3):
        text = base64.b64encode(bytes(shift) + raw)
        yield text[4 if shift else 0 : -4]
        yield text[4 if shift else 0 : -4].replace(b"+", b"-").replace(b"/", b"_")


def found(data: bytes, s: dict[str, str]) -> set[str]:
    return {place for place, secret in s.items() if any(form in data for form in forms(secret))}


class Watching:
    """Every command line that any process of this computer shows, as long as it watches."""

    def __enter__(self) -> Watching:
        self.seen: set[bytes] = set()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def _watch(self) -> None:
        while not self._end.wait(0.1):
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    shown = path.read_bytes()
                    if not shown.startswith(b"mysqldump --password="):  # the planted process itself
                        self.seen.add(shown)
                except OSError:
                    continue

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()


def opened(path: Path, master: Master) -> bytes:
    """Every byte of every column: as it lies there, opened, and unpacked."""
    store, everything = Store(path, master), []
    with closing(sqlite3.connect(path)) as db, store._reading() as connection:
        for (table,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for row in db.execute(f"SELECT * FROM {table}"):  # noqa: S608
                for value in row:
                    data = value if isinstance(value, bytes) else str(value).encode()
                    data = store._blobs.get(connection, data)
                    everything.append(data)
                    if data[:1] == b"x":  # as compressed bytes begin, and one in 256 random ones
                        with suppress(zlib.error):
                            everything.append(zlib.decompress(data))
    store.close()
    data = b"\n".join(everything)
    said = re.findall(rb'"(?:stdout|stderr)":"([A-Za-z0-9+/=]*)"', data)
    payloads = re.findall(rb'"payload":"([A-Za-z0-9+/=]*)"', data)
    return b"\n".join((data, *map(base64.b64decode, said), *map(base64.b64decode, payloads)))


def run(site: Path, environment: dict[str, str], *arguments: str) -> bytes:
    done = subprocess.run(
        [sys.executable, "-m", "pepperbird", *arguments],
        cwd=site, env={**environment, "PYTHONPATH": str(ROOT)}, capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    assert b"Traceback" not in done.stderr, done.stderr.decode()[-2000:]
    return done.stdout + done.stderr


def test_planted_secrets_are_nowhere(tmp_path: Path) -> None:
    s = planted()
    master = Master.new()
    s["master"] = master.text().partition(":")[2].rstrip("=")
    with closed_machine(tmp_path, "pla", 56) as (machine, site):
        run_script(machine, pepperbird("access", "db-1", "--site", site))
        run_script(machine, plant(s), "bash")
        site.joinpath("site.yaml").write_text(
            "name: Test\ndefaults: {identity: key, deadline: 60, master_key: 'env:MASTER'}\n"
        )
        register = site / "agencies" / "moh.yaml"
        register.write_text(
            register.read_text()
            + "  - {id: pg, kind: postgresql, on: db-1, access: [{via: sql, at: 127.0.0.1:1, as: u, "
            "secret: 'env:DB'}]}\n"
            + f"  - {{id: other, kind: linux-server, access: [{{via: ssh, at: {machine.address}, as: nobody, "
            "secret: 'env:LOGIN'}]}\n"
        )
        environment = {
            "PATH": os.environ["PATH"], "HOME": str(tmp_path), "PEPPERBIRD_HOME": str(tmp_path / "state"),
            "MASTER": master.text(), "DB": s["sql"], "LOGIN": s["login"], "AWS_SECRET_ACCESS_KEY": s["s3"],
            "OTHER_SECRET": s["process"],
        }  # fmt: skip
        with Watching() as watching:
            said = run(site, environment, "scan", "--output", str(tmp_path / "out"))
    assert b"Run: " in said, said.decode()[-3000:]
    store = tmp_path / "state" / "pepperbird.db"
    for arguments in (
        ("plan",), ("privileges",), ("doctor",), ("verify", "--no-judging"),
        ("audit", "pack", "latest", "--output", str(tmp_path / "run.tar")),
        ("verify", "latest", "--no-judging", "--extract", str(tmp_path / "records")), ("inventory", "propose"),
        ("keys", "rewrap", "--agency", "moh"), ("keys", "rewrap", "--to", "env:OTHER_SECRET"),
    ):  # fmt: skip
        said += run(site, environment, *arguments)
    kept = opened(store, read_master_of(environment))
    assert b"PermitRootLogin" in kept or b"permitrootlogin" in kept, (
        "what the machine said is in what is looked through"
    )
    assert b"apt.example" in kept and b"[redacted]" in kept, "it has met planted secrets and taken them out"
    places = {"output": said, "store": kept, "process list": b"\n".join(watching.seen)}
    for path in (path for folder in ("state", "out", "records") for path in (tmp_path / folder).rglob("*")):
        if path.is_file():
            places[str(path.relative_to(tmp_path))] = path.read_bytes()
    with tarfile.open(tmp_path / "run.tar") as pack:
        for member in pack:
            file = pack.extractfile(member)
            data = file.read() if file else b""
            said_there = re.findall(rb'"(?:stdout|stderr)":"([A-Za-z0-9+/=]*)"', data)
            places[f"pack {member.name}"] = b"\n".join((data, *map(base64.b64decode, said_there)))
    assert {place: one for place, data in places.items() if (one := found(data, s))} == {}


def read_master_of(environment: dict[str, str]) -> Master:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MASTER", environment["MASTER"])
        return read_master("env:MASTER", None, "test")


def test_the_search_finds_each_form() -> None:
    s = {"place": "Zq0123456789abcdef00x"}
    raw = s["place"].encode()
    for data in (raw, raw.hex().encode(), base64.b64encode(raw), base64.b64encode(b"a" + raw + b"b"),
                 base64.urlsafe_b64encode(b"ab" + raw)):  # fmt: skip
        assert found(b"before " + data + b" after", s) == {"place"}
    assert found(b"nothing", s) == set()
