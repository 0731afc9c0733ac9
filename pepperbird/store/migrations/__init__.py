"""Alembic's folder: `env.py` runs the migrations, `versions/` holds one file each."""
