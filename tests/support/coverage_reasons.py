"""Why a state of a clause cannot be captured where the samples were made, by clause id."""

from __future__ import annotations

_AWS = "no AWS account stood open, so that the samples of AWS Backup are as documented"
_WINDOWS = "no Windows stood open, so that the samples of Windows are as documented"
WHY_NOT: dict[str, str] = {
    **dict.fromkeys(("BR-01.2", "BR-02.6", "BR-03.2", "BR-05.2", "BR-07.2", "BR-08.2", "BR-09.4", "BR-12.2"), _AWS),
    **dict.fromkeys(("BR-02.7", "DI-08.4", "DS-03.3", "DS-09.3", "DS-12.3", "DS-15.4"), _WINDOWS),
    "BR-09.1": "restic of Debian 12 makes no repository without a password",
    "DS-04.2": "Debian has no MySQL",
    "DS-10.3": "PostgreSQL does not start with another mode of its directory",
    "DS-15.5": "no SQL Server stood open, so that the samples of it are as documented",
}
