"""What systemd says about when something comes: an oracle for cron, written by other people in another language."""

from __future__ import annotations

import re
import subprocess
from datetime import UTC, datetime

_MOMENT = re.compile(r"(?:Next elapse|\(in UTC\)|Iter\. #\d+): \w{3} (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC")
DAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")


def as_calendar(minute: str, hour: str, day: str, month: str, weekday: str, zone: str) -> str:
    """The five fields (numbers, lists, ranges `a-b`, `*`, `*/n`) as systemd writes them."""
    names = "" if weekday == "*" else ",".join(DAYS[one % 7] for one in _numbers(weekday)) + " "
    date = f"*-{_part(month, 1, 12)}-{_part(day, 1, 31)}"
    return f"{names}{date} {_part(hour, 0, 23)}:{_part(minute, 0, 59)}:00 {zone}"


def _part(field: str, low: int, high: int) -> str:
    if field.startswith("*/"):
        return ",".join(map(str, range(low, high + 1, int(field[2:]))))
    return field.replace("-", "..")


def _numbers(field: str) -> list[int]:
    found: list[int] = []
    for part in field.split(","):
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


def elapses(calendar: str, after: datetime, count: int) -> list[datetime]:
    """The next moments, in UTC."""
    base = after.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    said = subprocess.run(
        ["systemd-analyze", "calendar", f"--base-time={base}", f"--iterations={count}", calendar],
        capture_output=True, text=True, check=True, env={"TZ": "UTC", "LC_ALL": "C", "PATH": "/usr/bin:/bin"},
    ).stdout  # fmt: skip
    return [datetime.fromisoformat(one).replace(tzinfo=UTC) for one in _MOMENT.findall(said)]
