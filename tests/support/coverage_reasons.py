"""Why a state of a clause cannot be captured where the samples were made, by clause id."""

from __future__ import annotations

WHY_NOT: dict[str, str] = {}
