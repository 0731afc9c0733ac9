"""docs/operating.md tells the truth: its examples are a valid site, its figures and events are those that there are."""

from __future__ import annotations

import re
from pathlib import Path

from pepperbird.fleet.due import timed
from pepperbird.fleet.health import Snapshot
from pepperbird.fleet.metrics import metrics
from pepperbird.inventory.read import read_site
from pepperbird.model.delivery import Delivery, DigestDay
from pepperbird.model.retention import Backups, Retention
from pepperbird.model.schedule import Schedule
from pepperbird.model.serve import Serve

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")


def test_the_examples_are_a_valid_site(tmp_path: Path) -> None:
    schedules, hours, serve, backups, own, retention = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "agencies").mkdir()
    delivery = "delivery: {folder: {path: out}}\n"
    (tmp_path / "site.yaml").write_text(f"name: Test\n{schedules}{serve}{backups}{retention}{delivery}")
    own = own.replace("SHA256:...", f"SHA256:{'A' * 43}")
    names = ("db", "scanner", "keeper")
    servers = "assets:\n" + "".join(
        f"  - {{id: {name}, kind: linux-server, access: [{{via: ssh, at: {name}, zone: dmz}}]}}\n" for name in names
    )
    for name, more in (("lra", hours + servers + own), ("moh", "")):
        (tmp_path / "agencies" / f"{name}.yaml").write_text(f"id: {name}\nname: {name}\ntier: standard\n{more}")
    site = read_site(tmp_path)
    assert [one.id for one in timed(site.file)] == ["nightly", "weekly-deep", "databases"]
    assert site.file.backups == Backups(to="/mnt/backups/pepperbird"), "those shown are those that are left out"
    assert site.file.defaults.retention is not None
    assert set(Retention.model_fields) == site.file.defaults.retention.model_fields_set, "each kind is shown"
    assert set(Serve.model_fields) == site.file.serve.model_fields_set, "each of them is shown"
    assert [one.id for one in site.agency("lra").repositories] == ["own"]
    assert site.agency("lra").sites[0].power == ("06:00-22:00",)


def test_every_field_of_a_schedule_is_told() -> None:
    for name in Schedule.model_fields.keys() - {"id"}:
        assert re.search(rf"^\| .*`{name}`", PAGE, re.MULTILINE), name


def test_the_figures_to_be_woken_by_exist() -> None:
    named = set(re.findall(r"`(pepperbird_[a-z_]+)`", PAGE))
    exist = set(re.findall(r"^# TYPE (\S+)", metrics(Snapshot("2026-11-23T12:00:00Z")), re.MULTILINE))
    assert len(named) > 4 and named <= exist


def test_every_event_of_the_log_is_told_and_no_other() -> None:
    code = "".join(path.read_text() for path in (ROOT / "pepperbird" / "fleet").glob("*.py"))
    logged = set(re.findall(r"log\.(?:info|warning|error)\(\s*\"([a-z-]+)\"", code))
    logged |= {f"{part}-failing" for part in ("store", "work")}
    listed = re.search(r"Events: (.*?)\. No secret", PAGE, re.DOTALL)
    assert listed is not None
    assert set(re.findall(r"`([a-z-]+)`", listed.group(1))) == logged


def test_the_examples_of_delivery_are_a_valid_site(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "delivery.md").read_text(encoding="utf-8")
    delivery, contacts, digest, serve = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    (tmp_path / "agencies").mkdir()
    day = digest.removeprefix("delivery:\n")
    (tmp_path / "site.yaml").write_text(f"name: Test\n{delivery}{day}{serve}")
    (tmp_path / "agencies" / "moh.yaml").write_text(f"id: moh\nname: Health\ntier: standard\n{contacts}")
    site = read_site(tmp_path)
    assert site.file.delivery is not None and site.file.delivery.digest == DigestDay(day="fri", at="08:00")
    assert set(Delivery.model_fields) == site.file.delivery.model_fields_set, "each of them is shown"
    assert [one.digest for one in site.agency("moh").contacts] == [None, "weekly"] and site.file.serve.deliver
    assert DigestDay() == DigestDay(day="mon", at="07:00"), "the page says what is left out"
