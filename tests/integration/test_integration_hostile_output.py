"""What a hostile machine says reaches no terminal, page, JSON, evaluator or fix unescaped or unbounded."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.support.recording import record_this_computer

ROOT = Path(__file__).resolve().parents[2]
EVIL = "\x1b[2J\x1b]0;owned\x07\u202egnp.exe<script>alert(1)</script>\x00$(touch /tmp/pwned)`id`';rm -rf /;'"
ESCAPED = "".join(c if c.isalnum() and c.isascii() else "".join(f"\\{b:03o}" for b in c.encode()) for c in EVIL)
BAD_BYTES = b"\xff\xfe\x80\xc0\xaf"

pytestmark = pytest.mark.slow


class Shown(NamedTuple):
    text: str
    json: str
    html: str
    errors: str
    run: dict[str, Any]


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return record_this_computer(tmp_path_factory.mktemp("recording") / "honest")


@pytest.fixture(scope="module")
def shown(recording: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    folder = tmp_path_factory.mktemp("hostile-output")
    target = folder / "machine"
    target.mkdir()
    for file in recording.iterdir():
        data = file.read_bytes()
        (target / file.name).write_bytes(tampered(file.name, data))
    yield show(folder, target)


def tampered(name: str, data: bytes) -> bytes:
    if name == "storage.mounts.stdout":
        line = f"999 1 7:9 / /srv/{ESCAPED} rw,relatime shared:1 - ext4 /dev/{ESCAPED} rw\n"
        return before_end(data, line)
    if name == "storage.space.stdout":
        return before_end(data, f"/srv/{ESCAPED} 4096 100 1 1 100 1\n")
    if name == "storage.devices.stdout":
        lines = "evil dev 7:9\nevil size 800\nevil path /sys/devices/virtual/block/evil\nevil removable 1\n"
        return before_end(data, lines)
    if name == "packages.os.stdout":
        return f'PRETTY_NAME="{EVIL}"\nID=debian\nVERSION_ID="12{EVIL}"\n'.encode() + BAD_BYTES
    if name == "packages.apt_updates.stdout":
        return b"Inst " + b"A" * 10_000_000 + b"\n" + data
    if name == "sshd.daemons.stdout":
        return b'{"a":' * 50_000 + data
    if name == "transcript.json":
        document = json.loads(data)
        document["connection"]["server_version"] = EVIL
        document["connection"]["ciphers"] = [EVIL] * 3
        return json.dumps(document).encode()
    return data


def before_end(data: bytes, text: str) -> bytes:
    """`data` with `text` before its end mark."""
    assert data.endswith(b"end\n")
    return data.removesuffix(b"end\n") + text.encode() + b"end\n"


def show(folder: Path, target: Path) -> Shown:
    environment = os.environ | {"PEPPERBIRD_HOME": str(folder / "state"), "PYTHONPATH": str(ROOT)}

    def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "pepperbird", *arguments], cwd=folder, env=environment, capture_output=True,
            text=True, timeout=120, check=False,
        )  # fmt: skip

    text = call("scan", f"replay:{target}", "--output", str(folder / "out"))
    assert text.returncode in (1, 3), text.stderr
    as_json = call("report", "latest", "--format", "json")
    html = call("report", "latest", "--agency", "adhoc")
    assert as_json.returncode == html.returncode == 0, as_json.stderr + html.stderr
    return Shown(text.stdout, as_json.stdout, html.stdout, text.stderr + as_json.stderr, json.loads(as_json.stdout))


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)


def test_it_was_judged_so_that_there_is_something_to_show(shown: Shown) -> None:
    subjects = {one["subject"] for one in shown.run["findings"] if one["check"] == "storage.capacity"}
    assert any("gnp.exe" in subject for subject in subjects), subjects


@pytest.mark.parametrize("form", ["text", "json", "html", "errors"])
def test_nothing_that_acts_is_in_any_output(shown: Shown, form: str) -> None:
    said: str = getattr(shown, form)
    for character in ("\x1b", "\x07", "\x00", "\u202e", "\x80"):
        assert character not in said, repr(character)


def test_no_string_of_the_json_acts_once_it_is_decoded_and_none_is_long(shown: Shown) -> None:
    for text in strings(shown.run):
        assert not any(character in text for character in ("\x1b", "\x07", "\x00", "\u202e")), text
        assert len(text) <= 5000


def test_a_tag_is_text_on_the_page(shown: Shown) -> None:
    assert "<script" not in shown.html.lower()
    assert "&lt;script&gt;" in shown.html


def test_outputs_are_bounded(shown: Shown) -> None:
    assert len(shown.html) < 2_000_000
    assert len(shown.text) < 50_000


def test_what_could_not_be_trusted_is_an_error_and_never_a_pass(shown: Shown) -> None:
    states = {(one["check"], one["state"]) for one in shown.run["findings"]}
    assert ("packages.security-updates", "pass") not in states
    assert ("packages.os-supported", "pass") not in states
    assert ("sshd.root-login", "pass") not in states


def test_no_suggested_command_holds_what_the_machine_said(shown: Shown) -> None:
    for finding in shown.run["findings"]:
        fix = finding["fix"] or {}
        for part in ("shell", "verify", "undo", "undo_shell"):
            assert "pwned" not in (fix.get(part) or "")
    assert "touch /tmp/pwned" in shown.html  # it is told as what was seen, as text
    assert not Path("/tmp/pwned").exists()
