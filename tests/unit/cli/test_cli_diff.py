"""`diff` by the command: the last two full runs, two by name, and every call that cannot be carried out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pepperbird.cli.main import main
from pepperbird.store.runs import Store
from tests.support.past import Past, failing, other_rules

Call = Callable[..., tuple[int, str, str]]
NAMES = {"moh": "Ministry of Health", "mof": "Ministry of Finance"}


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setenv("PEPPERBIRD_HOME", str(tmp_path))
    opened = Store(tmp_path / "pepperbird.db")
    yield opened
    opened.close()


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main(["diff", *arguments])
        said = capsys.readouterr()
        return int(left.value.code or 0), said.out, said.err

    return run


def test_the_last_two_full_runs_are_compared_by_the_content_of_then(store: Store, call: Call) -> None:
    past = Past(store, NAMES)
    past.keep("2026-09-01", {"moh": 10.0})
    past.keep("2026-10-01", {"moh": 20.0, "mof": 5.0})
    past.keep("2026-11-01", {"moh": 99.0}, partial=True)
    past.keep("2026-11-02", {"moh": 30.0}, posture=[failing("moh", "2026-11-02T12:00:00Z")])
    status, out, _ = call()
    assert status == 0
    assert "Ministry of Health" in out and "Ministry of Finance" not in out
    assert "Score 20.0 → 30.0 (+10.0)" in out
    assert "✗ IS-20  srv" in out and "Remote administration" in out


def test_two_runs_by_name_in_either_order(store: Store, call: Call) -> None:
    past = Past(store, NAMES, b"")
    first = past.keep("2026-09-01", {"moh": 10.0, "mof": 1.0})
    past.keep("2026-10-01", {"moh": 20.0, "mof": 2.0})
    past.keep("2026-11-01", {"moh": 30.0, "mof": 3.0}, rules=other_rules(content="sha256:new"))
    data = [json.loads(call(*names, "--format", "json")[1]) for names in (("latest", first), (first, "latest"))]
    assert data[0] == data[1]
    assert [(one["id"], one["then"]["score"], one["now"]["score"]) for one in data[0]["agencies"]] == [
        ("mof", 1.0, 3.0), ("moh", 10.0, 30.0)
    ]  # fmt: skip
    assert {str(one["rules_changed"]) for one in data[0]["agencies"]} == {"['content']"}
    assert data[0]["agencies"][0]["rules_unread"] is True
    status, out, _ = call(first, "latest", "--agency", "moh")
    assert (status, out.count("Runs:")) == (0, 1)


def test_what_cannot_be_compared_is_said(store: Store, call: Call) -> None:
    past = Past(store, NAMES, b"")
    assert "no full run" in call()[2]
    past.keep("2026-09-01", {"moh": 10.0})
    assert "not two full runs" in call()[2]
    past.keep("2026-10-01", {"mof": 10.0})
    past.keep("2026-10-02", {"mof": 10.0}, partial=True)
    assert "no agency was looked at by both" in call("20260901", "20261001")[2]
    assert "did not both look at" in call("20260901", "20261001", "--agency", "moh")[2]
    assert "one and the same" in call("20261001", "20261001")[2]
    assert "a part only" in call("20261001", "20261002")[2]
    assert "no finished run" in call("1999", "latest")[2]
    assert "name two runs" in call("latest")[2]
    status, out, said = call("--agency", "no\x1bone")
    assert (status, out) == (2, "") and "no\\x1bone" in said and "mof, moh" in said
