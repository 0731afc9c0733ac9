"""What Windows PowerShell 5.1 makes of JSON, and what a hostile server could: values where all is accounted for."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pepperbird.model.gap import Gap, GapReason
from pepperbird.observe.parsers import powershell, windows
from pepperbird.observe.text import Unseen
from tests.support.samples import samples

SAMPLES = {one.folder.name: one.outputs() for one in samples() if one.namespace == "windows"}
GOOD = {name.partition(".")[2]: output.stdout for name, output in SAMPLES["server-2019"].items()}


def changed(probe: str, **changes: Any) -> bytes:
    return json.dumps(json.loads(GOOD[probe]) | changes).encode()


def without(probe: str, name: str) -> bytes:
    return json.dumps({key: value for key, value in json.loads(GOOD[probe]).items() if key != name}).encode()


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-8-sig", "utf-8"])
def test_text_is_read_in_whatever_encoding_its_mark_says(encoding: str) -> None:
    mark = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"")
    said = GOOD["system"].decode().replace("Microsoft", "Ministère").replace("\n", "\r\n")
    assert windows.system(mark + said.encode(encoding))["name"] == "Ministère Windows Server 2019 Standard"


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\n", b"\xff\xfe", b"\xff\xfe{", b"\xff\xfe{\0}", GOOD["system"].decode().encode("utf-16-le"), b"{}\0",
        b"\xff\xff\xff", b"[]", b"null", b"{", b"{}{}", b"[" * 100_000, b'{"a":' * 1000, b" " * (9 << 20),
        b"Get-Volume : The term is not recognized", GOOD["system"][:-5], GOOD["system"] + GOOD["system"],
    ],
)  # fmt: skip
@pytest.mark.parametrize("parse", [windows.system, windows.volumes, windows.backup, windows.smb, windows.sqlserver])
def test_what_is_not_one_record_is_refused(parse: Any, data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse(data)


@pytest.mark.parametrize(
    "cut",
    [
        "System.Object[]", "System.Collections.Hashtable", "@{Name=x; Path=y}", "@{}",
        "Microsoft.Management.Infrastructure",
        "System.Collections.Generic.List`1[System.String]",
    ],
)  # fmt: skip
def test_a_value_that_was_cut_in_its_depth_is_refused(cut: str) -> None:
    for name in json.loads(GOOD["smb"]):
        with pytest.raises(ValueError, match="cut off"):
            windows.smb(changed("smb", **{name: cut}))
    with pytest.raises(ValueError, match="cut off"):
        windows.updates(changed("updates", Updates=[{"HotFixID": cut, "InstalledOn": ""}], UpdatesCount=1))


@pytest.mark.parametrize("rows", [[{"a": 1}], {"a": 1}, {"value": [{"a": 1}], "Count": 1}])
def test_a_list_of_one_is_the_same_however_powershell_wrote_it(rows: Any) -> None:
    assert powershell.rows({"R": rows, "RCount": 1}, "R") == [{"a": 1}]


@pytest.mark.parametrize("rows", [[], None])
def test_an_empty_list_is_one_only_where_its_count_says_so(rows: Any) -> None:
    assert powershell.rows({"R": rows, "RCount": 0}, "R") == []
    with pytest.raises(ValueError, match="as it says"):
        powershell.rows({"R": rows, "RCount": 1}, "R")
    with pytest.raises(ValueError, match="missing"):
        powershell.rows({"R": rows}, "R")


@pytest.mark.parametrize(
    ("rows", "number"),
    [
        ([{}], 2), ([{}, {}], 1), ({}, 0), ([1], 1), ("x", 1), ([{}], "1"), ([{}], True), ([{}], -1), ([{}], 1.0),
        ({"value": [{}, {}], "Count": 1}, 1), ({"value": {}, "Count": 1}, 1), ({"value": [{}], "Count": 1}, 2),
    ],
)  # fmt: skip
def test_a_list_that_is_not_as_long_as_it_says_is_refused(rows: Any, number: Any) -> None:
    with pytest.raises(ValueError, match=r"as it says|whole number"):
        powershell.rows({"R": rows, "RCount": number}, "R")


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        ("/Date(1614820329000)/", "2021-03-04T01:12:09Z"), ("/Date(1614820329000+0100)/", "2021-03-04T01:12:09Z"),
        ("/Date(-1000)/", "1969-12-31T23:59:59Z"), ("2026-11-23T01:12:09.1234567Z", "2026-11-23T01:12:09Z"),
        ({"value": "/Date(1614820329000)/", "DisplayHint": 2, "DateTime": "x"}, "2021-03-04T01:12:09Z"),
    ],
)  # fmt: skip
def test_a_time_in_each_form(told: Any, meant: str) -> None:
    assert powershell.moment(told) == meant


@pytest.mark.parametrize(
    "told",
    [
        "", "11/23/2026 1:12:09 AM", "23.11.2026 01:12:09", "/Date(99999999999999999)/", "/Date(999999999999999)/",
        "/Date()/", "/Date(1e9)/", "2026-11-23T01:12:09", "2026-11-23T01:12:09+01:00", "2026-13-41T01:12:09Z",
        "2026-11-23T01:12:09Z\n", 1614820329000, None, ["x"], {},
    ],
)  # fmt: skip
def test_what_is_no_time_without_doubt_is_refused(told: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        powershell.moment(told)


def test_every_field_that_is_read_must_be_there_and_of_its_kind() -> None:
    for probe, parse in (
        ("system", windows.system), ("volumes", windows.volumes), ("bitlocker", windows.bitlocker),
        ("time", windows.time), ("updates", windows.updates), ("smb", windows.smb),
    ):  # fmt: skip
        parse(GOOD[probe])
        for name in json.loads(GOOD[probe]):
            if name in ("Version", "Features", "FeaturesCount"):  # not read, or not where the command is there
                continue
            for odd in ({}, [{}, 1], 1.5, {"value": 1}):
                with pytest.raises((ValueError, Unseen)):
                    parse(changed(probe, **{name: odd}))
            with pytest.raises((ValueError, Unseen)):
                parse(without(probe, name))


def test_a_volume_of_an_unknown_kind_or_twice_is_not_passed_over() -> None:
    volume = json.loads(GOOD["volumes"])["Volumes"][1]
    with pytest.raises(ValueError, match="not known"):
        windows.volumes(changed("volumes", Volumes=[volume | {"DriveType": "Festplatte"}], VolumesCount=1))
    with pytest.raises(ValueError, match="whole number"):
        windows.volumes(changed("volumes", Volumes=[volume | {"Size": "-1"}], VolumesCount=1))
    assert windows.volumes(changed("volumes", Volumes=[volume | {"DriveType": "3"}], VolumesCount=1))[0]["name"] == "D:"


def test_the_volume_of_windows_itself_must_be_among_those_told() -> None:
    parsed = {"system": windows.system(GOOD["system"]), "bitlocker": windows.bitlocker(GOOD["bitlocker"])}
    told = windows.volumes(GOOD["volumes"])
    with pytest.raises(ValueError, match="not in the list"):
        windows.table({**parsed, "volumes": [one for one in told if one["name"] != "C:"]})
    gap = Gap(GapReason.PARSE, "x")
    assert windows.table({**parsed, "volumes": gap}) is gap
    (found,) = windows.table({**parsed, "volumes": told[:1], "bitlocker": gap})["volumes"]
    assert (found["data"], found["encrypted"]) == (True, gap)


def test_a_volume_that_bitlocker_passes_over_is_not_known() -> None:
    locker = windows.bitlocker(changed("bitlocker", Volumes=[], VolumesCount=0))
    table = windows.table(
        {"system": windows.system(GOOD["system"]), "volumes": windows.volumes(GOOD["volumes"]), "bitlocker": locker}
    )
    assert all(isinstance(one["encrypted"], Gap) for one in table["volumes"])


@pytest.mark.parametrize(
    ("status", "protection", "encrypted"),
    [
        ("FullyEncrypted", "On", True), ("1", "1", True), ("FullyEncrypted", "Off", False), ("1", "0", False),
        ("EncryptionInProgress", "On", False), ("2", "1", False), ("FullyDecrypted", "Off", False),
        ("DecryptionInProgress", "On", False), ("EncryptionPaused", "Unknown", False),
    ],
)  # fmt: skip
def test_encrypted_is_only_what_is_so_as_a_whole_and_protected(status: str, protection: str, encrypted: bool) -> None:
    row = {"MountPoint": "D:", "VolumeStatus": status, "ProtectionStatus": protection}
    found = windows.bitlocker(changed("bitlocker", Volumes=[row], VolumesCount=1))
    assert found["volumes"]["D:"]["encrypted"] is encrypted


def test_a_locked_volume_and_words_that_are_not_known_prove_nothing() -> None:
    row = {"MountPoint": "D:", "VolumeStatus": "FullyEncrypted", "ProtectionStatus": "Unknown"}
    found = windows.bitlocker(changed("bitlocker", Volumes=[row], VolumesCount=1))
    assert isinstance(found["volumes"]["D:"]["encrypted"], Gap)
    for odd in ({"VolumeStatus": "6"}, {"VolumeStatus": "Verschlüsselt"}, {"ProtectionStatus": "9"}):
        with pytest.raises(ValueError, match="not known"):
            windows.bitlocker(changed("bitlocker", Volumes=[row | odd], VolumesCount=1))


@pytest.mark.parametrize(
    "features", [[], [{"Name": "BitLocker", "InstallState": 1}], [{"Name": "BitLocker", "InstallState": 4}],
                 [{"Name": "BitLocker", "InstallState": 2}] * 2],
)  # fmt: skip
def test_that_bitlocker_is_not_installed_is_said_by_windows_or_not_believed(features: list[Any]) -> None:
    said = changed(
        "bitlocker", Command=False, Volumes=[], VolumesCount=0, Features=features, FeaturesCount=len(features)
    )
    with pytest.raises(Unseen) as unseen:
        windows.bitlocker(said)
    assert unseen.value.gap.reason is GapReason.UNSUPPORTED


def lines(*said: str, exit_status: int = 0) -> bytes:
    return json.dumps({"Exit": exit_status, "Lines": list(said), "LinesCount": len(said)}).encode()


def test_the_time_service_in_another_language_or_failing_proves_nothing() -> None:
    french = lines("Indicateur de dérive : 0(pas d'avertissement)", "Couche : 3", "Source : dc01")
    with pytest.raises(Unseen) as unseen:
        windows.time(french)
    assert unseen.value.gap.reason is GapReason.UNSUPPORTED
    with pytest.raises(ValueError, match="did not answer"):
        windows.time(lines("The following error occurred: (0x8007045B)", exit_status=-1))
    with pytest.raises(ValueError, match="did not answer"):
        windows.time(json.dumps({"Lines": [], "LinesCount": 0}).encode())


def test_the_servers_own_clock_is_known_by_its_number_whatever_its_name_is() -> None:
    head = ("Leap Indicator: 0(no warning)", "Stratum: 1 (primary reference - syncd by radio clock)")
    found = windows.time(lines(*head, 'ReferenceId: 0x4C4F434C (source name:  "LOCL")', "Source: Horloge CMOS locale"))
    assert found["source"] == "Local CMOS Clock"
    found = windows.time(
        lines(*head, "ReferenceId: 0x00000000 (unspecified)", "Source: VM IC Time Synchronization Provider")
    )
    assert found["source"] == "VM IC Time Synchronization Provider"


@pytest.mark.parametrize(("leap", "stratum"), [("x", "3"), ("0", "-1"), ("0", "٣"), ("0", ""), ("", "3")])
def test_numbers_of_the_time_service_are_numbers(leap: str, stratum: str) -> None:
    with pytest.raises((ValueError, Unseen)):
        windows.time(lines(f"Leap Indicator: {leap}", f"Stratum: {stratum}", "Source: dc01"))


def test_updates_without_a_day_are_not_known_and_a_false_day_is_refused() -> None:
    row = {"HotFixID": "KB1", "InstalledOn": ""}
    found = windows.updates(changed("updates", Updates=[row], UpdatesCount=1))
    assert isinstance(found["newest"], Gap)
    assert isinstance(windows.updates(changed("updates", Updates=[], UpdatesCount=0))["newest"], Gap)
    for odd in ("2026-02-30", "11/12/2026", "2026-11-12T00:00:00Z", "٢٠٢٦-١١-١٢"):
        with pytest.raises(ValueError, match="day"):
            windows.updates(changed("updates", Updates=[row | {"InstalledOn": odd}], UpdatesCount=1))


def test_a_backup_that_never_was_is_absent_and_a_result_that_is_none_is_refused() -> None:
    for never in ("", None, "/Date(-62135596800000)/"):
        found = windows.backup(changed("backup", LastSuccessfulBackupTime=never))
        assert "newest" not in found
    assert "result" not in windows.backup(changed("backup", LastBackupTime=""))
    assert windows.backup(b'{"Command":false}') == {"installed": False}
    for odd in ("", "0x0", "ok", "1.0"):
        with pytest.raises(ValueError, match="number"):
            windows.backup(changed("backup", LastBackupResultHR=odd))


def test_a_name_that_stands_twice_is_one_server_and_without_a_version_none() -> None:
    bare = {"Name": "A", "Edition": "", "PatchLevel": "", "Version": ""}
    row = bare | {"Version": "16.0.1000.6"}
    for listed in ([bare, row], [row, bare]):
        found = windows.sqlserver(json.dumps({"Instances": listed, "InstancesCount": 2}).encode())
        assert [(one["name"], one["series"]) for one in found["instances"]] == [("A", "mssql 16")]
    with pytest.raises(ValueError, match="without a version"):
        windows.sqlserver(json.dumps({"Instances": [bare], "InstancesCount": 1}).encode())


@pytest.mark.parametrize("version", ["", "15", "15.0", "x.0.1", "15.0.2000.5; DROP", "15.0.²"])
def test_a_version_of_sql_server_is_one(version: str) -> None:
    row = {"Name": "A", "Edition": "E", "PatchLevel": version, "Version": version}
    with pytest.raises(ValueError, match="version"):
        windows.sqlserver(json.dumps({"Instances": [row], "InstancesCount": 1}).encode())
