"""The tables of what came out when old runs were judged again by other rules. Changed only by a migration."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table

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
