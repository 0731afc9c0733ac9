"""Why a state of a clause cannot be captured where the samples were made, by clause id."""

from __future__ import annotations

WHY_NOT: dict[str, str] = {
    "DI-10.3": "only the critical tier asks for the lock, and it would lock this kernel until its next start",
}
