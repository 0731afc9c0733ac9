"""Schedules, and the one executor that carries them out: by itself, for years."""
