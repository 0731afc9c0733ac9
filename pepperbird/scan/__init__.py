"""The pipeline, read top to bottom: plan, collect, observe, evaluate, score, record."""
