"""pepperbird-verify and pepperbird-drill on real repositories, their results read by the real probe and judged."""

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from pepperbird.evaluate.judge import evaluate
from pepperbird.model.evidence import AssetEvidence, Evidence, Memory
from pepperbird.model.site import Agency, Site, SiteFile
from pepperbird.plan.make import make_plan
from tests.support.drilled import PROGRAM, sh
from tests.support.probed import collected
from tests.support.require import require, require_root
from tests.support.shipped import shipped_catalog

pytestmark = pytest.mark.slow
NOW = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
LATER = "2099-01-01T00:00:00Z"
TOOLS = {"attic": "borg", "torn": "borg", "dumps": "files", "cut": "files"}
NAMES = (
    "vault", "half", "hurt", "forged", "foreign", "old", "mixed", "lost", "slow", "never", "keyless", *TOOLS,
)  # fmt: skip
STATES = """
export RESTIC_PASSWORD=right-one BORG_PASSPHRASE=right-one BORG_BASE_DIR=$PWD/borg-home
mkdir data scratch old; echo right-one > pass; seq 99999 > data/deeds; seq 5 > data/few
(cd data; sha256sum deeds few) > sums
restic -q -r vault init; restic -q -r vault backup "$PWD/data"
cp -a vault hurt; find hurt/data -type f -exec chmod +w {} +
find hurt/data -type f | while read -r one; do printf spoilt | dd of=$one bs=1 seek=40 conv=notrunc 2>/dev/null; done
borg init -e repokey-blake2 attic 2>/dev/null; borg create attic::one "$PWD/data"
cp -a attic torn; find torn/data -type f -size +2k -exec truncate -s -200 {} +
mkdir dumps cut; { echo deeds; seq 9; echo '-- Dump completed'; } | gzip > dumps/a-1.sql.gz
head -c 30 dumps/a-1.sql.gz > cut/a-1.sql.gz
printf '#!/bin/sh\\nexec /bin/date -d "400 days ago" "$@"\\n' > old/date; chmod +x old/date
unset RESTIC_PASSWORD BORG_PASSPHRASE
v() { name=$1 at=$2; shift 2; ./pepperbird-verify --repository $name --at $PWD/$at "$@" >>out 2>&1 || true; }
d() {
  name=$1 at=$2; shift 2
  ./pepperbird-drill --repository $name --store of-$name --at $PWD/$at --scratch $PWD/scratch "$@" >>out 2>&1 || true
}
r="--tool restic --password-file $PWD/pass" b="--tool borg --password-file $PWD/pass"
f="--tool files --patterns a-*.sql.gz" w="--path $PWD/data --list sums"
v vault vault $r --parts 2; v vault vault $r --parts 2; d vault vault $r $w --sentinel few
v half vault $r --parts 2; v hurt hurt $r; d hurt hurt $r $w; v forged hurt $r; d forged hurt $r $w
PATH=$PWD/old:$PATH v old vault $r; PATH=$PWD/old:$PATH d old vault $r $w
d lost vault $r --path $PWD/data --sentinel gone; d slow vault $r $w --whole 90000000000
v mixed hurt $r; v mixed vault $r --parts 3
v attic attic $b; d attic attic $b $w; v torn torn $b; d torn torn $b $w
v dumps dumps $f; d dumps dumps $f --sentinel deeds; v cut cut $f; d cut cut $f
mine=$PEPPERBIRD_DRILLS; export PEPPERBIRD_DRILLS=$PWD/else; v foreign vault $r; d foreign vault $r $w
cp else/drills/*.result $mine/drills
sed -i 's/^outcome bad/outcome good/; s/^matched 0$/matched 2/; s/^status .*/status 0/' $mine/drills/*-forged*
PATH=/usr/bin:/bin ./no-ssh-drill --repository other --store of-other --tool files --patterns 'a-*' --at $PWD/dumps \
  --scratch $PWD/scratch --sentinel deeds >> out
"""


@cache
def catalog() -> Any:
    return shipped_catalog()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all the states; `lib/pepperbird` holds the results, `else` those of another key."""
    require("restic", "borg", "ssh-keygen", "openssl", "unshare")
    require_root()
    folder = tmp_path_factory.mktemp("drills")
    text = PROGRAM.read_text()
    for name in ("pepperbird-verify", "pepperbird-drill", "no-ssh-drill"):
        program = text.replace("have ssh-keygen &&", "false &&") if name == "no-ssh-drill" else text
        (folder / name).write_text(program)
        (folder / name).chmod(0o755)
    done = subprocess.run(
        ["sh", "-ec", STATES], cwd=folder, capture_output=True, text=True, timeout=200, check=False,
        env={
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(folder), "LC_ALL": "C",
            "PEPPERBIRD_DRILLS": f"{folder}/lib/pepperbird",
        },
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-800:]
    return folder


def key(folder: Path, base: str) -> str:
    done = subprocess.run(
        [folder / "pepperbird-drill", "key"], capture_output=True, text=True, timeout=20, check=True,
        env={"PATH": "/usr/bin:/bin", "PEPPERBIRD_DRILLS": str(folder / base)},
    )  # fmt: skip
    return done.stdout.strip()


@pytest.fixture(scope="module")
def facts(place: Path) -> Any:
    return collected(sh(place / "lib"), "drills")


def site(fingerprint: str) -> Site:
    def repository(name: str) -> dict[str, Any]:
        known = {} if name == "keyless" else {"drills": {"key": fingerprint, "on": "bk-1"}}
        return {"id": name, "tool": TOOLS.get(name, "restic"), "on": "db-1", "path": f"/b/{name}", **known}

    ssh = [{"via": "ssh", "at": "10.0.0.1"}]
    agency = Agency.model_validate(
        {
            "id": "moj", "name": "Justice", "tier": "standard",
            "assets": [{"id": name, "kind": "linux-server", "access": ssh} for name in ("bk-1", "db-1")],
            "repositories": [repository(name) for name in NAMES],
            "stores": [{"id": f"of-{n}", "asset": "db-1", "path": f"/s/{n}", "backed_up_to": [n]} for n in NAMES],
            "services": [{"id": f"s-{name}", "rto": 60, "stores": [f"of-{name}"]} for name in NAMES],
        }
    )  # fmt: skip
    return Site(file=SiteFile(name="s"), agencies=(agency,))


def judged(fingerprint: str, facts: Any, at: str = NOW) -> dict[tuple[str, str], str]:
    """The state of each clause by what it was judged on: a repository, a store, a service."""
    one = site(fingerprint)
    plan = make_plan(catalog(), one, at=at)
    seen = Evidence({"moj/bk-1": AssetEvidence("moj/bk-1", {"drills": facts}, at)})
    found: dict[tuple[str, str], str] = {}
    for verdict in evaluate(catalog(), plan, seen, Memory(), site=one, at=at):
        for clause in verdict.clauses:
            found[clause.clause, verdict.asset] = str(clause.state)
            if clause.clause == "BR-13.1":
                found |= {(clause.clause, finding.subject): str(finding.state) for finding in clause.findings}
    return found


@pytest.fixture(scope="module")
def states(place: Path, facts: Any) -> dict[tuple[str, str], str]:
    return judged(key(place, "lib/pepperbird"), facts)


@pytest.mark.parametrize(
    ("clause", "name", "state"),
    [
        ("BR-11.1", "vault", "pass"), ("BR-11.1", "half", "pass"), ("BR-11.1", "hurt", "fail"),
        # Another part was read well after the one that failed.
        ("BR-11.1", "mixed", "fail"),
        ("BR-11.1", "forged", "error"), ("BR-11.1", "foreign", "error"), ("BR-11.1", "old", "fail"),
        ("BR-11.1", "never", "fail"), ("BR-11.1", "keyless", "unchecked"), ("BR-11.2", "attic", "pass"),
        ("BR-11.2", "torn", "fail"), ("BR-11.5", "dumps", "pass"), ("BR-11.5", "cut", "fail"),
    ],
)  # fmt: skip
def test_what_was_verified(states: dict[tuple[str, str], str], clause: str, name: str, state: str) -> None:
    assert states[clause, name] == state


@pytest.mark.parametrize(
    ("name", "restored", "quick"),
    [
        ("vault", "pass", "pass"), ("attic", "pass", "pass"), ("dumps", "pass", "pass"), ("slow", "pass", "fail"),
        ("hurt", "fail", "fail"), ("torn", "fail", "fail"), ("cut", "fail", "fail"), ("lost", "fail", "fail"),
        ("old", "fail", "fail"), ("forged", "error", "error"), ("foreign", "error", "error"),
        ("never", "fail", "unchecked"), ("keyless", "unchecked", "unchecked"),
    ],
)  # fmt: skip
def test_what_was_restored(states: dict[tuple[str, str], str], name: str, restored: str, quick: str) -> None:
    assert states["BR-12.1", f"of-{name}"] == restored
    assert states["BR-13.1", f"s-{name}"] == quick


def test_parts_of_a_repository_add_up(facts: Any) -> None:
    parts = sorted(
        (row["part"], row["parts"], row["percent"])
        for row in facts["results"]
        if (row["kind"], row["repository"]) == ("verify", "vault")
    )
    assert parts == [(1, 2, 50), (2, 2, 50)]


def test_each_signature_is_that_of_its_key(place: Path, facts: Any) -> None:
    signers = {row["repository"]: row["signed_by"] for row in facts["results"]}
    assert signers["vault"] == signers["old"] == key(place, "lib/pepperbird")
    assert signers["foreign"] == key(place, "else")
    assert signers["forged"] == ""


def test_openssl_signs_where_ssh_keygen_cannot(place: Path, tmp_path: Path) -> None:
    run = subprocess.run(
        [
            place / "no-ssh-drill", "--repository", "vault", "--store", "deeds", "--tool", "files", "--at",
            place / "dumps", "--patterns", "a-*.gz", "--scratch", place / "scratch", "--sentinel", "deeds",
        ],
        capture_output=True, text=True, timeout=30, check=False,
        env={"PATH": "/usr/bin:/bin", "PEPPERBIRD_DRILLS": f"{tmp_path}/pepperbird"},
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    (row,) = collected(sh(tmp_path), "drills")["results"]
    assert row["signed_by"].startswith("SHA256:")
    assert row["signed_by"] == key_of_openssl(place, tmp_path)
    (file,) = (tmp_path / "pepperbird" / "drills").glob("*.result")
    file.write_text(file.read_text().replace("\nbytes ", "\nbytes 1"))
    assert collected(sh(tmp_path), "drills")["results"][0]["signed_by"] == ""


def key_of_openssl(place: Path, base: Path) -> str:
    done = subprocess.run(
        [place / "no-ssh-drill", "key"], capture_output=True, text=True, timeout=20, check=True,
        env={"PATH": "/usr/bin:/bin", "PEPPERBIRD_DRILLS": str(base / "pepperbird")},
    )  # fmt: skip
    return done.stdout.strip()


def test_a_result_gets_old(place: Path, facts: Any) -> None:
    later = judged(key(place, "lib/pepperbird"), facts, LATER)
    assert later["BR-11.1", "vault"] == later["BR-12.1", "of-vault"] == later["BR-13.1", "s-vault"] == "fail"


def test_a_machine_without_results_has_none(tmp_path: Path) -> None:
    require_root()
    assert collected(sh(tmp_path), "drills") == {"results": []}


def test_nothing_is_left_of_what_was_restored(place: Path) -> None:
    assert list((place / "scratch").iterdir()) == []


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--scratch", "data"], "not empty"),
        (["--scratch", "scratch", "--password-file", "sums"], "bad"),
        (["--scratch", "nowhere"], "empty folder"),
        (["--scratch", "scratch", "--password", "right-one"], "unknown: --password"),
    ],
)
def test_what_a_drill_refuses(place: Path, tmp_path: Path, more: list[str], said: str) -> None:
    """A place with something in it is left as it is; a passphrase that opens nothing is a bad drill, not no drill."""
    before = sorted(place.rglob("data/*"))
    call = ["--repository", "vault", "--store", "of-vault", "--tool", "restic", "--at", "vault", "--sentinel", "few"]
    done = subprocess.run(
        [place / "pepperbird-drill", *call, "--password-file", "pass", *more], cwd=place, capture_output=True,
        text=True, timeout=30, check=False, env={"PATH": "/usr/bin:/bin", "PEPPERBIRD_DRILLS": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == (1 if said == "bad" else 2)
    assert said in done.stdout + done.stderr
    assert sorted(place.rglob("data/*")) == before
    assert len(list(tmp_path.glob("drills/*.result"))) == (1 if said == "bad" else 0)


def test_a_verification_that_could_not_begin_says_nothing(place: Path, tmp_path: Path) -> None:
    call = ["--repository", "vault", "--tool", "restic", "--at", "vault", "--password-file", "sums"]
    done = subprocess.run(
        [place / "pepperbird-verify", *call], cwd=place, capture_output=True, text=True, timeout=30, check=False,
        env={"PATH": "/usr/bin:/bin", "PEPPERBIRD_DRILLS": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 2 and "could not begin" in done.stderr
    assert list(tmp_path.glob("drills/*.result")) == []


def test_the_program_is_handed_out(tmp_path: Path) -> None:
    from pepperbird.cli.main import root

    root.main(["drill", "write", str(tmp_path / "out")], standalone_mode=False)
    for name in ("pepperbird-verify", "pepperbird-drill"):
        assert (tmp_path / "out" / name).read_bytes() == PROGRAM.read_bytes()
        assert shutil.which(name, path=str(tmp_path / "out"))
