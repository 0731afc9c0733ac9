"""What the executor does beside runs: reports and digests to deliver, and when it pruned last."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    texts = ("run", "tick", "since", "wake", "state", "said")
    op.create_table(
        "duties",
        *(sa.Column(name, sa.String, primary_key=True) for name in ("what", "agency")),
        sa.Column("tries", sa.Integer, nullable=False),
        *(sa.Column(name, sa.String, nullable=False, server_default="") for name in texts),
    )
