"""Facts and Gaps to verdicts. Pure: no clock, no disk, no network."""
