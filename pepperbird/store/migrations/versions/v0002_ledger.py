"""The ledger, key lists, and the statements about runs and evidence. `database.py` then enters the runs before it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

TRIGGERS = (
    "CREATE TRIGGER ledger_unchanged BEFORE UPDATE ON ledger "
    "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END",
    "CREATE TRIGGER ledger_undeleted BEFORE DELETE ON ledger "
    "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END",
    "CREATE TRIGGER ledger_in_order BEFORE INSERT ON ledger "
    "WHEN NEW.number != (SELECT coalesce(max(number), 0) + 1 FROM ledger) "
    "BEGIN SELECT RAISE(ABORT, 'a ledger entry has the next number'); END",
)


def upgrade() -> None:
    op.add_column("runs", sa.Column("previous", sa.LargeBinary))
    op.add_column("runs", sa.Column("envelope", sa.LargeBinary))
    op.add_column("transcripts", sa.Column("digest", sa.String, nullable=False, server_default=""))
    op.add_column("transcripts", sa.Column("envelope", sa.LargeBinary))
    op.create_table(
        "ledger",
        sa.Column("number", sa.Integer, primary_key=True),
        *(sa.Column(name, sa.String, nullable=False) for name in ("kind", "subject")),
        *(sa.Column(name, sa.String, nullable=False, unique=True) for name in ("previous", "hash")),
        *(sa.Column(name, sa.LargeBinary, nullable=False) for name in ("body", "checkpoint")),
    )
    op.create_index("ledger_by_subject", "ledger", ["kind", "subject"])
    op.create_table(
        "key_lists",
        sa.Column("digest", sa.String, primary_key=True),
        sa.Column("envelope", sa.LargeBinary, nullable=False),
    )
    for trigger in TRIGGERS:
        op.execute(trigger)
