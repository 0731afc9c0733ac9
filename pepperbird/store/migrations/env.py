"""Run by alembic with a live connection that `database.py` hands over; there is no offline mode."""

from __future__ import annotations

from alembic import context

from pepperbird.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
