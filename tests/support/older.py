"""A store as an older pepperbird left it: what migrations did since is undone, by hand."""

from __future__ import annotations

import json
import sqlite3
import zlib
from contextlib import closing
from pathlib import Path

NEWER = {
    "0005": ("marks", "figures", "spans"),
    "0006": ("executor", "schedules", "ticks", "works", "requests"),
    "0007": ("deliveries",),
    "0009": ("duties",),
}
"""What came after a version."""


def age(path: Path, version: str) -> None:
    """Make the store at `path`, which nobody has open, one of `version`."""
    with closing(sqlite3.connect(path)) as db:
        _without_series(db)
        _verdicts_in_rows(db)
        for before, names in NEWER.items():
            for name in names if before >= version else ():
                db.execute(f"DROP TABLE {name}")
        db.execute("UPDATE alembic_version SET version_num = ?", (version,))
        db.commit()


def _without_series(db: sqlite3.Connection) -> None:
    """As before 0011, without 0012 which goes on from it."""
    for name in ("begun_standing", "begun_steps", "begun_series", "series", "series_marks", "series_figures"):
        db.execute(f"DROP TABLE {name}")
    db.execute("ALTER TABLE marks DROP COLUMN overtaken")
    db.execute("ALTER TABLE figures DROP COLUMN fell")


def _verdicts_in_rows(db: sqlite3.Connection) -> None:
    """As before 0009."""
    db.execute(
        "CREATE TABLE verdicts (run TEXT NOT NULL, agency TEXT NOT NULL, control TEXT NOT NULL, asset TEXT NOT NULL,"
        " state TEXT NOT NULL, severity TEXT NOT NULL, enforcement TEXT NOT NULL, body BLOB NOT NULL,"
        " PRIMARY KEY (run, agency, control, asset), FOREIGN KEY (run) REFERENCES runs (id) ON DELETE CASCADE)"
    )
    db.execute("CREATE INDEX verdicts_by_pair ON verdicts (agency, control, asset)")
    kept = db.execute("SELECT run, agency, states FROM run_agencies WHERE states IS NOT NULL").fetchall()
    for run, agency, blob in kept:
        rows = [(run, agency, *one) for one in reversed(json.loads(zlib.decompress(blob)))]
        db.executemany("INSERT INTO verdicts VALUES (?, ?, ?, ?, ?, ?, ?, x'')", rows)
    db.execute("ALTER TABLE run_agencies DROP COLUMN states")
