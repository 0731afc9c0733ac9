"""Verdicts to posture, scores, grades and stages, as the scoring model defines them. Pure."""
