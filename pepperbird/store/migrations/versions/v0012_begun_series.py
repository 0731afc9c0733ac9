"""A second series that is being judged and has not ended: what going on with it needs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "begun_series",
        sa.Column("number", sa.Integer, primary_key=True),
        *(sa.Column(name, sa.String, nullable=False) for name in ("at", "content", "baseline", "engine", "last")),
        *(sa.Column(name, sa.String, nullable=False) for name in ("since", "key", "chain", "touched")),
        sa.Column("done", sa.Integer, nullable=False),
        *(sa.Column(name, sa.LargeBinary, nullable=False) for name in ("missing", "runs", "envelope")),
    )
    op.create_table(
        "begun_steps",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("series", sa.Integer, _of_series(), nullable=False),
        sa.Column("run", sa.String, nullable=False),
        sa.Column("missing", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "begun_standing",
        *(sa.Column(name, sa.String, primary_key=True) for name in ("agency", "run")),
        sa.Column("series", sa.Integer, _of_series(), nullable=False),
        sa.Column("digest", sa.String, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )


def _of_series() -> sa.ForeignKey:
    return sa.ForeignKey("begun_series.number", ondelete="CASCADE")
