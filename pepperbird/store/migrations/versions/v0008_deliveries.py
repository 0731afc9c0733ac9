"""What was delivered to whom, on which way and when, so that nothing is sent twice."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    texts = ("agency", "run", "at", "state", "message_id", "said")
    op.create_table(
        "deliveries",
        *(sa.Column(name, sa.String, primary_key=True) for name in ("digest", "way", "recipient")),
        *(sa.Column(name, sa.String, nullable=False) for name in texts),
        sa.Index("deliveries_by_agency", "agency", "at"),
    )
