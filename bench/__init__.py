"""Measurements side by side: `python -m bench` prints each figure beside its aim and fails at twice the aim."""
