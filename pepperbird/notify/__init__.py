"""Brings reports to those they are for: mail, a folder, a bucket. Connects to nothing that is judged."""
