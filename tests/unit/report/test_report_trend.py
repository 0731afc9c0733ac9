"""A trend as text, CSV, JSON and picture: the same figures, no silent jump, and nothing that acts."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from pepperbird.errors import ContentError
from pepperbird.model.history import Series
from pepperbird.model.text import clean
from pepperbird.report.trend_data import COLUMNS, render_trend_csv, render_trend_json
from pepperbird.report.trend_svg import picture, render_trend_svg
from pepperbird.report.trend_text import MOST_ROWS, render_trend_text
from pepperbird.score.overdue import Open
from pepperbird.score.trend import Again, Point, Step, Trend
from tests.support.past import ROOT, figures
from tests.support.require import require
from tests.support.runs import HOSTILE

SCHEMA = json.loads((ROOT / "reports/schema/trend-1.json").read_text())
STEPS = ("step_by_same_rules", "step_by_new_rules")
SVG = "{http://www.w3.org/2000/svg}"


def point(day: str, score: float | None, **more: object) -> Point:
    some = None if score is None else figures(score)
    one = Point(f"r{day}", f"{day}T12:00:00Z", some, "D", "Seen", Open(int(score or 0) // 10, 1))
    return replace(one, **more)  # type: ignore[arg-type]


TREND = Trend(
    "moh", "Ministry of Health", None,
    (point("2026-01-01", 12.0, stage=""), point("2026-02-01", 30.5),
     point("2026-02-15", 28.0, rules=("content", "engine")),
     point("2026-05-01", None, quiet=75, open=None), point("2026-06-01", 55.5, open=Open(3, None))),
)  # fmt: skip
GOLDEN = """\
Ministry of Health                                      1 January 2026 to 1 June 2026, 5 full runs
════════════════════════════════════════════════════════════════════════════════════════════════════
Score        ▁▃│▃ ·▅  12.0 → 55.5, by other rules
Observed     ▁▂│▂ ·▄  2.0 → 45.5, by other rules
Coverage     ▇▇│▇ ·▇  80.0 → 80.0, by other rules

Date            Score      up to   Observed   Coverage      Grade      Stage       Open    Overdue
2026-01-01       12.0       32.0        2.0       80.0          D          –          1          1
2026-02-01       30.5       50.5       20.5       80.0          D       Seen          3          1
  ── judged by other rules from here: the standards or checks and pepperbird's version changed
2026-02-15       28.0       48.0       18.0       80.0          D       Seen          2          1
  ┄┄ no full run for 75 days
2026-05-01          –          –          –          –          D       Seen          –          –
2026-06-01       55.5       75.5       45.5       80.0          D       Seen          3          –
"""
NATION = Trend(
    None, "All registered agencies", "IS",
    (point("2026-01-01", 12.0, grade="", stage="", panel=figures(10.0)),
     point("2026-02-01", 14.0, grade="", stage="", panel=figures(20.0))), ("moh", "mof"),
)  # fmt: skip
LONG = replace(TREND, points=tuple(
    point(f"20{year}-{month:02}-{day:02}", float(day), rules=("content",) if day == 3 else ())
    for year in range(20, 26) for month in range(1, 13) for day in range(1, 29)
))  # fmt: skip
HOSTILE_TREND = replace(
    TREND, agency=HOSTILE[2], name="=cmd|'/c calc'!A1" + "".join(HOSTILE[:8]) + "\ufffe\uffff" + HOSTILE[8]
)
SERIES = Series(1, "2026-06-02T00:00:00Z", "sha256:" + "c" * 64, "", "pepperbird 0.1", "r2026-06-01", {})


def again(score: float, **more: object) -> Again:
    return replace(Again(figures(score), "C", "Seen", Open(2, 1), {}), **more)  # type: ignore[arg-type]


BOTH = replace(
    TREND, series=SERIES, current=True, overtaken=1,
    points=(
        replace(TREND.points[0], missing="pruned"),
        replace(TREND.points[1], again=again(26.0), fell={"failed": 2, "link": 3}),
        replace(TREND.points[2], again=again(27.0, fell={"failed": 1}), step=Step(1.0, -3.5), fell={"rules": 4}),
        replace(TREND.points[3], again=again(0.0, figures=None), fell={}),
        replace(TREND.points[4], again=again(55.5), fell={"refused": 1, "no-collector": 1, "link": 0}),
    ),
)  # fmt: skip
TOLD = """\
Score        ▁▃│▃ ·▅  12.0 → 55.5, by the rules of then
Score        ·▃ ▃ ·▅  26.0 → 55.5 (+29.5), by the rules of now
Observed     ▁▂│▂ ·▄  2.0 → 45.5, by other rules
Coverage     ▇▇│▇ ·▇  80.0 → 80.0, by other rules
By the rules of now: the same evidence, judged again on 2 June 2026 (content sha256:cccccccccccc,
  pepperbird 0.1).
No figure by the rules of now for 1 run: what their machines said is not kept any more.
In all, 11 fell: 2 failed, 3 dark by link, 1 refused, 1 with no collector yet, 4 where the rules
  changed too. What is dark by link is no fault.
1 run that ended after a newer one: kept, and no point of this.

Date           Score Score now     up to  Observed  Coverage     Grade     Stage      Open   Overdue
2026-01-01      12.0         –      32.0       2.0      80.0         D         –         1         1
2026-02-01      30.5      26.0      50.5      20.5      80.0         D      Seen         3         1
  ↓ 5 fell: 2 failed, 3 dark by link
  ── judged by other rules from here: the standards or checks and pepperbird's version changed
     of the step of -2.5 the new rules are -3.5, and what really changed is +1.0 (by the rules of
     now)
     by the rules of now, 1 fell: 1 failed
2026-02-15      28.0      27.0      48.0      18.0      80.0         D      Seen         2         1
  ↓ 4 fell: 4 where the rules changed too
  ┄┄ no full run for 75 days
2026-05-01         –         –         –         –         –         D      Seen         –         –
2026-06-01      55.5      55.5      75.5      45.5      80.0         D      Seen         3         –
  ↓ 2 fell: 1 refused, 1 with no collector yet
"""
TRENDS = {
    "both": BOTH, "both-long": replace(LONG, series=SERIES, points=tuple(
        replace(one, again=again(50.0), fell={"link": 12}) for one in LONG.points
    )),
    "agency": TREND, "nation": NATION, "one": replace(TREND, points=TREND.points[:1]), "long": LONG,
    "nothing": replace(TREND, points=(TREND.points[3],)), "hostile": HOSTILE_TREND,
}  # fmt: skip


@pytest.fixture(params=sorted(TRENDS))
def trend(request: pytest.FixtureRequest) -> Trend:
    return TRENDS[request.param]


def test_the_text_is_what_it_was() -> None:
    head, *rest = render_trend_text(TREND).decode().splitlines()
    golden, *others = GOLDEN.splitlines()
    assert rest == others
    assert head.split() == golden.split() and len(head) == 100


def test_text_fits_a_terminal_and_nothing_in_it_acts(trend: Trend) -> None:
    lines = render_trend_text(trend).decode().splitlines()
    assert max(map(len, lines)) <= 100
    assert len(lines) < (3 if trend.series else 2) * MOST_ROWS + 20
    assert all(clean(line, 200) == line for line in lines)


def test_both_series_are_told_by_the_names_of_their_rules_and_falls_by_whose_move_they_are() -> None:
    assert render_trend_text(BOTH).decode().split("═\n", 1)[1] == TOLD
    drafted = render_trend_text(replace(BOTH, current=False)).decode()
    assert "by other rules" in drafted and "Judged new" in drafted and "rules of now" not in drafted


def test_csv_and_json_have_every_fall_and_the_second_figure() -> None:
    rows = list(csv.DictReader(io.StringIO(render_trend_csv(BOTH).decode())))
    assert [row["fell"] for row in rows] == ["", "5", "4", "0", "2"]
    assert [(row["fell_failed"], row["fell_link"], row["fell_no_collector"]) for row in rows[1:3]] == [
        ("2", "3", "0"), ("0", "0", "0")
    ]  # fmt: skip
    assert [row["again_score"] for row in rows] == ["", "26.0", "27.0", "", "55.5"]
    assert [row["again_missing"] for row in rows] == ["pruned", "", "", "", ""]
    assert (rows[2]["step_by_same_rules"], rows[2]["step_by_new_rules"]) == ("1.0", "-3.5")
    data = json.loads(render_trend_json(BOTH))
    assert data["overtaken_runs"] == 1 and data["series"]["rules_of_now"] is True
    assert data["points"][4]["fell"] == {"refused": 1, "no-collector": 1}


def test_the_picture_draws_the_second_series_across_the_change() -> None:
    drawn = {one.kind: one for one in picture(BOTH).lines}
    assert [len(path.split()) for path in drawn["again"].paths] == [2]
    assert [len(path.split()) for path in drawn["score"].paths] == [2]
    assert (drawn["score"].label, drawn["again"].label) == ("Score then 55.5", "Score now 55.5")
    assert "what really changed is +1.0" in picture(BOTH).told


def test_the_nation_shows_its_panel_and_its_standard() -> None:
    text = render_trend_text(NATION).decode()
    assert "All registered agencies · Internet security" in text
    assert "Panel score  ▁▂  10.0 → 20.0 (+10.0)" in text
    assert "The panel: 2 agencies that every point has" in text


def test_one_run_is_no_trend() -> None:
    for shown in (render_trend_text(TRENDS["one"]), render_trend_svg(TRENDS["one"], ROOT)):
        assert "One run only: there is no trend yet." in shown.decode()


def test_the_json_is_what_its_schema_says(trend: Trend) -> None:
    Draft202012Validator.check_schema(SCHEMA)
    data = json.loads(render_trend_json(trend))
    Draft202012Validator(SCHEMA, format_checker=FormatChecker()).validate(data)
    assert len(data["points"]) == len(trend.points)


def test_the_csv_has_the_figures_of_the_json_and_no_formula(trend: Trend) -> None:
    raw = render_trend_csv(trend).decode()
    rows = list(csv.DictReader(io.StringIO(raw)))
    points = json.loads(render_trend_json(trend))["points"]
    assert tuple(rows[0]) == COLUMNS
    for row, one in zip(rows, points, strict=True):
        for key in ("score", "upper", "coverage", "observed", "open", "overdue", "grade", "stage"):
            assert row[key] == ("" if one[key] is None else str(one[key]))
        assert row["rules_changed"].split() == one["rules_changed"]
        cells = (cell for key, cell in row.items() if key not in STEPS)
        assert not any(cell.startswith(("=", "+", "-", "@", "|")) for cell in cells)
        assert all(row[key] == "" or float(row[key]) is not None for key in STEPS), "numbers, also below nought"
        assert all(cell == clean(cell, 10_000) for cell in row.values())


def test_the_picture_is_sound_and_tells_itself_in_words(trend: Trend) -> None:
    raw = render_trend_svg(trend, ROOT)
    root = ElementTree.fromstring(raw)  # noqa: S314 - our own picture, of a hostile name
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "title told"
    told = root.findtext(f"{SVG}desc") or ""
    assert "Score" in told and "full run" in told
    allowed = {"title", "desc", "rect", "text", "line", "g", "polyline", "path", "circle"}
    assert {one.tag.removeprefix(SVG) for one in root.iter()} <= allowed | {"svg"}
    assert b"href" not in raw and len(raw) < 400_000
    for one in root.iter(f"{SVG}text"):
        assert 0 <= float(one.get("y") or -1) <= float(root.get("height") or 0)
        assert len(one.text or "") <= 120


def test_no_line_is_drawn_across_other_rules_or_a_silence() -> None:
    seen = picture(TREND)
    (score,) = [line for line in seen.lines if line.kind == "score"]
    assert [len(path.split()) for path in score.paths] == [2]
    assert len(score.marks) == 4
    (rules,) = seen.breaks
    assert score.marks[1].x < rules.x < score.marks[2].x
    assert any("judged by other rules than on 1 February 2026" in note for note in seen.notes)
    assert any("No line where there was no full run" in note for note in seen.notes)


def test_end_labels_do_not_lie_on_each_other() -> None:
    low = [picture(replace(NATION, points=(replace(NATION.points[0], figures=figures(s), panel=figures(s)),)))
           for s in (0.0, 50.0, 100.0)]  # fmt: skip
    for one in low:
        places = sorted(line.label_y for line in one.lines)
        assert len(places) == 4
        assert min(b - a for a, b in pairwise(places)) >= 16


def test_numbers_of_marks_that_stand_close_are_told_together() -> None:
    assert len(picture(LONG).breaks) > len(picture(LONG).numbers)
    assert any("more changes of rules" in note for note in picture(LONG).notes)


def test_a_content_without_the_template_is_named(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="svg"):
        render_trend_svg(TREND, tmp_path)


@pytest.mark.slow
def test_a_browser_draws_it_silently(tmp_path: Path) -> None:
    require("chromium")
    path = tmp_path / "trend.svg"
    path.write_bytes(render_trend_svg(HOSTILE_TREND, ROOT))
    command = [
        "chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}",
        "--enable-logging=stderr", f"--screenshot={tmp_path / 'trend.png'}", path.as_uri(),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert [line for line in done.stderr.splitlines() if "CONSOLE" in line] == []
    assert (tmp_path / "trend.png").stat().st_size > 5_000
