"""Schedules and the executor that carries them out: who it is, what was begun, missed and asked for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String, nullable=False, server_default="") for name in names]


def upgrade() -> None:
    op.create_table(
        "executor",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("token", sa.Integer, nullable=False),
        sa.Column("seconds", sa.Integer, nullable=False),
        *_texts("process", "said", "site", "taken", "beat"),
    )
    op.create_table(
        "schedules",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("answers", sa.Integer, nullable=False),
        *_texts("tick", "answered", "run"),
    )
    op.create_table(
        "ticks",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("count", sa.Integer, nullable=False),
        *_texts("schedule", "tick", "state", "run", "said", "noted"),
    )
    op.create_index("ticks_by_schedule", "ticks", ["schedule", "tick"])
    op.create_table(
        "works",
        sa.Column("run", sa.String, sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("tries", sa.Integer, nullable=False),
        *_texts("schedule", "tick", "request", "how", "until", "wake"),
    )
    op.create_table(
        "requests",
        sa.Column("id", sa.String, primary_key=True),
        *_texts("made", "said_by", "asked", "state", "run", "said"),
    )
