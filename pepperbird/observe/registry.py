"""The parsers by the name that collectors use: one table from name to dotted path, imported when used.

A parser of a probe takes its bytes; a parser of a derived value takes the parsed outputs by name. Those in LAYING take
Gaps among them and lay each into the columns that it concerns; for the others any Gap is the Gap of the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, Final

_AT: Final = "pepperbird.observe.parsers."

PARSERS: Final[Mapping[str, str]] = {
    "aide": "integrity:aide",
    "aws_asked": "aws_backup:aws_asked",
    "apt_indexes": "apt:indexes",
    "apt_policy": "apt:policy",
    "apt_sources": "apt_sources:sources",
    "bacula_catalogue": "bacula:catalogue",
    "barman_records": "barman:records",
    "borg_archives": "borg:archives",
    "btrfs_scrubs": "btrfs:btrfs_scrubs",
    "btrfs_snapshots": "snapshots:btrfs",
    "btrfs_volumes": "btrfs:btrfs_volumes",
    "crypttab": "luks:crypttab",
    "drill_results": "drills:results",
    "datadir_modes": "datadirs:modes",
    "datadir_open": "datadirs:opened",
    "dump_files": "dumps:files",
    "job_cron": "jobs:cron",
    "job_spool": "jobs:spool",
    "job_timers": "jobs:timers",
    "luks_headers": "luks:luks_headers",
    "auditctl": "audit:auditctl",
    "chrony": "clock:chrony",
    "integrity_monitors": "integrity:monitors",
    "log_forwarding": "log_forwarding:forwarding",
    "log_retention": "log_retention:retention",
    "kept_logs": "kept:kept_logs",
    "kept_packages": "kept:kept_packages",
    "lvs_json": "pools:lvs",
    "lvm_volumes": "lvm:lvm_volumes",
    "md_arrays": "md:md_arrays",
    "md_schedule": "md:md_schedule",
    "manifest": "system:manifest",
    "mountinfo": "mounts:mountinfo",
    "found_folders": "discovery:found_folders",
    "nfs_exports": "discovery:nfs_exports",
    "nut": "ups:nut",
    "os_release": "system:os_release",
    "package_names": "kept:package_names",
    "package_manager": "system:package_manager",
    "pg_settings": "postgresql:pg_settings",
    "pg_hba": "postgresql:pg_hba",
    "pg_checksums": "postgresql:pg_checksums",
    "pg_objects": "postgresql:pg_objects",
    "pg_slots": "postgresql:pg_slots",
    "pg_archiver": "postgresql:pg_archiver",
    "pg_standbys": "postgresql:pg_standbys",
    "pg_recovery": "postgresql:pg_recovery",
    "my_replica": "mysql:my_replica",
    "my_variables": "mysql:my_variables",
    "sql_one": "sql:sql_one",
    "sql_rows": "sql:sql_rows",
    "pgbackrest_info": "pgbackrest:info",
    "proc_net": "sockets:proc_net",
    "reboot": "system:reboot",
    "restic_files": "restic:files",
    "restic_snapshots": "restic:snapshots",
    "rsnapshot_trees": "rsnapshot:trees",
    "rsync_trees": "rsync:trees",
    "rpm_indexes": "rpm:indexes",
    "rpm_sources": "rpm:sources",
    "rpm_updateinfo": "rpm:updateinfo",
    "s3_asked": "s3:s3_asked",
    "s3_each": "s3:s3_each",
    "s3_once": "s3:s3_once",
    "smart_disks": "smart:smart_disks",
    "smart_health": "smart:smart_health",
    "sshd_daemons": "sshd:daemons",
    "statfs": "mounts:statfs",
    "sys_block": "devices:sys_block",
    "timedatectl": "clock:timedatectl",
    "usb_storage": "usb:usb_storage",
    "verified": "verify:verified",
    "sqlserver_instances": "windows:sqlserver",
    "windows_backup": "windows:backup",
    "windows_bitlocker": "windows:bitlocker",
    "windows_smb": "windows:smb",
    "windows_system": "windows:system",
    "windows_time": "windows:time",
    "windows_updates": "windows:updates",
    "windows_volumes": "windows:volumes",
    "zfs_encryption": "zfs:zfs_encryption",
    "zfs_snapshots": "snapshots:zfs",
    "zpool_list": "pools:zpools",
    "zpool_status": "zpool:zpool_status",
}
DERIVED: Final[Mapping[str, str]] = {
    "apt_security": "apt:security",
    "aws_vaults": "aws_backup:aws_vaults",
    "backup_jobs": "jobs:backup_jobs",
    "btrfs_table": "btrfs:btrfs_table",
    "datadirs": "datadirs:datadirs",
    "filesystems": "filesystems:filesystems",
    "luks_keys": "luks:luks_keys",
    "pg_databases": "postgresql:pg_databases",
    "pg_directories": "postgresql:pg_directories",
    "pg_logging": "postgresql:pg_logging",
    "pg_server": "postgresql:pg_server",
    "pg_synchronous": "postgresql:pg_synchronous",
    "my_accounts": "mysql:my_accounts",
    "my_dumps": "mysql:my_dumps",
    "my_logging": "mysql:my_logging",
    "my_schemas": "mysql:my_schemas",
    "my_server": "mysql:my_server",
    "package_index": "system:package_index",
    "pools": "pools:pools",
    "restic_all": "restic:every",
    "s3_listed": "s3:s3_listed",
    "s3_table": "s3:s3_table",
    "smart_table": "smart:smart_table",
    "windows_table": "windows:table",
}
LAYING: Final = frozenset(
    {
        "aws_vaults",
        "btrfs_table",
        "datadirs",
        "filesystems",
        "luks_keys",
        "my_schemas",
        "package_index",
        "pg_databases",
        "restic_all",
        "s3_table",
        "smart_table",
        "windows_table",
    }
)


def parser(name: str) -> Callable[[Any], Any]:
    """The parser of that name. Raises KeyError for a name that no table holds."""
    module, _, function = (PARSERS.get(name) or DERIVED[name]).partition(":")
    found: Callable[[Any], Any] = getattr(import_module(_AT + module), function)
    return found
