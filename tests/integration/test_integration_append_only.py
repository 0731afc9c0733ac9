"""Who could delete a backup: real keys, a real sshd's settings, a real borg repository, in an /etc of their own."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from pepperbird.evaluate.judge import evaluate
from pepperbird.model.evidence import AssetEvidence, Evidence, Memory, Transcript
from pepperbird.model.gap import Gap
from pepperbird.model.site import Agency, Site, SiteFile
from pepperbird.observe.observe import namespace
from pepperbird.plan.make import make_plan
from tests.support.keepers import ADDS, KEYS_ONLY, Host, key, make
from tests.support.probed import collected, run_probe
from tests.support.require import lacking, require, require_root
from tests.support.shipped import shipped_catalog

pytestmark = pytest.mark.slow
CATALOG = shipped_catalog()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    require("borg", "sshd", "unshare")
    require_root()
    made = tmp_path_factory.mktemp("keys")
    make(made)
    return made


@pytest.fixture
def beside(folder: Path) -> Iterator[Path]:
    made = folder / "srv/beside/.ssh"
    made.mkdir(parents=True)
    yield made
    shutil.rmtree(made.parent)


@pytest.fixture(scope="module")
def production(folder: Path) -> Any:
    return collected(Host(folder, "prod"), "ssh_keys")


@cache
def borg_of(host: Host, config: str) -> Any:
    """What borg tells of the repository; it is asked anew where its file `config` is another."""
    return collected(host, "borg", ["vault", "/srv/vault", ""])


def print_of(folder: Path, name: str) -> str:
    said = subprocess.run(
        ["ssh-keygen", "-l", "-f", folder / f"{name}.pub"], capture_output=True, text=True, check=True
    )
    return said.stdout.split()[1]


def judged(
    folder: Path, production: Any, keeper: str, sshd: tuple[str, ...] = KEYS_ONLY, **vault: Any
) -> tuple[str, str, str]:
    """The states of BR-08.3 and BR-14.2, and what is said of the latter, with these keys of the account of backups."""
    (folder / "home/keeper/.ssh/authorized_keys").write_text(keeper)
    host = Host(folder, sshd=sshd)
    seen = {
        "ssh_keys": collected(host, "ssh_keys"),
        "borg": borg_of(Host(folder), (folder / "srv/vault/config").read_text()),
        "storage": {"filesystems": [{"target": "/"}]},
    }  # fmt: skip
    return states(agency(folder, **vault), {"bk-1": seen, "db-1": {"ssh_keys": production}})


def agency(folder: Path, **vault: Any) -> Agency:
    ssh = [{"via": "ssh", "at": "10.0.0.1"}]
    base = {"id": "vault", "tool": "borg", "on": "bk-1", "path": "/srv/vault"}
    base |= {"administrators": [print_of(folder, "admin")]}
    return Agency.model_validate(
        {
            "id": "moj", "name": "Justice", "tier": "standard",
            "assets": [{"id": name, "kind": "linux-server", "access": ssh} for name in ("db-1", "bk-1")],
            "stores": [{"id": "deeds", "asset": "db-1", "path": "/d", "backed_up_to": ["vault"]}],
            "repositories": [base | vault],
        }
    )  # fmt: skip


def states(one: Agency, facts: Mapping[str, Mapping[str, Any]]) -> tuple[str, str, str]:
    at = subprocess.run(["date", "-u", "+%FT%TZ"], capture_output=True, text=True, check=True).stdout.strip()
    site = Site(file=SiteFile(name="s"), agencies=(one,))
    plan = make_plan(CATALOG, site, at=at)
    seen = {f"moj/{name}": AssetEvidence(f"moj/{name}", held, at) for name, held in facts.items()}
    found = {
        result.clause: result
        for verdict in evaluate(CATALOG, plan, Evidence(seen), Memory(), site=site, at=at)
        if verdict.asset in ("deeds", "vault")
        for result in verdict.clauses
    }
    return str(found["BR-08.3"].state), str(found["BR-14.2"].state), found["BR-14.2"].findings[0].message


def test_production_can_only_add(folder: Path, production: Any) -> None:
    assert production["held"] == [print_of(folder, "production")]
    assert judged(folder, production, key(folder, "production", ADDS))[:2] == ("pass", "pass")


@pytest.mark.parametrize(
    ("options", "states"),
    [
        ("", ("fail", "fail")),
        ('command="borg serve --restrict-to-path /srv/vault",restrict', ("fail", "fail")),
        ('command="borg serve --append-only"', ("fail", "fail")),  # it may forward ports
        ('command="borg serve --append-only",restrict,port-forwarding', ("fail", "fail")),
        ('command="borg serve --append-only; sh",restrict', ("fail", "fail")),
        ('command="/usr/bin/rrsync /srv",restrict', ("fail", "fail")),
        ('command="internal-sftp",restrict', ("fail", "fail")),
        ('command="borg serve --append-only --restrict-to-path /elsewhere",restrict', ("fail", "pass")),
        ('from="10.0.0.1",command="/usr/bin/borg serve --append-only",restrict', ("pass", "pass")),
    ],
)  # fmt: skip
def test_what_the_key_of_production_may_do(
    folder: Path, production: Any, options: str, states: tuple[str, str]
) -> None:
    assert judged(folder, production, key(folder, "production", options))[:2] == states


def test_a_key_of_nobody_and_a_password_could_be_productions(folder: Path, production: Any) -> None:
    both = key(folder, "production", ADDS) + key(folder, "other")
    *found, said = judged(folder, production, both)
    assert found == ["error", "error"]
    assert f"keeper by the key {print_of(folder, 'other')}, which may run anything" in said
    named = {"administrators": [print_of(folder, name) for name in ("admin", "other")]}
    assert judged(folder, production, both, **named)[:2] == ("pass", "pass")
    open_ = ("PasswordAuthentication yes", "KbdInteractiveAuthentication no")
    *found, said = judged(folder, production, key(folder, "production", ADDS), open_)
    assert found == ["error", "error"]
    assert "passwords (PasswordAuthentication)" in said


def test_an_administrators_key_on_production_is_a_way_in(folder: Path, production: Any) -> None:
    named = {"administrators": [print_of(folder, name) for name in ("admin", "production")]}
    *found, said = judged(folder, production, key(folder, "production"), **named)
    assert found == ["fail", "fail"]
    assert said.endswith("which may run anything and lies on db-1")


def test_the_setting_of_the_repository_itself(folder: Path, production: Any) -> None:
    serve = key(folder, "production", 'command="borg serve",restrict')
    assert judged(folder, production, serve)[:2] == ("fail", "fail")
    config = folder / "srv/vault/config"
    kept = config.read_text()
    config.write_text(kept.replace("append_only = 0", "append_only = 1"))
    try:
        assert judged(folder, production, serve)[:2] == ("pass", "pass")
        assert judged(folder, production, key(folder, "production"))[:2] == ("fail", "fail")
    finally:
        config.write_text(kept)


def test_a_repository_beside_its_store(folder: Path, production: Any) -> None:
    found = states(agency(folder, on="db-1"), {"db-1": {"ssh_keys": production, "borg": {"repositories": []}}})
    assert found == (
        "unchecked",  # nothing told of a restore point
        "fail",
        "production can delete what is in it by: deeds stands on the machine of the repository",
    )


def test_who_may_log_in_is_not_guessed(folder: Path, production: Any) -> None:
    (folder / "home/keeper/.ssh/authorized_keys").write_text(key(folder, "production", ADDS))
    odd = Host(folder, sshd=(*KEYS_ONLY, "AuthorizedKeysFile /etc/keys/%u"))
    assert collected(odd, "ssh_keys")["other_ways"] == ["keys in other files (AuthorizedKeysFile /etc/keys/%u)"]
    broken = collected(Host(folder, sshd=("Nonsense yes",)), "ssh_keys")
    assert isinstance(broken["admitted"], Gap)
    denied = run_probe(Host(folder), "ssh_keys", "admitted", user="daemon")
    assert denied.exit_status == 77
    (folder / "prod/.ssh/lone").write_text((folder / "other").read_text())
    lone = collected(Host(folder, "prod"), "ssh_keys")["held"]
    (folder / "prod/.ssh/lone").unlink()
    assert "without their public half" in lone.detail


def hanging(folder: Path, root: str, probe: str, rest: Mapping[str, Any]) -> Any:
    """The facts of a machine on which a mount hangs, as one probe sees them; those of its other probes are `rest`."""
    said = run_probe(Host(folder, root, hangs=True), "ssh_keys", probe)
    told = Transcript("test", "2026-11-23T00:00:00Z", "", {}, {f"ssh_keys.{probe}": said})
    fields = ("held", "held_beside") if probe == "held" else ("admitted", "other_ways", "admitted_beside")
    found = namespace(CATALOG.collectors["ssh_keys"], told)
    return {**rest, **{name: found[name] for name in fields}}


NAMED = "Keys may lie where nobody could look: {}: /srv/nas (fuse.sshfs), which hangs."


def test_while_a_mount_hangs_a_key_that_is_seen_is_a_fail_and_nothing_a_pass(
    folder: Path, beside: Path, production: Any
) -> None:
    if not Path("/dev/fuse").exists():
        lacking("/dev/fuse")
    (folder / "home/keeper/.ssh/authorized_keys").write_text(key(folder, "production", ADDS))
    keeper = collected(Host(folder), "ssh_keys")
    borg = borg_of(Host(folder), (folder / "srv/vault/config").read_text())

    def found(here: Any, there: Any) -> tuple[str, str, str]:
        seen = {"ssh_keys": here, "borg": borg, "storage": {"filesystems": [{"target": "/"}]}}
        return states(agency(folder), {"bk-1": seen, "db-1": {"ssh_keys": there}})

    assert found(keeper, production)[:2] == ("pass", "pass")
    good = hanging(folder, "root", "admitted", keeper)
    assert [row["account"] for row in good["admitted"]] == ["keeper", "root"]
    assert found(good, production) == ("error", "error", NAMED.format("bk-1"))
    (beside / "authorized_keys").write_text(key(folder, "production"))
    bad = hanging(folder, "root", "admitted", keeper)
    assert sorted(row["id"].split()[0] for row in bad["admitted"]) == [
        "/home/keeper/.ssh/authorized_keys", "/root/.ssh/authorized_keys", "/srv/beside/.ssh/authorized_keys",
    ]  # fmt: skip
    *both, said = found(bad, production)
    assert both == ["fail", "fail"]
    assert said.endswith("which may run anything and lies on db-1")
    lies = hanging(folder, "prod", "held", production)
    assert (lies["held"], lies["held_beside"]) == (production["held"], ["/srv/nas (fuse.sshfs), which hangs"])
    assert found(keeper, lies) == ("error", "error", NAMED.format("db-1"))
    assert found(bad, lies)[:2] == ("fail", "fail")


def test_a_planted_link_is_named_and_not_read(folder: Path, production: Any) -> None:
    keys = folder / "home/keeper/.ssh/authorized_keys2"
    (folder / "home/secret").write_text("root:$6$secret\nssh-secret\n")
    try:
        for target in ("/home/secret", "/etc/shadow", "/home/nowhere"):
            keys.unlink(missing_ok=True)
            keys.symlink_to(target)
            output = run_probe(Host(folder, sshd=KEYS_ONLY), "ssh_keys", "admitted").stdout
            assert f"linked /home/keeper/.ssh/{keys.name}\n".encode() in output
            assert b"secret" not in output and f"key /home/keeper/.ssh/{keys.name} ".encode() not in output
            *found, words = judged(folder, production, key(folder, "production", ADDS))
            assert found == ["error", "error"] and f"/home/keeper/.ssh/{keys.name} leads to" in words
        keys.unlink()
        keys.write_text("root:$6$secret\n")
        assert b"secret" not in run_probe(Host(folder, sshd=KEYS_ONLY), "ssh_keys", "admitted").stdout
    finally:
        keys.unlink()


@pytest.mark.parametrize("line", CATALOG.collectors["ssh_keys"].probes["admitted"].commands[1:])
def test_no_way_to_join_the_words_of_the_line_reads_what_a_link_leads_to(line: str, tmp_path: Path) -> None:
    """sudo compares the words of a line joined by blanks: whoever may run it may join them as they like."""
    secret = tmp_path / "secret"
    secret.write_text("ssh-secret\n")
    words = shlex.split(line)
    words[1] = str(tmp_path)
    tried = 0
    for first in range(1, len(words)):
        for last in range(first + 2, len(words) + 1):
            joined = " ".join(words[first:last])
            if "/" in joined or len(joined) > 255:
                break
            link = tmp_path / joined
            link.symlink_to(secret)
            done = subprocess.run(
                [*words[:first], joined, *words[last:]], capture_output=True, text=True, check=False, timeout=20
            )
            link.unlink()
            assert "ssh-secret" not in done.stdout, joined
            tried += 1
    assert tried > 50
    assert (
        "ssh-secret"
        in subprocess.run(["grep", "-H", "ssh-", secret], capture_output=True, text=True, check=True).stdout
    )


def test_no_private_key_leaves_the_machine(folder: Path) -> None:
    secret = (folder / "production").read_text().splitlines()[1]
    said = run_probe(Host(folder, "prod"), "ssh_keys", "held")
    assert b"private /root/.ssh/production" in said.stdout
    assert secret.encode() not in said.stdout + said.stderr
    assert b"named person" not in said.stdout
