"""Why a state of a clause cannot be captured where the samples were made, by clause id."""

from __future__ import annotations

_AWS = "no AWS account stood open, so that the samples of AWS Backup are as documented"
WHY_NOT: dict[str, str] = {
    **dict.fromkeys(("BR-01.2", "BR-02.6", "BR-03.2", "BR-05.2", "BR-07.2", "BR-08.2", "BR-09.4", "BR-12.2"), _AWS),
    "BR-05.6": "pgBackRest dates its backups itself, so that a history of weeks takes weeks",
    "BR-09.1": "restic of Debian 12 makes no repository without a password",
    "BR-11.3": "a test drills the real pgBackRest, and keeps no sample of it",
    "BR-19.2": "pgBackRest marks a backup so only where it meets damaged pages",
    "DS-04.1": "no sample has a database on an encrypted disk and that disk, too",
    "DS-04.2": "Debian has no MySQL",
    "DS-04.4": "no sample has a database on an encrypted disk and that disk, too",
    "DS-10.3": "PostgreSQL does not start with another mode of its directory",
}
