"""Real database servers for tests: PostgreSQL and MariaDB of Debian as an account without rights, on 127.0.0.1."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from pepperbird.collect.endpoint import collect_one
from pepperbird.collect.interface import CollectOptions, alone
from pepperbird.model.catalog import Catalog
from pepperbird.model.evidence import Transcript
from pepperbird.model.plan import EndpointPlan, Selection
from pepperbird.model.site import Access, Agency, Asset, Site, SiteFile
from pepperbird.model.state import AssetKind, Tier
from pepperbird.plan.make import make_plan
from tests.support.require import lacking
from tests.support.shipped import shipped_catalog

ROOT = Path(__file__).resolve().parents[2]
NOBODY = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")
PASSWORD = "Kpelle-27"
GRANTS_PG = (
    "GRANT pg_monitor TO pepper",
    "GRANT SELECT ON pg_hba_file_rules TO pepper",
    "GRANT EXECUTE ON FUNCTION pg_hba_file_rules() TO pepper",
)
ME = "pepper@127.0.0.1"
GRANTS_MY = (
    f"GRANT PROCESS, REPLICA MONITOR, SHOW DATABASES, REFERENCES ON *.* TO {ME}",
    f"GRANT SELECT (User, Host, plugin, ssl_type, Super_priv, is_role) ON mysql.user TO {ME}",
)


@cache
def catalog() -> Catalog:
    return shipped_catalog()


def nobody() -> Sequence[str]:
    """What runs a command as nobody, where we are root."""
    return NOBODY if os.geteuid() == 0 else ()


@contextmanager
def scratch(prefix: str) -> Iterator[Path]:
    """A folder in memory that the servers' own account may use: they wait for each write to be on the disk."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    made = Path(tempfile.mkdtemp(prefix=prefix, dir=memory))
    made.chmod(0o777)
    yield made
    shutil.rmtree(made, ignore_errors=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run(command: Sequence[str], folder: Path, **more: str) -> str:
    """Run as nobody (where we are root) and give what it printed."""
    whole = [*nobody(), *command]
    done = subprocess.run(
        whole, cwd=folder, env={"PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C", **more},
        stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False, text=True,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stdout[-500:]} {done.stderr[-1500:]}")
    return done.stdout


def binaries() -> Path:
    """Where Debian keeps the programs of its newest PostgreSQL."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda one: int(one.parts[-3]))
    if not found:
        lacking("postgresql")
    return found[-1].parent


def _home(folder: Path) -> Path:
    folder.mkdir(parents=True)
    if os.geteuid() == 0:
        shutil.chown(folder, "nobody", "nogroup")
    return folder


@dataclass
class Postgresql:
    """One cluster. `folder` must be one that nobody may enter."""

    folder: Path
    port: int
    up: bool = False
    settings: Mapping[str, str] = field(default_factory=dict)
    """Those of the last start."""
    kind = AssetKind.POSTGRESQL

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def start(self, *, environment: Mapping[str, str] | None = None, **settings: str) -> None:
        given = {"port": str(self.port), "listen_addresses": "127.0.0.1", "unix_socket_directories": str(self.folder)}
        options = " ".join(f"-c {name}='{value}'" for name, value in (given | settings).items())
        pg_ctl = str(binaries() / "pg_ctl")
        log = str(self.folder / "log")
        variables = [f"{name}={value}" for name, value in (environment or {}).items()]
        subprocess.run(
            [*nobody(), "env", *variables, pg_ctl, "-D", str(self.data), "-o", options, "-l", log, "-w", "start"],
            cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            timeout=60, check=True,
        )  # fmt: skip
        self.up, self.settings = True, settings

    def restart(self, **settings: str) -> None:
        """Start anew, with these settings over those of before."""
        if self.up:
            self.stop("fast")
        self.start(**{**self.settings, **settings})

    def stop(self, how: str = "immediate") -> None:
        run([str(binaries() / "pg_ctl"), "-D", str(self.data), "-m", how, "-w", "stop"], self.folder)
        self.up = False

    def sql(self, *statements: str, database: str = "postgres") -> str:
        """Run statements as the superuser."""
        place = ["-h", str(self.folder), "-p", str(self.port)]
        psql = [str(binaries() / "psql"), "-XAtq", "-v", "ON_ERROR_STOP=1", *place]
        commands = [part for one in statements for part in ("-c", one)]
        return run([*psql, "-U", "postgres", "-d", database, *commands], self.folder).strip()


@contextmanager
def postgresql(folder: Path, *, checksums: bool = True, **settings: str) -> Iterator[Postgresql]:
    """A fresh cluster with the account `pepper`, its rights and a database `registry`."""
    server = Postgresql(_home(folder), free_port())
    sums = ["-k"] if checksums else []
    common = ["-U", "postgres", "--auth-local=trust", "--auth-host=scram-sha-256", "--no-sync", "-E", "UTF8"]
    run([str(binaries() / "initdb"), "-D", str(server.data), *common, *sums, "--locale=C"], server.folder)
    server.start(**({"fsync": "on"} | settings))
    try:
        server.sql(f"CREATE ROLE pepper LOGIN PASSWORD '{PASSWORD}'", *GRANTS_PG)
        server.sql("CREATE DATABASE registry")
        yield server
    finally:
        if server.up:
            server.stop()


@contextmanager
def standby(
    primary: Postgresql, folder: Path, *, environment: Mapping[str, str] | None = None, **settings: str
) -> Iterator[Postgresql]:
    """A second cluster that replays the log of `primary`."""
    server = Postgresql(_home(folder), free_port())
    source = f"host={primary.folder} port={primary.port} user=postgres application_name=standby-1"
    backup = [str(binaries() / "pg_basebackup"), "-D", str(server.data), "-d", source, "-R", "-c", "fast", "--no-sync"]
    run(backup, server.folder)
    server.start(environment=environment, **settings)
    try:
        yield server
    finally:
        if server.up:
            server.stop()


@dataclass
class Mariadb:
    """One MariaDB server."""

    folder: Path
    port: int
    kind = AssetKind.MYSQL

    def start(self, *options: str) -> None:
        program = shutil.which("mariadbd", path=os.environ["PATH"] + ":/usr/sbin") or ""
        common = [
            "--no-defaults", f"--datadir={self.folder / 'data'}", f"--socket={self.folder / 's'}",
            f"--port={self.port}",
            "--bind-address=127.0.0.1", "--skip-name-resolve", f"--log-error={self.folder / 'log'}",
        ]  # fmt: skip
        self.process = subprocess.Popen(
            [*nobody(), program, *common, *options],
            cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        end = time.monotonic() + 30
        while time.monotonic() < end:
            try:
                self.sql("SELECT 1")
            except RuntimeError:
                time.sleep(0.05)
            else:
                return
        raise RuntimeError((self.folder / "log").read_text(errors="replace")[-2000:])

    def stop(self) -> None:
        self.process.kill()
        self.process.wait(timeout=20)

    def sql(self, *statements: str) -> str:
        """Run statements as root of the server."""
        client = ["mariadb", "--no-defaults", "-NB", "-u", "root", f"--socket={self.folder / 's'}"]
        return run([*client, "-e", ";".join(statements)], self.folder).strip()


@contextmanager
def mariadb(folder: Path, *options: str) -> Iterator[Mariadb]:
    """A fresh server with the account `pepper`, its rights and a schema `registry`."""
    if shutil.which("mariadb-install-db") is None:
        lacking("mariadb-server")
    server = Mariadb(_home(folder), free_port())
    install = ["mariadb-install-db", "--no-defaults", f"--datadir={folder / 'data'}", "--skip-test-db"]
    run([*install, "--auth-root-authentication-method=normal"], server.folder)
    server.start(*options)
    try:
        server.sql(f"CREATE USER {ME} IDENTIFIED BY '{PASSWORD}'", *GRANTS_MY, "CREATE DATABASE registry")
        yield server
    finally:
        server.stop()


def endpoint(server: Postgresql | Mariadb, secret: Path, **more: object) -> EndpointPlan:
    """How a scan would ask this server."""
    access = {"via": "sql", "at": f"127.0.0.1:{server.port}", "as": "pepper", "secret": f"file:{secret}", **more}
    asset = Asset(id="db", kind=server.kind, access=(Access.model_validate(access),))
    site = Site(
        file=SiteFile(name="databases"),
        agencies=(Agency(id="sample", name="Sample", tier=Tier.STANDARD, assets=(asset,)),),
    )
    plan = make_plan(catalog(), site, Selection(), at="2026-11-24T02:00:00Z")
    return plan.endpoints[0]


def secret_file(folder: Path, text: str = PASSWORD) -> Path:
    path = folder / f"password-{len(text)}"
    path.write_text(text + "\n")
    return path


def ask(planned: EndpointPlan, *, deadline: int | None = None) -> Transcript:
    """The real collector on a real server."""
    return ask_with(replace(planned, deadline=deadline or planned.deadline), catalog().programs["sql"])


def ask_with(planned: EndpointPlan, program: bytes) -> Transcript:
    """The same with another program."""
    with alone(planned.deadline) as lifeline:
        return collect_one(planned, program, catalog().redactions, CollectOptions(), lifeline=lifeline)


def keep(transcript: Transcript, namespace: str, name: str, about: str) -> None:
    """Write a sample: the raw outputs. Its facts are written from them, and read by a person."""
    import yaml

    from tests.support.samples import facts_of, plain

    if name.startswith("standby-"):
        keep_clock(transcript, name, about)
    folder = ROOT / "collectors" / namespace / "samples" / name
    folder.mkdir(parents=True, exist_ok=True)
    exits: dict[str, int | None] = {}
    for probe, output in transcript.probes.items():
        short = probe.partition(".")[2]
        (folder / f"{short}.out").write_bytes(output.stdout)
        if output.exit_status != 0:
            exits[short] = output.exit_status
    outputs = {name: replace(one, gap=None, milliseconds=1) for name, one in transcript.probes.items()}
    head = {"origin": "captured", "about": about, "at": transcript.ended, "exits": exits}
    facts = plain(facts_of(namespace, outputs))
    text = yaml.safe_dump({**head, "facts": facts}, sort_keys=False, width=118, allow_unicode=True)
    (folder / "facts.yaml").write_text(text)


def keep_clock(transcript: Transcript, name: str, about: str) -> None:
    """The sample of the connection: how far the server's clock was off."""
    import json

    import yaml

    from tests.support.samples import facts_of, plain

    folder = ROOT / "collectors" / "clock_offset" / "samples" / name
    folder.mkdir(parents=True, exist_ok=True)
    told = {key: value for key, value in transcript.connection.items() if key.startswith(("clock_", "round_trip"))}
    (folder / "connection.json").write_text(json.dumps(told, indent=2, sort_keys=True) + "\n")
    facts = plain(facts_of("clock_offset", {}, told))
    head = {"origin": "captured", "about": about, "exits": {}}
    text = yaml.safe_dump({**head, "facts": facts}, sort_keys=False, width=118, allow_unicode=True)
    (folder / "facts.yaml").write_text(text)
