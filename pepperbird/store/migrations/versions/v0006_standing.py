"""What outlives the runs: how long each pair was in which state, and the figures of each full run."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "spans",
        *(sa.Column(name, sa.String, primary_key=True) for name in ("agency", "control", "asset", "opened_run")),
        *(sa.Column(name, sa.String, nullable=False) for name in ("kind", "tier", "severity", "enforcement", "state")),
        *(sa.Column(name, sa.String, nullable=False) for name in ("since", "opened", "closed", "closed_run")),
        sqlite_with_rowid=False,
    )
    op.create_index("spans_lasting", "spans", ["agency", "closed_run"])
    op.create_index("spans_by_run", "spans", ["opened_run"])
    op.create_table(
        "marks",
        *(sa.Column(name, sa.String, primary_key=True) for name in ("run", "agency")),
        *(sa.Column(name, sa.String, nullable=False) for name in ("at", "name", "tier", "grade", "stage")),
        *(sa.Column(name, sa.String, nullable=False) for name in ("content", "baseline", "engine")),
        *(sa.Column(name, sa.Integer) for name in ("median", "lowest_decile", "reporting", "registered")),
        sqlite_with_rowid=False,
    )
    op.create_index("marks_by_agency", "marks", ["agency", "tier", "at"])
    op.create_table(
        "figures",
        *(sa.Column(name, sa.String, primary_key=True) for name in ("standard", "run", "agency")),
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("score", "upper", "coverage", "observed")),
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("conclusive", "pairs", "weight")),
        *(sa.Column(name, sa.Integer) for name in ("open", "overdue")),
        sqlite_with_rowid=False,
    )
    op.create_index("figures_by_agency", "figures", ["agency", "standard", "run"])
