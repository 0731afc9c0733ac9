"""Disks: what must never pass for a good state, and what is refused because no rule accounts for it."""

from __future__ import annotations

import pytest

from pepperbird.model.gap import Gap
from pepperbird.observe.parsers.btrfs import btrfs_scrubs, btrfs_table, btrfs_volumes
from pepperbird.observe.parsers.lvm import lvm_volumes
from pepperbird.observe.parsers.md import md_arrays, md_schedule
from pepperbird.observe.parsers.zfs import dataset_encrypted, zfs_encryption
from pepperbird.observe.parsers.zpool import zpool_status

MD = "level raid1,array_state active,metadata_version 1.2,raid_disks 2,degraded 0,mismatch_cnt 0,sync_action idle"


def md(text: str, name: str = "md0") -> bytes:
    return "".join(f"{name} {line}\n" for line in text.split(",")).encode() + b"end\n"


def test_a_mirror_with_one_disk_is_not_redundant() -> None:
    (row,) = md_arrays(md(MD.replace("raid_disks 2", "raid_disks 1")))["arrays"]
    assert row["redundant"] is False


def test_raid10_without_a_second_copy_is_not_redundant() -> None:
    one = MD.replace("raid1,", "raid10,").replace("raid_disks 2", "raid_disks 4")
    assert md_arrays(md(one + ",layout 257"))["arrays"][0]["redundant"] is False
    assert md_arrays(md(one + ",layout 258"))["arrays"][0]["redundant"] is True


def test_no_mismatches_mean_nothing_before_a_check_has_ended() -> None:
    (never,) = md_arrays(md(MD + ",last_sync_action none"))["arrays"]
    (resynced,) = md_arrays(md(MD + ",last_sync_action resync"))["arrays"]
    (checked,) = md_arrays(md(MD + ",last_sync_action check"))["arrays"]
    (old,) = md_arrays(md(MD))["arrays"]
    assert (never["checked"], resynced["checked"], checked["checked"]) == (False, False, True)
    assert isinstance(old["checked"], Gap)


def test_a_running_array_that_does_not_tell_its_state_is_not_a_good_one() -> None:
    with pytest.raises(ValueError, match="does not tell"):
        md_arrays(md(MD.replace(",degraded 0", "")))


def test_an_array_that_did_not_start_is_kept_and_an_empty_shell_is_not() -> None:
    (row,) = md_arrays(md("level ,array_state inactive,metadata_version 1.2,raid_disks 0,member sda1 spare"))["arrays"]
    assert (row["running"], row["level"]) == (False, "none")
    assert md_arrays(md("level ,array_state clear,metadata_version none,raid_disks 0"))["arrays"] == []
    container = "level container,array_state inactive,metadata_version external:imsm,raid_disks 0,member sda spare"
    assert md_arrays(md(container, "md127"))["arrays"] == []


CRON = b"cron 57 0 * * 0 root if [ -x /x/checkarray ] && [ $(date +\\%d) -le 7 ]; then checkarray --all; fi\n"
TIMER = "timer mdcheck_start.timer LoadState=loaded;ActiveState={};LastTriggerUSec={};\n"


def test_a_cron_job_counts_only_where_cron_runs_and_the_switch_is_on() -> None:
    assert md_schedule(CRON + b"switch AUTOCHECK true\ndaemon cron\nend\n")["way"] == "cron"
    assert md_schedule(CRON + b"switch AUTOCHECK true\nend\n")["way"] == "none"
    assert md_schedule(CRON + b"switch AUTOCHECK false\ndaemon cron\nend\n")["way"] == "none"


def test_a_timer_counts_only_where_it_is_active() -> None:
    ran = TIMER.format("active", "Sun 2026-11-01 01:00:00 UTC").encode()
    assert md_schedule(ran + b"end\n") == {
        "way": "mdcheck_start.timer", "every_days": 35, "last": "2026-11-01T01:00:00Z",
    }  # fmt: skip
    assert md_schedule(TIMER.format("active", "n/a").encode() + b"end\n")["last"] is None
    assert md_schedule(TIMER.format("inactive", "n/a").encode() + b"end\n")["way"] == "none"


@pytest.mark.parametrize(
    ("line", "days"),
    [
        (b"cron 0 1 * * Sun root /usr/sbin/raid-check", 7),
        (b"cron 0 1 5 * * root /usr/sbin/raid-check", 31),
        (b"cron 0 1 1 1 * root /usr/sbin/raid-check", 366),
        (b"cron 0 1 * * * root /usr/sbin/raid-check", 1),
        (b"cron @monthly root /usr/sbin/raid-check", 31),
    ],
)
def test_how_often_a_cron_line_comes(line: bytes, days: int) -> None:
    assert md_schedule(line + b"\ndaemon crond\nend\n")["every_days"] == days


UUID = "0278f787-cd0a-4338-be7f-28b074de8bc8"


def test_btrfs_with_one_part_in_a_single_copy_is_not_redundant() -> None:
    lines = [
        f"{UUID} {text}" for text in ("device sdb", "device sdc", "profile metadata raid1", "profile system raid1")
    ]
    one = "\n".join([*lines, f"{UUID} profile data raid1", f"{UUID} profile data single", "end"]).encode()
    two = "\n".join([*lines, f"{UUID} profile data raid1", "end"]).encode()
    none = "\n".join([*lines, "end"]).encode()
    given = [btrfs_volumes(text)["rows"][0] for text in (one, two, none)]
    assert [row["redundant"] for row in given] == [False, True, False]


def test_an_old_kernel_leaves_the_counters_of_btrfs_open() -> None:
    (row,) = btrfs_volumes(f"{UUID} device sdb\n{UUID} old\nend\n".encode())["rows"]
    assert isinstance(row["errors"], Gap)
    assert isinstance(row["missing"], Gap)


def test_a_scrub_that_left_out_a_device_did_not_finish() -> None:
    volumes = btrfs_volumes(f"{UUID} device sdb\n{UUID} device sdc\nend\n".encode())
    state = f"/var/lib/btrfs/scrub.status.{UUID}:"
    done = "uncorrectable_errors:0|t_start:1795478591|canceled:{}|finished:{}"
    for canceled, finished, devices, expected in (
        (0, 1, 2, True),
        (0, 1, 1, False),
        (1, 1, 2, False),
        (0, 0, 2, False),
    ):
        lines = [state + "scrub status:1"]
        lines += [f"{state}{UUID}:{n + 1}|{done.format(canceled, finished)}" for n in range(devices)]
        scrubs = btrfs_scrubs("\n".join([*lines, "end"]).encode())
        assert btrfs_table({"volumes": volumes, "scrubs": scrubs})["rows"][0]["finished"] is expected


POOL = """present
  pool: tank
 state: {state}
  scan: {scan}
config:

\tNAME        STATE     READ WRITE CKSUM
\ttank        {state}     0     0     0
\t  {group}  {state}     0     0     0
\t    sdb     ONLINE       0     0     {checksums}
\t    sdc     ONLINE       0     0     0

errors: {errors}
end
"""


def pool(**given: str) -> dict[str, object]:
    usual = {
        "state": "ONLINE", "scan": "scrub repaired 0B in 00:10:24 with 0 errors on Sun Nov  8 00:34:26 2026",
        "group": "mirror-0", "checksums": "0", "errors": "No known data errors",
    }  # fmt: skip
    (row,) = zpool_status(POOL.format(**{**usual, **given}).encode())["rows"]
    return dict(row)


def test_a_pool_in_order() -> None:
    assert pool() == {
        "name": "tank", "state": "ONLINE", "redundant": True, "bad": [], "healthy": True, "errors": 0, "scan": "scrub",
        "scanned": "2026-11-08T00:34:26Z", "scan_errors": 0, "resilvering": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("scan", "kind"),
    [
        ("resilvered 1.21G in 00:01:02 with 0 errors on Sun Nov  8 00:34:26 2026", "resilver"),
        ("resilver in progress since Sun Nov  8 00:34:26 2026", "resilver"),
        ("scrub in progress since Sun Nov  8 00:34:26 2026", "scrubbing"),
        ("scrub paused since Sun Nov  8 00:34:26 2026", "scrubbing"),
        ("scrub canceled on Sun Nov  8 00:34:26 2026", "canceled"),
        ("scrub repaired 0 in 1h23m with 0 errors on Sun Nov  8 00:34:26 2026", "scrub"),
        ("none requested", "none"),
    ],
)
def test_only_a_scrub_that_ended_is_one(scan: str, kind: str) -> None:
    assert pool(scan=scan)["scan"] == kind


def test_checksums_are_counted_also_where_zpool_shortens_them() -> None:
    assert pool(checksums="1.50K")["errors"] == 1536
    assert pool(errors="3 data errors, use '-v' for a list")["errors"] == 3


def test_a_pool_over_bare_disks_is_not_redundant() -> None:
    text = POOL.format(
        state="ONLINE", scan="none requested", group="sda     ", checksums="0", errors="No known data errors"
    )
    assert zpool_status(text.encode())["rows"][0]["redundant"] is False


@pytest.mark.parametrize("given", [{"errors": "who knows"}, {"state": "ODD"}, {"scan": "something new"}])
def test_what_zpool_never_said_before_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        pool(**given)


def test_a_pool_that_is_cut_short_is_refused() -> None:
    with pytest.raises(ValueError, match="marks"):
        zpool_status(POOL[:-4].encode())


def test_an_unencrypted_dataset_over_an_encrypted_device_is_left_open() -> None:
    sets = zfs_encryption(b"present\ntank\toff\ntank/safe\taes-256-gcm\nend\n")
    assert dataset_encrypted("tank/safe", sets, below=False) is True
    assert dataset_encrypted("tank", sets, below=False) is False
    with pytest.raises(ValueError, match="may lie"):
        dataset_encrypted("tank", sets, below=True)
    with pytest.raises(ValueError, match="does not list"):
        dataset_encrypted("other", sets, below=False)
    assert dataset_encrypted("tank", zfs_encryption(b"never\n"), below=False) is False


def test_raid0_of_lvm_is_not_redundant_and_a_missing_volume_is_no_empty_list() -> None:
    line = "  LVM2_VG_NAME='a-b' LVM2_LV_NAME='c' LVM2_SEGTYPE='{}' LVM2_LV_HEALTH_STATUS='' LVM2_COPY_PERCENT='' "
    line += "LVM2_RAID_SYNC_ACTION=''"
    (row,) = lvm_volumes(f"present\n{line.format('raid0')}\nend\n".encode())["rows"]
    assert (row["redundant"], row["mapped"]) == (False, "a--b-c")
    assert lvm_volumes(f"present\n{line.format('raid6_zr')}\nend\n".encode())["rows"][0]["redundant"] is True
    with pytest.raises(ValueError, match="does not show"):
        lvm_volumes(f"present\n{line.format('linear')}\nend\n".encode())
