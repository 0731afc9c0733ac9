"""The states of a run's verdicts stand together, by agency: a row for each was nine tenths of a store."""

from __future__ import annotations

import json
import zlib

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("run_agencies", sa.Column("states", sa.LargeBinary))
    connection = op.get_bind()
    columns = "control, asset, state, severity, enforcement"
    query = sa.text(
        f"SELECT {columns} FROM verdicts WHERE run = :run AND agency = :agency ORDER BY control, asset"  # noqa: S608
    )
    kept = sa.text("UPDATE run_agencies SET states = :states WHERE run = :run AND agency = :agency")
    whose = connection.execute(sa.text("SELECT DISTINCT run, agency FROM verdicts")).fetchall()
    for run, agency in whose:
        asked = {"run": run, "agency": agency}
        rows = [list(row) for row in connection.execute(query, asked)]
        text = json.dumps(rows, separators=(",", ":"), ensure_ascii=False)
        connection.execute(kept, {**asked, "states": zlib.compress(text.encode(), 6)})
    op.drop_table("verdicts")
    if whose:
        connection.execute(sa.text("INSERT OR IGNORE INTO chores (name) VALUES ('purge')"))
