"""The kits that were given out to agencies, so that each brings one bundle and no more."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    texts = ("agency", "asset", "made", "expires", "program", "asked", "run")
    op.create_table(
        "kits",
        sa.Column("nonce", sa.String, primary_key=True),
        *(sa.Column(name, sa.String, nullable=False) for name in texts),
        sa.Column("deep", sa.Boolean, nullable=False),
    )
