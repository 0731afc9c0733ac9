"""The tables of what came out when old runs were judged again by other rules. Changed only by a migration."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, String, Table

from pepperbird.store.tables import figure_columns, mark_columns, metadata

series = Table(
    "series",
    metadata,
    Column("number", Integer, primary_key=True),
    *(Column(name, String, nullable=False) for name in ("at", "content", "baseline", "engine", "last")),
    Column("missing", LargeBinary, nullable=False),
)
"""Each time old runs were judged again: by which rules, up to which run, and (JSON) which were not and why.

`baseline` is the one that was named, '' where each run kept the names of its own."""

series_marks = Table(
    "series_marks",
    metadata,
    Column("series", Integer, primary_key=True),
    Column("run", String, primary_key=True),
    Column("agency", String, primary_key=True),
    *mark_columns(),
    Index("series_marks_by_agency", "agency", "series", "run"),
    sqlite_with_rowid=False,
)
"""Like `marks`: what a run says when it is judged by the rules of the series. Outlives the run."""

series_figures = Table(
    "series_figures",
    metadata,
    Column("series", Integer, primary_key=True),
    Column("standard", String, primary_key=True),
    Column("run", String, primary_key=True),
    Column("agency", String, primary_key=True),
    *figure_columns(),
    Index("series_figures_by_agency", "agency", "series", "standard", "run"),
    sqlite_with_rowid=False,
)
"""Like `figures`, of `series_marks`."""


def _of_series() -> Column[int]:
    return Column("series", Integer, ForeignKey("begun_series.number", ondelete="CASCADE"), nullable=False)


begun_series = Table(
    "begun_series",
    metadata,
    Column("number", Integer, primary_key=True),
    *(Column(name, String, nullable=False) for name in ("at", "content", "baseline", "engine", "last")),
    *(Column(name, String, nullable=False) for name in ("since", "key", "chain", "touched")),
    Column("done", Integer, nullable=False),
    *(Column(name, LargeBinary, nullable=False) for name in ("missing", "runs", "envelope")),
)
"""The one series that is being judged and has not ended: its rows lie in `series_marks` and `series_figures` already.

`runs` (JSON) are to be judged, `done` of them are. `chain` is over what each of those said, and stands in the statement
in `envelope`. `key` is the id of the key that it was begun with, `touched` when it last came further."""

begun_steps = Table(
    "begun_steps",
    metadata,
    Column("number", Integer, primary_key=True),
    _of_series(),
    Column("run", String, nullable=False),
    Column("missing", LargeBinary, nullable=False),
)
"""The runs of it that are done, in turn, each with (JSON) what of it could not be read and why."""

begun_standing = Table(
    "begun_standing",
    metadata,
    *(Column(name, String, primary_key=True) for name in ("agency", "run")),
    _of_series(),
    Column("digest", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
"""Where agencies stand after its newest runs, by its rules: the runs after those stand on it. An agency's evidence."""
