"""Records that stand up: signed scans of a site, and every cheat on them that somebody with the database could try."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import sqlite3
import subprocess
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from tests.support.calling import called
from tests.support.require import require
from tests.support.signed_runs import make_signed_runs

ROOT = Path(__file__).resolve().parents[2]
Call = Callable[..., tuple[int, str, str]]
UNLOCKED = "DROP TRIGGER ledger_unchanged; DROP TRIGGER ledger_undeleted; DROP TRIGGER ledger_in_order;"
"""Whoever holds the database file is not held by its triggers."""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with `site/` and `state/`: keys, two signed runs. Made once, copied by each test."""
    folder = tmp_path_factory.mktemp("trust")
    with pytest.MonkeyPatch.context() as patch:
        make_signed_runs(folder, patch)
        yield folder


@pytest.fixture
def home(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(made, tmp_path / "all")
    monkeypatch.setenv("PEPPERBIRD_HOME", str(tmp_path / "all" / "state"))
    monkeypatch.chdir(tmp_path / "all" / "site")
    return tmp_path / "all"


@pytest.fixture
def call(home: Path, capsys: pytest.CaptureFixture[str]) -> Call:
    return lambda *arguments: called(capsys, *arguments)


def database(home: Path) -> Any:
    return closing(sqlite3.connect(home / "state" / "pepperbird.db", isolation_level=None))


def runs(home: Path) -> list[str]:
    with database(home) as db:
        return [row[0] for row in db.execute("SELECT id FROM runs ORDER BY id")]


def cheat(home: Path, *statements: tuple[str, tuple[Any, ...]] | str) -> None:
    with database(home) as db:
        db.executescript(UNLOCKED)
        for one in statements:
            db.execute(*((one,) if isinstance(one, str) else one))


def body(home: Path, run: str, endpoint: str) -> dict[str, Any]:
    with database(home) as db:
        (blob,) = db.execute("SELECT body FROM transcripts WHERE run=? AND endpoint=?", (run, endpoint)).fetchone()
    found: dict[str, Any] = json.loads(zlib.decompress(blob))
    return found


def packed(value: Any) -> bytes:
    return zlib.compress(json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode())


def stripped(envelope: bytes) -> bytes:
    return re.sub(rb'"signatures":\[.*\]', b'"signatures":[]', envelope)


def refused(call: Call, *arguments: str) -> str:
    status, _, err = call("verify", *(arguments or ("--no-judging",)))
    assert status == 1, err
    assert "DOES NOT MATCH" in err
    return err


def test_an_honest_store_verifies_whole(call: Call, home: Path) -> None:
    status, out, err = call("verify", "--all")
    assert (status, err) == (0, "")
    assert "2 runs with 4 pieces of evidence, judged again to the same bytes" in out
    assert out.count("signed by collector") == 3
    root = re.search(r"root key ([0-9a-f]{64})", call("keys", "list")[1])
    assert root is not None
    assert call("verify", "latest", "--root", root[1])[0] == 0
    assert "which you trust" in refused(call, "--no-judging", "--root", "0" * 64)


def test_an_edited_transcript_is_named(call: Call, home: Path) -> None:
    run = runs(home)[0]
    said = body(home, run, "moh/srv/replay")
    name = sorted(said["probes"])[0]
    said["probes"][name]["stdout"] = base64.b64encode(b"PermitRootLogin no\n").decode()
    cheat(home, ("UPDATE transcripts SET body=? WHERE run=? AND endpoint='moh/srv/replay'", (packed(said), run)))
    err = refused(call)
    assert f"run {run}: what moh/srv/replay said was changed" in err
    assert "moh/srv/replay: the signed statement is about other evidence" in err
    assert "moh/other" not in err


def test_an_edited_transcript_with_its_unsigned_records_rewritten_is_named(call: Call, home: Path) -> None:
    run = runs(home)[1]
    said = body(home, run, "moh/srv/replay")
    said["probes"] = {}
    cheat(home, ("UPDATE transcripts SET body=?, envelope=NULL WHERE run=? AND endpoint='moh/srv/replay'",
                 (packed(said), run)))  # fmt: skip
    assert "unsigned, although its run is signed" in refused(call)


def test_swapped_hosts_are_named(call: Call, home: Path) -> None:
    run = runs(home)[0]
    mine, theirs = (body(home, run, f"moh/{name}/replay") for name in ("srv", "other"))
    mine["endpoint"], theirs["endpoint"] = theirs["endpoint"], mine["endpoint"]
    cheat(home, *(("UPDATE transcripts SET body=? WHERE run=? AND endpoint=?", (packed(one), run, one["endpoint"]))
                  for one in (mine, theirs)))  # fmt: skip
    err = refused(call)
    for name in ("srv", "other"):
        assert f"what moh/{name}/replay said was changed" in err
        assert f"moh/{name}/replay: the signed statement is about other evidence" in err


def test_replayed_evidence_is_named_even_with_its_own_envelope(call: Call, home: Path) -> None:
    first, second = runs(home)
    cheat(home, ("UPDATE transcripts SET (body, digest, envelope) = (SELECT body, digest, envelope FROM transcripts "
                 "WHERE run=? AND endpoint='moh/srv/replay') WHERE run=? AND endpoint='moh/srv/replay'",
                 (first, second)))  # fmt: skip
    err = refused(call)
    assert f"run {second}: moh/srv/replay: the statement says run '{first}'" in err


def test_a_deleted_bad_run_is_named(call: Call, home: Path) -> None:
    run = runs(home)[0]
    cheat(home, "PRAGMA foreign_keys=ON", ("DELETE FROM runs WHERE id=?", (run,)))
    assert f"run {run}: deleted; ledger entry 3 recorded it" in refused(call)


def test_a_run_deleted_with_its_entry_is_named(call: Call, home: Path) -> None:
    run = runs(home)[0]
    cheat(home, ("DELETE FROM runs WHERE id=?", (run,)), "DELETE FROM ledger WHERE number=3")
    assert "ledger entry 3 is gone" in refused(call)


def test_a_cut_ledger_shows_against_a_report(call: Call, home: Path) -> None:
    status, out, _ = call("report", "latest", "--format", "json")
    record = json.loads(out)["run"]["record"]
    checkpoint = f"{record['count']}:{record['head']}"
    assert call("verify", "--no-judging", "--checkpoint", checkpoint)[0] == status == 0
    run = runs(home)[1]
    cheat(home, ("DELETE FROM runs WHERE id=?", (run,)), ("DELETE FROM ledger WHERE number=?", (record["count"],)))
    err = refused(call, "--no-judging", "--checkpoint", checkpoint)
    assert (
        f"ends at entry {record['count'] - 1}, and a report shows that it had {record['count']}: its tail was cut"
        in err
    )


def test_a_forked_ledger_shows_against_a_report(call: Call, home: Path) -> None:
    record = json.loads(call("report", "latest", "--format", "json")[1])["run"]["record"]
    run = runs(home)[1]
    cheat(home, ("DELETE FROM runs WHERE id=?", (run,)), ("DELETE FROM ledger WHERE number=?", (record["count"],)))
    assert call("scan")[0] in (1, 3)
    err = refused(call, "--no-judging", "--checkpoint", f"{record['count']}:{record['head']}")
    assert f"ledger entry {record['count']} is another one than a report shows" in err


def test_an_edited_ledger_entry_is_named(call: Call, home: Path) -> None:
    with database(home) as db:
        (data,) = db.execute("SELECT body FROM ledger WHERE number=3").fetchone()
    changed = data.replace(b'"evidence":2', b'"evidence":1')
    cheat(home, ("UPDATE ledger SET body=?, hash=? WHERE number=3",
                 (changed, "sha256:" + hashlib.sha256(changed).hexdigest())))  # fmt: skip
    err = refused(call)
    assert "ledger entry 4 does not follow entry 3" in err
    assert "ledger entry 3: its checkpoint is that of another entry" in err


def test_a_run_put_in_past_the_recorder_is_named(call: Call, home: Path) -> None:
    run = runs(home)[0]
    columns = "at, ended, scope, state, content_digest, digests, plan, site, memory, memory_after, scores, nation"
    copy = f"INSERT INTO runs (id, {columns}) SELECT 'a-better-run', {columns} FROM runs WHERE id=?"  # noqa: S608
    cheat(home, (copy, (run,)))
    err = refused(call)
    assert "run a-better-run: not in the ledger" in err
    assert "run a-better-run: the statement about it is gone" in err


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("scores", "the scores changed"), ("plan", "the plan changed"), ("site", "the register that it was judged by"),
    ],
)  # fmt: skip
def test_whatever_judging_used_or_gave_is_named_when_changed(call: Call, home: Path, column: str, words: str) -> None:
    run = runs(home)[0]
    with database(home) as db:
        (blob,) = db.execute(f"SELECT {column} FROM runs WHERE id=?", (run,)).fetchone()  # noqa: S608
    text = zlib.decompress(blob).decode()
    changed = re.sub(r"\d(?=[,}\]])", "7", text, count=1) if column == "scores" else text.replace("moh", "moe")
    cheat(home, (f"UPDATE runs SET {column}=? WHERE id=?", (zlib.compress(changed.encode()), run)))  # noqa: S608
    err = refused(call, "--no-judging")
    assert f"run {run}: {words}" in err


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("memory", "moh: what was remembered before it"), ("memory_after", "moh: what was remembered after it"),
        ("posture", "moh: the posture"), ("verdicts", "moh: the verdicts"),
    ],
)  # fmt: skip
def test_whatever_belongs_to_an_agency_is_named_when_changed(call: Call, home: Path, name: str, words: str) -> None:
    run = runs(home)[1]
    with database(home) as db:
        (blob,) = db.execute("SELECT body FROM pieces WHERE run=? AND name=?", (run, name)).fetchone()
    changed = zlib.compress(zlib.decompress(blob).replace(b"moh", b"moe"))
    cheat(home, ("UPDATE pieces SET body=? WHERE run=? AND name=?", (changed, run, name)))
    assert f"run {run}: {words} changed since it was recorded" in refused(call)


def test_an_altered_verdict_is_named(call: Call, home: Path) -> None:
    run = runs(home)[0]
    with database(home) as db:
        (blob,) = db.execute("SELECT states FROM run_agencies WHERE run=? AND agency='moh'", (run,)).fetchone()
    states = [[*one[:2], "pass", *one[3:]] for one in json.loads(zlib.decompress(blob))]
    cheat(home, ("UPDATE run_agencies SET states=? WHERE run=? AND agency='moh'", (packed(states), run)))
    assert f"run {run}: moh: the verdicts changed since it was recorded" in refused(call)


def test_altered_content_is_named(call: Call, home: Path) -> None:
    with database(home) as db:
        (archive,) = db.execute("SELECT archive FROM contents").fetchone()
    cheat(home, ("UPDATE contents SET archive=?", (archive + b"\0",)))
    assert "the content that it was judged by changed since it was recorded" in refused(call)


def test_signatures_taken_off_are_named(call: Call, home: Path) -> None:
    with database(home) as db:
        rows = db.execute("SELECT run, endpoint, envelope FROM transcripts").fetchall()
        kept = db.execute("SELECT id, envelope FROM runs").fetchall()
    cheat(
        home,
        *(
            ("UPDATE transcripts SET envelope=? WHERE run=? AND endpoint=?", (stripped(envelope), run, endpoint))
            for run, endpoint, envelope in rows
        ),
        *(("UPDATE runs SET envelope=? WHERE id=?", (stripped(envelope), run)) for run, envelope in kept),
    )
    assert "unsigned, although full runs before it were signed" in refused(call)


def test_a_revoked_key_signs_no_more(call: Call, home: Path, made: Path) -> None:
    status, out, err = call("keys", "revoke", "collector", "--reason", "stolen", "--root-passphrase", "env:RP")
    assert status == 0, err
    status, out, err = call("scan")
    assert (status, out) == (2, "")
    assert "was revoked on" in err
    assert "nobody was contacted" in err
    assert call("verify", "--no-judging")[0] == 0, "what it signed before stays"
    shutil.copy(made / "site" / "keys.yaml", home / "site" / "keys.yaml")
    status, out, err = call("scan")
    assert status == 2
    assert "an old key list" in err


def test_a_key_that_may_not_sign_evidence_and_one_that_others_can_read_are_refused(call: Call, home: Path) -> None:
    key = home / "state" / "keys" / "collector.pem"
    key.chmod(0o644)
    assert "chmod 600" in call("scan")[2]
    key.chmod(0o600)
    assert call("keys", "new", "approver", "--may", "waiver", "--holder", "B. Kollie", "--until", "2089-01-01",
                "--passphrase", "env:CP", "--root-passphrase", "env:RP")[0] == 0  # fmt: skip
    site = home / "site" / "site.yaml"
    site.write_text(site.read_text().replace("collector.pem", "approver.pem"))
    assert "may not sign evidence" in call("scan")[2]


def test_a_clock_set_back_shows(call: Call, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pepperbird.scan.pipeline.now", lambda: "2026-01-01T00:00:05Z")
    monkeypatch.setattr("pepperbird.cli.scan.now", lambda: "2026-01-01T00:00:00Z")
    status, _, err = call("scan")
    assert status == 2, "the key was not there yet"
    assert "holds only from" in err
    site = home / "site" / "site.yaml"
    site.write_text("name: Test\n")
    (home / "site" / "keys.yaml").unlink()
    assert call("scan")[0] in (1, 3)
    err = refused(call)
    assert "a clock was set back" in err


def test_two_recorders_at_once_make_one_chain(call: Call, home: Path) -> None:
    import os
    import sys

    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "pepperbird", "scan"]
    three = [subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) for _ in range(3)]
    assert all(one.wait(timeout=180) in (1, 3) for one in three)
    status, out, err = call("verify")
    assert (status, err) == (0, "")
    assert "ledger: 7 entries" in out
    assert "5 runs" in out


def test_the_recipe_of_the_docs_verifies_with_openssl_and_sha256sum(call: Call, home: Path, tmp_path: Path) -> None:
    require("openssl", "sha256sum", "base64", "sed")
    status, _, err = call("verify", "latest", "--no-judging", "--extract", tmp_path / "records")
    assert status == 0, err
    text = (ROOT / "docs" / "security.md").read_text()
    recipe = re.search(r"```sh\n(# verify\.sh.*?)```", text, re.DOTALL)
    assert recipe is not None
    (tmp_path / "verify.sh").write_text(recipe[1])
    done = subprocess.run(
        ["sh", tmp_path / "verify.sh"], cwd=tmp_path / "records", capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Signature Verified Successfully") == 3
    evidence = tmp_path / "records" / "evidence-0001.json"
    evidence.write_bytes(evidence.read_bytes().replace(b'"exit_status":0', b'"exit_status":1', 1))
    done = subprocess.run(
        ["sh", tmp_path / "verify.sh"], cwd=tmp_path / "records", capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "evidence-0001.json" in done.stdout + done.stderr


def test_an_independent_verifier_agrees_on_evidence_run_and_key_list(call: Call, home: Path, tmp_path: Path) -> None:
    """Nothing of ours but the files: json, base64, hashlib, and raw Ed25519."""
    folder = tmp_path / "records"
    assert call("verify", "latest", "--no-judging", "--extract", folder)[0] == 0
    keys = {}
    for path in folder.glob("*.pem"):
        key = load_pem_public_key(path.read_bytes())
        assert isinstance(key, Ed25519PublicKey)
        assert hashlib.sha256(key.public_bytes_raw()).hexdigest() == path.stem
        keys[path.stem] = key

    def opened(path: Path) -> dict[str, Any]:
        value = json.loads(path.read_bytes())
        payload, kind = base64.b64decode(value["payload"]), value["payloadType"].encode()
        (signature,) = value["signatures"]
        message = b" ".join([b"DSSEv1", str(len(kind)).encode(), kind, str(len(payload)).encode(), payload])
        keys[signature["keyid"]].verify(base64.b64decode(signature["sig"]), message)
        statement: dict[str, Any] = json.loads(payload)
        assert statement["_type"] == "https://in-toto.io/Statement/v1"
        return statement

    run = {one["name"]: one["digest"]["sha256"] for one in opened(folder / "run.dsse.json")["subject"]}
    for number, endpoint in ((1, "moh/other/replay"), (2, "moh/srv/replay")):
        found = hashlib.sha256((folder / f"evidence-{number:04}.json").read_bytes()).hexdigest()
        said = opened(folder / f"evidence-{number:04}.dsse.json")
        assert said["subject"] == [{"name": endpoint, "digest": {"sha256": found}}]
        assert run[endpoint] == found
    leaves = [
        hashlib.sha256(b"\0" + json.dumps([name, f"sha256:{run[name]}"], separators=(",", ":")).encode()).digest()
        for name in ("moh/other/replay", "moh/srv/replay")
    ]
    assert run[next(iter(run))] == hashlib.sha256(b"\1" + leaves[0] + leaves[1]).hexdigest()
    listed = opened(folder / "keys.dsse.json")["predicate"]
    assert {one["id"] for one in listed["keys"]} == keys.keys()


def test_without_keys_all_works_and_says_unsigned(call: Call, home: Path, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("PEPPERBIRD_HOME", str(tmp_path / "new-state"))
    (home / "site" / "keys.yaml").unlink()
    (home / "site" / "site.yaml").write_text("name: Test\n")
    assert call("scan")[0] in (1, 3)
    status, out, err = call("verify")
    assert (status, err) == (0, "")
    assert "unsigned" in out
    run = call("report", "latest", "--format", "json")[1]
    assert json.loads(run)["run"]["record"]["key"] is None
    assert "unsigned" in call("report", "latest")[1]
