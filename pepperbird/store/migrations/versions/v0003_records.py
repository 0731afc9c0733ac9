"""The records of people: attestations, reviews, waivers, signed registers and content, decommissions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "records",
        sa.Column("digest", sa.String, primary_key=True),
        *(sa.Column(name, sa.String, nullable=False) for name in ("kind", "agency", "subject", "at")),
        sa.Column("number", sa.Integer, sa.ForeignKey("ledger.number"), nullable=False),
        sa.Column("envelope", sa.LargeBinary, nullable=False),
    )
    op.create_index("records_by_subject", "records", ["kind", "agency", "subject"])
