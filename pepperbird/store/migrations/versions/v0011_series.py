"""Second series: figures of old runs that were judged again by other rules. What fell, and which run was overtaken."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("marks", sa.Column("overtaken", sa.String))
    op.add_column("figures", sa.Column("fell", sa.String))
    op.create_table(
        "series",
        sa.Column("number", sa.Integer, primary_key=True),
        *(sa.Column(name, sa.String, nullable=False) for name in ("at", "content", "baseline", "engine", "last")),
        sa.Column("missing", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "series_marks",
        sa.Column("series", sa.Integer, primary_key=True),
        *(sa.Column(name, sa.String, primary_key=True) for name in ("run", "agency")),
        *(sa.Column(name, sa.String, nullable=False) for name in ("at", "name", "tier", "grade", "stage")),
        *(sa.Column(name, sa.String, nullable=False) for name in ("content", "baseline", "engine")),
        *(sa.Column(name, sa.Integer) for name in ("median", "lowest_decile", "reporting", "registered")),
        sqlite_with_rowid=False,
    )
    op.create_index("series_marks_by_agency", "series_marks", ["agency", "series", "run"])
    op.create_table(
        "series_figures",
        sa.Column("series", sa.Integer, primary_key=True),
        *(sa.Column(name, sa.String, primary_key=True) for name in ("standard", "run", "agency")),
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("score", "upper", "coverage", "observed")),
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("conclusive", "pairs", "weight")),
        *(sa.Column(name, sa.Integer) for name in ("open", "overdue")),
        sa.Column("fell", sa.String),
        sqlite_with_rowid=False,
    )
    op.create_index("series_figures_by_agency", "series_figures", ["agency", "series", "standard", "run"])
