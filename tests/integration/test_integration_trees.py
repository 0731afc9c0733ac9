"""Trees of the real rsnapshot and rsync in every state that matters, read by the real probes, judged by the checks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pepperbird.model.gap import GapReason
from tests.integration.test_integration_repositories import judged
from tests.support.probed import collected, run_probe
from tests.support.repositories_made import make, sh
from tests.support.require import require, require_root

pytestmark = pytest.mark.slow

RSNAPSHOT = r"""
mkdir -p data/a data/b; echo x > data/a/f; echo y > data/b/f
file() { # file NAME [MORE]: rsnapshot's file of a tree, two targets, seven days and some months
  mkdir -p $1
  printf '%b\n' 'config_version\t1.2' "snapshot_root\t$PWD/$1/" 'cmd_cp\t/bin/cp' 'cmd_rm\t/bin/rm' 'verbose\t1' \
    'cmd_rsync\t/usr/bin/rsync' 'cmd_ssh\t/usr/bin/ssh' 'ssh_args\t-p 1 -o BatchMode=yes' 'retain\tdaily\t7' \
    'retain\tmonthly\t6' 'loglevel\t3' "lockfile\t$PWD/$1.lock" "logfile\t$PWD/$1.log" \
    "backup\t$PWD/data/a/\tdb-1/" "${2:-backup\t$PWD/data/b/\tweb-1/srv/}" ${3:+"$3"} > $1.conf
}
run() { rsnapshot -c $PWD/$1.conf ${2:-daily} >/dev/null 2>&1; }
aged() { # aged NAME: as if the tree were older
  for days in 1 2 3 4 5 6; do [ ! -d $1/daily.$days ] || touch -d "$days days ago" $1/daily.$days; done
  for months in 0 1 2 3; do touch -d "$((months * 30 + 31)) days ago" $1/monthly.$months; done
}
file fresh; for n in 1 2 3 4 5 6 7; do run fresh; done
for n in 0 1 2 3; do cp -al fresh/daily.6 fresh/monthly.$n; done; aged fresh
file old; run old; touch -d '9 days ago' old/daily.0
file none
file pruned; run pruned
file failing "backup\troot@127.0.0.1:/x/\tweb-1/srv/"; run failing || true; file failing; run failing
touch -d '3 days ago' failing/daily.0; file failing "backup\troot@127.0.0.1:/x/\tweb-1/srv/"; run failing || true
file refused; run refused; printf 'backup /no-tabs/ x/\n' >> refused.conf; run refused || true
file broken; run broken; run broken; printf '[%s] /usr/bin/rsnapshot daily: started\n' "$(date +%FT%T)" >> broken.log
echo 4194999 > broken.lock; touch -d '3 days ago' broken.lock; mkdir broken/_delete.77
cp -a broken running; file running; cp broken.log running.log; rmdir running/_delete.77
file unlogged; sed -i '/^logfile/d' unlogged.conf; run unlogged
file lacking; run lacking; rm -r lacking/daily.0/web-1; file added "backup_script\t/bin/true\tdumps/"; run added || true
file including; run including; printf 'include_conf\t/etc/more.conf\n' >> including.conf
file first 'sync_first\t1' "backup\t$PWD/data/b/\tweb-1/"; run first sync; run first
"""


@pytest.fixture(scope="module")
def rsnapshot(tmp_path_factory: pytest.TempPathFactory) -> Any:
    require("rsnapshot", "rsync")
    require_root()
    folder = tmp_path_factory.mktemp("rsnapshot")
    make(folder, RSNAPSHOT)
    # A process that lives on, as that of a run that goes on now.
    (folder / "running.lock").write_text("1\n")
    given = [value for name in TREES for value in (name, f"{folder}/{name}", f"{folder}/{name}.conf")]
    given += ["unnamed", f"{folder}/fresh", "", "nofile", f"{folder}/fresh", f"{folder}/no.conf"]
    given += ["elsewhere", f"{folder}/fresh", f"{folder}/old.conf"]
    before = sh(f"find {folder} -printf '%p %T@ %s\n' | sort | md5sum")
    facts = collected(sh, "rsnapshot", given)
    assert sh(f"find {folder} -printf '%p %T@ %s\n' | sort | md5sum") == before, "something was written to"
    return facts


TREES = (
    "fresh", "old", "none", "pruned", "failing", "refused", "broken", "running", "unlogged", "lacking", "including",
    "first", "gone",
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "recent", "leftovers"),
    [
        ("fresh", "pass", "pass"), ("old", "fail", "pass"), ("none", "error", "error"), ("pruned", "pass", "pass"),
        # The newest folder is new, and holds the old files of the source that could not be fetched.
        ("failing", "fail", "fail"),
        ("refused", "fail", "fail"), ("broken", "fail", "fail"), ("running", "pass", "pass"),
        ("unlogged", "error", "error"), ("lacking", "fail", "pass"), ("including", "error", "error"),
        ("first", "pass", "pass"), ("gone", "error", "error"), ("unnamed", "unchecked", "unchecked"),
        ("nofile", "error", "error"), ("elsewhere", "error", "error"), ("undeclared", "error", "error"),
    ],
)  # fmt: skip
def test_rsnapshot(rsnapshot: Any, name: str, recent: str, leftovers: str) -> None:
    assert judged("rsnapshot.recent", "BR-02", "rsnapshot", rsnapshot, name) == recent
    assert judged("rsnapshot.no-leftovers", "BR-19", "rsnapshot", rsnapshot, name) == leftovers


def test_the_history_of_rsnapshot(rsnapshot: Any) -> None:
    assert judged("rsnapshot.deep", "BR-05", "rsnapshot", rsnapshot, "fresh") == "pass"
    assert judged("rsnapshot.deep", "BR-05", "rsnapshot", rsnapshot, "pruned") == "fail"


def test_rsnapshot_on_a_disk_that_is_not_mounted_is_never_a_pass(rsnapshot: Any) -> None:
    assert judged("rsnapshot.recent", "BR-02", "rsnapshot", rsnapshot, "fresh", mount="/mnt/usb") == "error"
    assert judged("rsnapshot.recent", "BR-02", "rsnapshot", rsnapshot, "fresh", mount="/") == "pass"


def test_what_the_file_of_rsnapshot_says_should_be_there(rsnapshot: Any) -> None:
    groups = {row["id"]: row["count"] for row in rsnapshot["points"] if row["repository"] in ("fresh", "lacking")}
    assert groups == {"fresh: db-1": 11, "fresh: web-1": 11, "lacking: db-1": 1, "lacking: web-1": 0}
    refused = next(row for row in rsnapshot["repositories"] if row["id"] == "refused")
    assert (refused["tested"], refused["faults"]) == (False, [16])


RSYNC = r"""
mkdir source nothing; echo x > source/f
copy() { rsync -a --log-file=$PWD/$1.log source/ ${2:-$1/} 2>/dev/null; }
for one in mirror old shut cut emptied; do copy $one; done; touch -d '3 days ago' old.log
rsync -a --log-file=$PWD/shut.log source/ gone-source/ shut/ 2>/dev/null || true
printf '%s [4194999] building file list\n' "$(date '+%Y/%m/%d %T')" >> cut.log
rsync -a --delete --log-file=$PWD/emptied.log nothing/ emptied/; echo x > emptied/left
for days in 0 1 2 3 4 100; do mkdir -p daily; copy daily daily/deeds-$(date -d "$days days ago" +%F)/; done
cp -a daily half; cp daily.log half.log
rsync -a --log-file=$PWD/half.log gone-source/ half/deeds-$(date +%F) 2>/dev/null || true
mkdir vacant; copy away mirror/
rsync -av --log-file=$PWD/loud.log source/ loud/ > /dev/null
rsync -a --stats --log-file=$PWD/counted.log source/ counted/ > /dev/null
copy torn; for n in $(seq 4000); do echo "$(date '+%Y/%m/%d %T') [7] >f+++++++++ $n"; done >> torn.log
copy torn; head -c 4096 /dev/zero >> torn.log; echo >> torn.log
rsync -a --log-file=$PWD/torn.log source/ gone-source/ torn/ 2>/dev/null || true
copy unread; rm unread.log; mkdir unread.log
copy led; rm led.log; echo 'root:$6$secret' > secret; ln -s secret led.log
"""
COPIES = (
    "mirror", "old", "shut", "cut", "emptied", "daily", "half", "vacant", "gone", "loud", "counted", "led", "torn",
    "unread",
)  # fmt: skip


@pytest.fixture(scope="module")
def rsync(tmp_path_factory: pytest.TempPathFactory) -> Any:
    require("rsync")
    require_root()
    folder = tmp_path_factory.mktemp("rsync")
    make(folder, RSYNC)
    given = [value for name in COPIES for value in (name, f"{folder}/{name}", f"{folder}/{name}.log")]
    assert b"secret" not in run_probe(sh, "rsync", "trees", *given).stdout
    given += ["unnamed", f"{folder}/mirror", "", "nolog", f"{folder}/mirror", f"{folder}/no.log"]
    return collected(sh, "rsync", given)


@pytest.mark.parametrize(
    ("name", "recent", "deep", "ended"),
    [
        ("mirror", "pass", "fail", "pass"), ("old", "fail", "fail", "pass"), ("shut", "fail", "fail", "fail"),
        ("cut", "fail", "fail", "fail"), ("emptied", "fail", "fail", "fail"), ("daily", "pass", "pass", "pass"),
        ("half", "fail", "pass", "fail"), ("vacant", "error", "fail", "error"), ("gone", "error", "error", "error"),
        ("unnamed", "unchecked", "unchecked", "unchecked"), ("nolog", "error", "error", "error"),
        ("undeclared", "error", "error", "error"),
        ("loud", "pass", "fail", "pass"), ("counted", "pass", "fail", "pass"), ("led", "error", "error", "error"),
        ("torn", "fail", "fail", "fail"), ("unread", "error", "error", "error"),
    ],
)  # fmt: skip
def test_rsync(rsync: Any, name: str, recent: str, deep: str, ended: str) -> None:
    assert judged("rsync.recent", "BR-02", "rsync", rsync, name) == recent
    assert judged("rsync.deep", "BR-05", "rsync", rsync, name) == deep
    assert judged("rsync.run-ended", "BR-19", "rsync", rsync, name) == ended


def test_why_a_tree_could_not_be_seen(rsnapshot: Any, rsync: Any) -> None:
    rows = {row["id"]: row for row in [*rsnapshot["repositories"], *rsync["repositories"]]}
    assert rows["including"]["ended"].reason is GapReason.UNSUPPORTED
    assert rows["elsewhere"]["ended"].reason is GapReason.NOT_FOUND
    assert rows["nolog"]["ended"].reason is GapReason.NOT_FOUND
    assert rows["unnamed"]["ended"].reason is GapReason.NO_CREDENTIAL


def test_an_account_without_the_rights_is_denied(tmp_path: Path) -> None:
    require("setpriv")
    require_root()
    for name, field in (("rsnapshot", "c.conf"), ("rsync", "log")):
        facts = collected(sh, name, ["vault", str(tmp_path), f"{tmp_path}/{field}"], user="daemon")
        assert facts["points"].reason is GapReason.DENIED
