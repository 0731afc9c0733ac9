"""NUT: an absent UPS is proved, and a UPS that is not heard of is no good one."""

from __future__ import annotations

import pytest

from pepperbird.model.gap import Gap, GapReason
from pepperbird.observe.parsers.ups import nut
from pepperbird.observe.text import Unseen

UNIT = """\
sees all
process upsd
program upsc
server yes
unit r@localhost
value ups.status: OL
value battery.runtime: 60
end
"""


@pytest.mark.parametrize(
    ("output", "present"),
    [
        ("sees all\nend\n", False),
        ("sees all\nprogram apcaccess\nend\n", False),
        ("sees all\nprogram upsc\nmode none\nserver no Error: Connection refused\nend\n", False),
        ("sees all\nprogram upsc\nserver no Error: Connection refused\nend\n", True),
        ("sees all\nprogram upsc\nmode netclient\nserver no x\nend\n", True),
        ("sees all\nprocess upsmon\nprogram upsc\nmode none\nserver no x\nend\n", True),
        ("sees all\nprogram upsc\nmode none\nserver yes\nend\n", True),
        ("sees own\nprocess upsmon\nend\n", True),
        (UNIT, True),
    ],
)
def test_when_there_is_one(output: str, present: bool) -> None:
    assert nut(output.encode())["present"] is present


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        ("sees own\nend\n", GapReason.DENIED),
        ("sees all\nprocess apcupsd\nprogram apcaccess\nend\n", GapReason.UNSUPPORTED),
    ],
)
def test_when_nobody_knows(output: str, reason: GapReason) -> None:
    with pytest.raises(Unseen) as caught:
        nut(output.encode())
    assert caught.value.gap.reason is reason


@pytest.mark.parametrize(
    "output",
    [
        UNIT.replace("value ups.status: OL\n", ""),
        UNIT.replace("end\n", "failed Error: Data stale\nend\n"),
        UNIT.replace("value ups.status: OL\nvalue battery.runtime: 60\n", "failed Error: Driver not connected\n"),
    ],
)
def test_a_silent_unit_is_unknown_in_all_columns(output: str) -> None:
    [unit] = nut(output.encode())["units"]
    assert all(isinstance(unit[name], Gap) for name in unit if name != "name")


@pytest.mark.parametrize(("text", "failed"), [
    ("Done and passed", False), ("No test initiated", False), ("Done and error", True),
    ("Done and warning", True), ("Test aborted", True), ("Battery test failed", True)])  # fmt: skip
def test_self_tests(text: str, failed: bool) -> None:
    [unit] = nut(UNIT.replace("end\n", f"value ups.test.result: {text}\nend\n").encode())["units"]
    assert unit["test_failed"] is failed


@pytest.mark.parametrize("output", ["", "end\n", "sees all\n", "sees all\nodd\nend\n", UNIT.replace("unit r", "r")])
def test_what_is_odd_is_refused(output: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        nut(output.encode())
