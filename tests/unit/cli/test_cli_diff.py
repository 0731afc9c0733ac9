"""`diff` by the command: the last two full runs, two by name, and every call that cannot be carried out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from pepperbird.cli.main import main
from pepperbird.model.delivery import Receipt
from pepperbird.model.retention import Retention
from pepperbird.store.runs import Store
from tests.support.past import ROOT, Past, failing, other_rules

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


def plain(text: str) -> str:
    """The text in one line."""
    return " ".join(text.split())


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


def sent(store: Store, run: str, day: str, *, state: str = "sent", agency: str = "moh", to: str = "a@b.lr") -> None:
    receipt = Receipt(f"{run}{to}", "mail", to, agency, run, f"{day}T08:00:00Z", state, "<1@x>", "250 OK")  # type: ignore[arg-type]
    assert store.receipts.begin(receipt, again=True) is None


def four(store: Store) -> list[str]:
    past = Past(store, NAMES, b"")
    return [past.keep(f"2026-0{month}-01", {"moh": 10.0 * month}) for month in (1, 2, 3, 4)]


def held(call: Call, *arguments: str) -> tuple[str, dict[str, object]]:
    data = json.loads(call("--since-last-report", "--format", "json", *arguments)[1])
    Draft202012Validator(json.loads((ROOT / "reports/schema/diff-1.json").read_text())).validate(data)
    (one,) = data["agencies"]
    assert one["now"]["at"] == "2026-04-01T12:00:00Z"
    return one["then"]["run"], one["compared_with"]


def test_the_run_of_the_last_report_that_arrived_is_compared_with(store: Store, call: Call) -> None:
    runs = four(store)
    nothing = {"delivered": None, "pruned_report_delivered": None, "own_report_sent": None}
    assert held(call) == (runs[2], {"what": "run-before", **nothing})
    assert "Compared with the full run before." in call("--since-last-report")[1] == call()[1]
    sent(store, runs[0], "2026-01-02")
    sent(store, runs[1], "2026-02-02")
    sent(store, runs[1], "2026-02-20", to="c@d.lr")
    sent(store, runs[2], "2026-03-02", state="unsure")
    sent(store, runs[2], "2026-03-02", agency="mof")
    report = {"what": "last-report", **nothing, "delivered": "2026-02-02T08:00:00Z"}
    assert held(call) == held(call, "--agency", "moh") == (runs[1], report)
    assert "the last report that was delivered, on 2 February 2026" in call("--since-last-report")[1]
    sent(store, runs[3], "2026-04-02")
    sent(store, runs[2], "2026-04-03")
    assert held(call) == (runs[1], report | {"own_report_sent": "2026-04-02T08:00:00Z"}), "a report stays what it was"
    assert "The report of the newest run itself was sent on 2 April 2026" in plain(call("--since-last-report")[1])


def test_where_the_run_of_the_last_report_was_pruned_that_is_said(store: Store, call: Call) -> None:
    runs = four(store)
    sent(store, runs[1], "2026-02-02")
    store.prune(Retention(runs=40), "2026-04-02T00:00:00Z")
    where = held(call)
    assert where[0] == runs[2] and where[1]["pruned_report_delivered"] == "2026-02-02T08:00:00Z"
    assert "is not kept any more" in plain(call("--since-last-report")[1])


def test_a_report_of_a_part_is_not_what_a_full_run_is_held_against(store: Store, call: Call) -> None:
    past = Past(store, NAMES, b"")
    first = past.keep("2026-01-01", {"moh": 1.0})
    part = past.keep("2026-02-01", {"moh": 2.0}, partial=True)
    past.keep("2026-04-01", {"moh": 3.0})
    sent(store, first, "2026-01-02")
    sent(store, part, "2026-02-02")
    assert held(call)[0] == first
    assert "name none" in call("--since-last-report", first, "latest")[2]
    assert "no full run looked at agency mof" in call("--since-last-report", "--agency", "mof")[2]
    past.keep("2026-04-02", {"mof": 3.0})
    assert "not two full runs" in call("--since-last-report", "--agency", "mof")[2]
