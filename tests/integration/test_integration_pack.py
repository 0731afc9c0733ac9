"""A run as one file: verified where there is nothing but the file, every changed byte named, hostile files refused."""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import openpyxl
import pytest

from pepperbird.scan.verify import Catalogs
from pepperbird.scan.verify_pack import verify_pack
from pepperbird.trust.onefile import SUMS, write_members
from tests.support.calling import called
from tests.support.require import require
from tests.support.signed_runs import make_signed_runs

ROOT = Path(__file__).resolve().parents[2]
MEMBERS = (
    "README.txt", "pack.json", "run.dsse.json", "run.json", "content.tar.gz", "plan.json", "site.json",
    "scores.json", "nation.json", "verdicts.jsonl", "verdicts-rows.jsonl", "pieces/moh.posture.json",
    "pieces/moh.memory.json", "pieces/moh.memory_after.json",
    "evidence-000001.json", "evidence-000001.dsse.json", "evidence-000002.json", "evidence-000002.dsse.json",
    "endpoints.json", "before/RUN.dsse.json", "before/RUN.moh.json", "ledger.jsonl", "checkpoints.jsonl",
    "keys/LIST.dsse.json", "KEY.pem", SUMS,
)  # fmt: skip
"""RUN, LIST and KEY stand for what differs each time."""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("pack")
    with pytest.MonkeyPatch.context() as patch:
        make_signed_runs(folder, patch)
        yield folder


@pytest.fixture(scope="module")
def packed(made: Path) -> Path:
    """The pack of the second run, written by the command in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "pepperbird", "audit", "pack", "--output", made / "run.pack.tar"],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "Verify it with: pepperbird verify" in done.stdout
    return made / "run.pack.tar"


@pytest.fixture(scope="module")
def catalogs() -> Iterator[Catalogs]:
    """The content of the pack is read once for all tests here."""
    with ExitStack() as stack:
        yield Catalogs(stack)


def members(path: Path) -> dict[str, bytes]:
    with tarfile.open(path, "r:") as archive:
        return {one.name: archive.extractfile(one).read() for one in archive}  # type: ignore[union-attr]


def written(path: Path, of: dict[str, bytes]) -> Path:
    with path.open("wb") as file:
        write_members(file, ((name, data) for name, data in of.items() if name != SUMS))
    return path


def real_name(member: str, of: dict[str, bytes]) -> str:
    head, tail = next(((a, b) for word in ("RUN", "LIST", "KEY") for a, x, b in [member.partition(word)] if x),
                      (member, ""))  # fmt: skip
    return next(name for name in of if name.startswith(head) and name.endswith(tail) and (tail or name == head))


def faults(path: Path, catalogs: Catalogs) -> str:
    return "\n".join(verify_pack(path, judge=False, catalogs=catalogs).faults)


def test_a_pack_verifies_where_there_is_nothing_but_the_file(packed: Path, tmp_path: Path) -> None:
    """Another process, without store, site, home or network, and with nothing of the site's in its environment."""
    shutil.copy(packed, tmp_path / "run.pack.tar")
    no_network = ["unshare", "--net", "--map-root-user"] if shutil.which("unshare") else []
    command = [*no_network, sys.executable, "-m", "pepperbird", "verify", "run.pack.tar"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path / "none"), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 runs with 2 pieces of evidence, judged again to the same bytes" in done.stdout
    assert "signed by collector" in done.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run.pack.tar"]


def test_the_same_run_gives_the_same_bytes_for_this_account_alone(
    packed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, _, err = called(capsys, "audit", "pack", "latest", "--output", tmp_path / "again.tar")
    assert (status, err) == (0, "")
    assert (tmp_path / "again.tar").read_bytes() == packed.read_bytes()
    assert (tmp_path / "again.tar").stat().st_mode & 0o777 == 0o600


def test_other_tools_open_it_and_hold_it_against_its_sums_and_signatures(packed: Path, tmp_path: Path) -> None:
    require("tar", "sha256sum", "openssl", "base64", "sed")
    folder = tmp_path / "pack"
    folder.mkdir()
    subprocess.run(["tar", "-xf", packed], cwd=folder, check=True)
    sums = ["sha256sum", "-c", "--strict", SUMS]
    done = subprocess.run(sums, cwd=folder, capture_output=True, text=True, check=True)
    assert done.stdout.count(": OK") == len(members(packed)) - 1
    recipe = re.search(r"```sh\n(# verify\.sh.*?)```", (ROOT / "docs" / "security.md").read_text(), re.DOTALL)
    assert recipe is not None
    (tmp_path / "verify.sh").write_text(recipe[1])
    done = subprocess.run(["sh", tmp_path / "verify.sh"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Signature Verified Successfully") == 3


def test_every_member_is_known_here(packed: Path) -> None:
    found = members(packed)
    assert {real_name(member, found) for member in MEMBERS} | {
        name for name in found if name.startswith("keys/") or name.endswith(".pem")
    } == set(found)


@pytest.mark.parametrize("member", MEMBERS)
def test_one_changed_byte_of_a_member_is_named(member: str, packed: Path, tmp_path: Path, catalogs: Catalogs) -> None:
    of = members(packed)
    name = real_name(member, of)
    with tarfile.open(packed, "r:") as archive:
        start = archive.getmember(name).offset_data
    data = bytearray(packed.read_bytes())
    data[start + len(of[name]) // 2] ^= 1
    changed = tmp_path / "changed.tar"
    changed.write_bytes(data)
    assert name in faults(changed, catalogs)


@pytest.mark.parametrize("member", [one for one in MEMBERS if one != SUMS])
def test_one_changed_byte_is_named_although_the_sums_were_made_to_fit(
    member: str, packed: Path, tmp_path: Path, catalogs: Catalogs
) -> None:
    of = members(packed)
    name = real_name(member, of)
    data = bytearray(of[name])
    data[len(data) // 2] ^= 1
    assert faults(written(tmp_path / "changed.tar", of | {name: bytes(data)}), catalogs)


def test_a_plan_that_asks_for_what_is_no_probe_is_named(packed: Path, tmp_path: Path, catalogs: Catalogs) -> None:
    of = members(packed)
    name = real_name("plan.json", of)
    for old, new in ((b"packages.reboot", b"pack`ges.reboot"), (b'"privilege":"none"', b'"privilege":"nonf"')):
        assert old in of[name]
        said = faults(written(tmp_path / "changed.tar", of | {name: of[name].replace(old, new)}), catalogs)
        assert "other probes, arguments or limits than the plan's" in said


def test_every_byte_around_the_members_is_held_to(packed: Path, tmp_path: Path, catalogs: Catalogs) -> None:
    data = packed.read_bytes()
    first = len(members(packed)["README.txt"])
    for place in (0, 100, 124, 148, 156, 257, 300, 511, 512 + first, 1023, len(data) - 1, len(data) - 1024):
        changed = bytearray(data)
        changed[place] ^= 1
        (tmp_path / "changed.tar").write_bytes(changed)
        assert "not a pack as pepperbird writes it" in faults(tmp_path / "changed.tar", catalogs), place
    for other in (data[:-1], data + b"\0", data[: len(data) // 2], b""):
        (tmp_path / "changed.tar").write_bytes(other)
        assert "not a pack as pepperbird writes it" in faults(tmp_path / "changed.tar", catalogs)


def hostile(change: Callable[[tarfile.TarInfo], object], data: bytes = b"x") -> bytes:
    """A tar with one entry that `change` made hostile."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        entry = tarfile.TarInfo("README.txt")
        entry.size = len(data)
        change(entry)
        archive.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("name", "../../etc/cron.d/x"), ("name", "/etc/passwd"), ("name", "a/../b"), ("name", "a//b"), ("name", "x\n"),
        ("name", "-rf"), ("type", tarfile.SYMTYPE), ("type", tarfile.LNKTYPE), ("type", tarfile.DIRTYPE),
        ("type", tarfile.FIFOTYPE), ("type", tarfile.CHRTYPE), ("type", tarfile.GNUTYPE_SPARSE),
        ("linkname", "/etc/passwd"), ("mode", 0o4755), ("mtime", 1), ("uid", 1), ("uname", "root"),
    ],
)  # fmt: skip
def test_hostile_entries_are_refused(attribute: str, value: object, tmp_path: Path, catalogs: Catalogs) -> None:
    (tmp_path / "x.tar").write_bytes(hostile(lambda entry: setattr(entry, attribute, value)))
    assert "not a pack as pepperbird writes it" in faults(tmp_path / "x.tar", catalogs)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.tar"]


def test_sizes_that_lie_are_refused(tmp_path: Path, catalogs: Catalogs) -> None:
    for size in (1 << 20, (1 << 33) - 1):
        entry = tarfile.TarInfo("README.txt")
        entry.size = size
        (tmp_path / "x.tar").write_bytes(entry.tobuf(tarfile.USTAR_FORMAT) + b"x" * 2048)
        assert "not a pack as pepperbird writes it" in faults(tmp_path / "x.tar", catalogs)


def test_a_member_twice_and_one_more_are_refused(packed: Path, tmp_path: Path, catalogs: Catalogs) -> None:
    data = packed.read_bytes()
    head = 512 + -(-len(members(packed)["README.txt"]) // 512) * 512
    (tmp_path / "x.tar").write_bytes(data[:head] + data)
    assert "README.txt' is not written as a member" in faults(tmp_path / "x.tar", catalogs)
    of = members(packed) | {"evidence-000003.json": b"{}"}
    assert "evidence-000003.json" in faults(written(tmp_path / "x.tar", of), catalogs)


@pytest.mark.parametrize("value", [b"", b"[]", b"null", b"[" * 100_000, b'{"a":1}', b"\xff"])
@pytest.mark.parametrize("member", ["pack.json", "run.json", "endpoints.json", "plan.json", "ledger.jsonl"])
def test_nonsense_in_a_member_is_a_fault_and_no_traceback(
    member: str, value: bytes, packed: Path, tmp_path: Path, catalogs: Catalogs
) -> None:
    assert faults(written(tmp_path / "x.tar", members(packed) | {member: value}), catalogs)


def test_a_run_with_a_better_verdict_does_not_judge_again(packed: Path, tmp_path: Path, catalogs: Catalogs) -> None:
    """Even whoever takes all signatures off and makes every digest fit cannot make the evidence say something else."""
    of = members(packed)
    of["verdicts.jsonl"] = of["verdicts.jsonl"].replace(b'"state":"fail"', b'"state":"pass"')
    found = verify_pack(written(tmp_path / "x.tar", of), catalogs=catalogs).faults
    assert any("judged again, the verdicts are others" in fault for fault in found)
    assert any("the verdicts changed since it was recorded" in fault for fault in found)


def test_a_pack_is_held_against_paper(packed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = members(packed)["ledger.jsonl"].splitlines()
    head = f"{len(lines)}:sha256:{hashlib.sha256(lines[-1]).hexdigest()}"
    assert called(capsys, "verify", packed, "--no-judging", "--checkpoint", head)[0] == 0
    cut = f"{len(lines) + 1}:sha256:{'0' * 64}"
    status, _, err = called(capsys, "verify", packed, "--no-judging", "--checkpoint", cut, "--root", "0" * 64)
    assert status == 1
    assert "its tail was cut" in err
    assert "which you trust" in err


def test_a_sample_shows_what_was_run_said_and_judged(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "sample.xlsx"
    status, said, err = called(capsys, "audit", "sample", "--seed", "2026-A", "--n", "40", "--output", out,
                               "--state", "pass", "--state", "fail", "--state", "error")  # fmt: skip
    assert (status, err) == (0, "")
    assert "of" in said
    assert called(capsys, "audit", "sample", "--seed", "2026-A", "--n", "40", "--output", tmp_path / "2.xlsx",
                  "--state", "pass", "--state", "fail", "--state", "error")[0] == 0  # fmt: skip
    assert (tmp_path / "2.xlsx").read_bytes() == out.read_bytes()
    book = openpyxl.load_workbook(out)
    assert book.sheetnames == ["About", "Sample", "Findings", "Commands", "Facts", "Program"]
    rows = {title: list(book[title].iter_rows(min_row=2, values_only=True)) for title in book.sheetnames}
    assert {"Seed", "Checkpoint of the ledger"} <= {row[0] for row in rows["About"]}
    sampled = {row[0]: row[7] for row in rows["Sample"]}
    assert set(sampled.values()) <= {"pass", "fail", "error"}
    assert {row[0] for row in rows["Findings"]} == set(sampled)
    assert all(cell is None for row in rows["Sample"] for cell in row[-5:])
    line = next(row for row in rows["Commands"] if row[5] == "storage.space")
    recorded = (made / "site" / "machine" / "storage.space.stdout").read_bytes()
    assert line[11] == f"sha256:{hashlib.sha256(recorded).hexdigest()}"
    start = int(re.search(r"from line (\d+)", str(line[6]))[1])  # type: ignore[index]
    assert str(rows["Program"][start - 1][1]).startswith("storage_space()")
    rules = {row[2]: row[7] for row in rows["Findings"]}
    assert "expect: " in str(rules["storage.capacity"])
