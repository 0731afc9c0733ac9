"""Runs kept for years: SQLite in WAL mode by default. Rows in, values out; nothing here judges or collects."""
