"""Runs, their transcripts and verdicts, and the content they were judged by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "contents",
        sa.Column("digest", sa.String, primary_key=True),
        sa.Column("archive", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("at", sa.String, nullable=False),
        sa.Column("ended", sa.String, nullable=False),
        sa.Column("scope", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("content_digest", sa.String, sa.ForeignKey("contents.digest"), nullable=False),
        *(sa.Column(name, sa.LargeBinary, nullable=False) for name in ("digests", "plan", "site", "memory")),
        *(sa.Column(name, sa.LargeBinary) for name in ("memory_after", "scores", "nation")),
    )
    op.create_table(
        "run_agencies",
        sa.Column("run", sa.String, sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("agency", sa.String, primary_key=True),
        sa.Column("posture", sa.LargeBinary),
    )
    op.create_table(
        "transcripts",
        sa.Column("run", sa.String, sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("endpoint", sa.String, primary_key=True),
        sa.Column("gap", sa.String, nullable=False),
        sa.Column("received_bytes", sa.Integer, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "verdicts",
        sa.Column("run", sa.String, sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
        *(sa.Column(name, sa.String, primary_key=True) for name in ("agency", "control", "asset")),
        *(sa.Column(name, sa.String, nullable=False) for name in ("state", "severity", "enforcement")),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_index("verdicts_by_pair", "verdicts", ["agency", "control", "asset"])
