"""AWS Backup as it is documented to answer: every state and its verdict; what is no answer is never an empty vault."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from pepperbird.collect.s3 import S3Transport
from pepperbird.evaluate.judge import evaluate
from pepperbird.model.evidence import AssetEvidence, Evidence, Memory, Transcript
from pepperbird.model.gap import GapReason
from pepperbird.model.plan import Selection
from pepperbird.model.site import Access, Agency, Asset, Repository, Site, SiteFile, Store
from pepperbird.model.state import AssetKind, Tier
from pepperbird.model.verdict import Finding
from pepperbird.plan.make import make_plan
from pepperbird.plan.s3_rights import policies
from tests.support.aws_stub import ago, body, kept_well, model, point, refused, restore, serving, vault_arn
from tests.support.databases import catalog
from tests.support.objects import ask, seen

pytestmark = pytest.mark.slow

VAULTS = ("BR-02.6", "BR-03.2", "BR-05.2", "BR-09.4")
COPIES = ("BR-01.1", "BR-01.2", "BR-07.2", "BR-08.2", "BR-12.2")
CONTROLS = ("BR-01", "BR-02", "BR-03", "BR-05", "BR-07", "BR-08", "BR-09", "BR-12", "BR-17")
ACTIONS = {
    "DescribeBackupVault": {"BR-08.2"}, "ListBackupJobs": {"BR-03.2"}, "ListProtectedResources": {"BR-01.2"},
    "ListRestoreJobs": {"BR-12.2"},
    "ListRecoveryPointsByBackupVault": {"BR-01.1", "BR-02.6", "BR-03.2", "BR-05.2", "BR-07.2", "BR-08.2", "BR-09.4"},
}  # fmt: skip


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_STUB", "stub-secret-1")


def register(at: str = "eu-west-1", vault: str | None = "main", backup_as: tuple[str, ...] = ()) -> Site:
    access = {"via": "s3", "at": at, "as": "KEY", "secret": "env:SECRET_OF_STUB", "account": "123456789012"}
    agency = Agency(
        id="sample", name="Sample", tier=Tier.STANDARD,
        assets=(Asset(id="objects", kind=AssetKind.S3_BUCKET, access=(Access.model_validate(access),)),),
        stores=(
            Store(id="scans", asset="objects", bucket="deeds", backed_up_to=("cloud",), backup_as=backup_as),
        ),
        repositories=(Repository(id="cloud", tool="aws-backup", on="objects", vault=vault),),
    )  # fmt: skip
    return Site(file=SiteFile(name="s"), agencies=(agency,))


Found = dict[str, Finding]


def looked(told: dict[str, Any], other: Any = None, *, page: int = 1000, site: Site | None = None) -> tuple[
    Found, AssetEvidence, Transcript
]:  # fmt: skip
    """The first finding of each clause, what was seen, and what was said."""
    declared = site or register()
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    plan = make_plan(catalog(), declared, Selection(controls=CONTROLS), at=now)
    with serving(told, other, page=page) as (url, asked):
        transcript = ask(plan.endpoints[0], transport=S3Transport(aws=url))
    assert all(one.startswith("GET ") for one in asked)
    evidence = seen(plan.endpoints[0], transcript)
    verdicts = evaluate(catalog(), plan, Evidence({evidence.asset: evidence}), Memory(), site=declared, at=now)
    found: Found = {}
    for verdict in verdicts:
        for one in (one for result in verdict.clauses for one in result.findings):
            if one.clause in VAULTS + COPIES:
                found.setdefault(one.clause, one)
    return found, evidence, transcript


def states(told: dict[str, Any], other: Any = None, **more: Any) -> dict[str, str]:
    return {clause: str(one.state) for clause, one in sorted(looked(told, other, **more)[0].items())}


GOOD = {
    "BR-01.1": "pass", "BR-01.2": "pass", "BR-02.6": "pass", "BR-03.2": "pass", "BR-05.2": "pass", "BR-07.2": "fail",
    "BR-08.2": "pass", "BR-09.4": "pass", "BR-12.2": "pass",
}  # fmt: skip


def changed(change: Callable[[dict[str, Any]], object], **expected: str) -> None:
    """Just these clauses change, to these states."""
    told = kept_well()
    change(told)
    found = states(told)
    wanted = {name.replace("_", "-").replace("x", "."): state for name, state in expected.items()}
    assert {clause: state for clause, state in found.items() if state != GOOD[clause]} == wanted


def test_an_account_in_order_passes_and_has_no_copy_in_another_region() -> None:
    assert states(kept_well()) == GOOD


def points(*rows: dict[str, Any]) -> Callable[[dict[str, Any]], object]:
    return lambda told: told["ListRecoveryPointsByBackupVault"].update(main=list(rows))


def old(told: dict[str, Any]) -> None:
    rows = told["ListRecoveryPointsByBackupVault"]
    rows["main"] = [row for row in rows["main"] if row["CreationDate"] < ago(days=15)]


def test_old() -> None:
    changed(old, BR_02x6="fail", BR_08x2="fail")


def test_none_at_all() -> None:
    changed(points(), BR_01x1="fail", BR_02x6="fail", BR_05x2="fail", BR_08x2="fail", BR_09x4="fail")


def test_the_last_backup_saved_only_a_part() -> None:
    def partial(told: dict[str, Any]) -> None:
        told["ListRecoveryPointsByBackupVault"]["main"].append(point(ago(hours=1), Status="PARTIAL"))

    changed(partial, BR_02x6="fail")


def test_nothing_but_parts_is_nothing() -> None:
    part = points(*(point(ago(hours=6, days=day), Status="PARTIAL") for day in range(0, 400, 10)))
    changed(part, BR_01x1="fail", BR_02x6="fail", BR_05x2="fail", BR_08x2="fail")


def test_one_in_the_clear() -> None:
    def clear(told: dict[str, Any]) -> None:
        told["ListRecoveryPointsByBackupVault"]["main"][3]["IsEncrypted"] = False

    changed(clear, BR_09x4="fail")


def test_pruned_to_too_little() -> None:
    few = points(*(point(ago(hours=6, days=day)) for day in range(10)))
    changed(few, BR_05x2="fail")


def test_deleted_before_they_are_old_enough() -> None:
    def short(told: dict[str, Any]) -> None:
        told["ListRecoveryPointsByBackupVault"]["main"][0]["Lifecycle"] = {"DeleteAfterDays": 35}

    changed(short, BR_05x2="fail")


def test_of_another_resource() -> None:
    def other(told: dict[str, Any]) -> None:
        for row in told["ListRecoveryPointsByBackupVault"]["main"]:
            row["ResourceArn"] = "arn:aws:s3:::deeds-old"

    changed(other, BR_01x1="fail", BR_08x2="fail")


@pytest.mark.parametrize(
    "lock",
    [
        {"Locked": False}, {}, {"Locked": True, "MinRetentionDays": 35},
        {"Locked": True, "LockDate": ago(days=-2), "MinRetentionDays": 35},
        {"Locked": True, "LockDate": ago(days=9), "MinRetentionDays": 7}, {"Locked": True, "LockDate": ago(days=9)},
        {"VaultType": "LOGICALLY_AIR_GAPPED_BACKUP_VAULT", "Locked": True, "MinRetentionDays": 7},
    ],
    ids=["open", "nothing said", "governance", "grace", "too short", "no minimum", "air-gapped and too short"],
)  # fmt: skip
def test_a_lock_that_does_not_hold(lock: dict[str, Any]) -> None:
    changed(lambda told: told["DescribeBackupVault"].update(main=lock), BR_08x2="fail")


def test_an_air_gapped_vault_holds() -> None:
    lock = {"VaultType": "LOGICALLY_AIR_GAPPED_BACKUP_VAULT", "Locked": True, "MinRetentionDays": 35}
    changed(lambda told: told["DescribeBackupVault"].update(main=lock))


def test_copied_from_another_region() -> None:
    copy = point(ago(hours=6), SourceBackupVaultArn=vault_arn("main", "eu-central-1"))
    changed(lambda told: told["ListRecoveryPointsByBackupVault"]["main"].append(copy), BR_07x2="pass")
    same = point(ago(hours=6), SourceBackupVaultArn=vault_arn("other"))
    changed(lambda told: told["ListRecoveryPointsByBackupVault"]["main"].append(same))


def test_a_vault_of_copies_alone_has_no_jobs_that_could_be_judged() -> None:
    def copies(told: dict[str, Any]) -> None:
        for row in told["ListRecoveryPointsByBackupVault"]["main"]:
            row["SourceBackupVaultArn"] = vault_arn("main", "eu-central-1")
        told["ListBackupJobs"] = {"main": []}

    changed(copies, BR_03x2="error", BR_07x2="pass")


def test_jobs() -> None:
    jobs = [{"BackupJobId": str(number), "State": "COMPLETED"} for number in range(26)]
    failed = [{"BackupJobId": f"f{n}", "State": s} for n, s in enumerate(("FAILED", "ABORTED", "EXPIRED", "PARTIAL"))]
    changed(lambda told: told.update(ListBackupJobs={"main": jobs + failed}), BR_03x2="fail")
    changed(lambda told: told.update(ListBackupJobs={"main": jobs + failed[:2] + [{"State": "RUNNING"}]}))
    changed(lambda told: told.update(ListBackupJobs={"main": [{"State": "RUNNING"}]}), BR_03x2="fail")


def test_restores() -> None:
    def one(row: dict[str, Any]) -> Callable[[dict[str, Any]], object]:
        return lambda told: told.update(ListRestoreJobs=[restore(ago(days=60)), row])

    changed(one(restore(ago(days=1), ValidationStatus="FAILED")), BR_12x2="fail")
    changed(one(restore(ago(days=1), Status="FAILED")), BR_12x2="fail")
    changed(one(restore(ago(days=1), Status="RUNNING")))
    changed(lambda told: told.update(ListRestoreJobs=[restore(ago(days=300))]), BR_12x2="fail")
    changed(lambda told: told.update(ListRestoreJobs=[]), BR_12x2="fail")
    changed(lambda told: told.update(ListRestoreJobs=[restore(ago(days=1), SourceResourceArn="arn:x")]), BR_12x2="fail")
    unchecked = {name: value for name, value in restore(ago(days=1)).items() if name != "ValidationStatus"}
    changed(one(unchecked), BR_12x2="error")


def test_not_among_what_is_backed_up() -> None:
    changed(lambda told: told.update(ListProtectedResources=[]), BR_01x2="fail")


@pytest.mark.parametrize("operation", ACTIONS)
def test_each_action_taken_away_makes_just_its_own_clauses_unknown_and_names_it(operation: str) -> None:
    found, _, _ = looked(
        kept_well(), lambda name, _: refused(name, "AccessDeniedException") if name == operation else None
    )
    errors = {clause: one for clause, one in found.items() if str(one.state) == "error"}
    assert errors.keys() == ACTIONS[operation]
    for one in errors.values():
        assert one.gap is not None and one.gap.reason is GapReason.DENIED
        assert f"backup:{operation}" in one.gap.detail and f"Allow backup:{operation} on" in one.gap.remedy


def test_the_policy_allows_just_that() -> None:
    plan = make_plan(catalog(), register(), Selection(controls=CONTROLS), at="2026-11-24T02:00:00Z")
    statements = {one["Sid"]: one for one in json.loads(policies(catalog(), plan.endpoints))["Statement"]}
    actions = {one for part in statements.values() for one in part["Action"] if one.startswith("backup:")}
    assert actions == {f"backup:{operation}" for operation in ACTIONS}
    assert statements["PepperbirdVaults"]["Resource"] == [vault_arn("main")]
    bare = make_plan(catalog(), register(vault=None), Selection(controls=CONTROLS), at="2026-11-24T02:00:00Z")
    assert "backup:" not in policies(catalog(), bare.endpoints)


PAGE = b"<!doctype html>\n<html lang=en><title>404 Not Found</title>"


@pytest.mark.parametrize(
    ("said", "reason", "words"),
    [
        ((404, PAGE), GapReason.UNSUPPORTED, "no answer to"), ((200, PAGE), GapReason.UNSUPPORTED, "no answer to"),
        ((200, b""), GapReason.UNSUPPORTED, "it answered nothing at all"),
        ((200, b"{}"), GapReason.UNSUPPORTED, "it answered without"),
        ((404, b"{}"), GapReason.UNSUPPORTED, "404 without a word for it"),
        ((200, b"<ListBucketResult/>"), GapReason.UNSUPPORTED, "<ListBucketResult>"),
        ((200, b'{"RecoveryPoints": "x'), GapReason.UNSUPPORTED, "it answered without"),
        ((400, b'{"__type": "UnknownOperationException"}'), GapReason.UNSUPPORTED, "does not know"),
        ((403, b'{"__type": "InvalidSignatureException"}'), GapReason.LOGIN_REFUSED, "does not take this key"),
    ],
    ids=["page", "page 200", "empty", "no member", "bare 404", "another answer", "broken", "unknown", "wrong key"],
)  # fmt: skip
def test_what_is_no_answer_is_an_error_and_never_an_empty_vault(
    said: tuple[int, bytes], reason: GapReason, words: str
) -> None:
    found, _, _ = looked(kept_well(), lambda name, vault: said)
    assert {str(one.state) for one in found.values()} == {"error"} and len(found) == len(GOOD)
    for one in found.values():
        assert one.gap is not None and one.gap.reason is reason and words in one.gap.detail, one.gap


def test_a_word_that_is_not_known_is_an_error() -> None:
    row = point(ago(hours=1)) | {"Status": "SHINY"}
    told = kept_well()
    told["ListRecoveryPointsByBackupVault"]["main"].append(row)
    found, _, _ = looked(told)
    assert str(found["BR-02.6"].state) == "error"


def test_all_pages_are_gone_through() -> None:
    assert states(kept_well(), page=7) == GOOD


def test_more_pages_than_are_gone_through_are_an_error() -> None:
    told = kept_well()
    told["ListRecoveryPointsByBackupVault"]["main"] *= 2
    found, _, _ = looked(told, page=1)
    why = found["BR-05.2"].gap
    assert why is not None and why.reason is GapReason.TRUNCATED


def test_a_vault_that_is_not_there() -> None:
    found, _, _ = looked(kept_well(), site=register(vault="gone"))
    why = found["BR-08.2"].gap
    assert why is not None and why.reason is GapReason.NOT_FOUND and "gone" in why.detail


def test_no_vault_is_declared_and_nothing_is_asked() -> None:
    found, _, transcript = looked(kept_well(), site=register(vault=None))
    assert not any(one.stdout.startswith(b'{"answer"') for one in transcript.probes.values())
    assert str(found["BR-02.6"].state) == "unchecked" and found["BR-02.6"].gap is not None
    assert "`vault:`" in found["BR-02.6"].gap.remedy
    assert found["BR-01.1"].gap is not None and "`vault:`" in found["BR-01.1"].gap.remedy


def test_another_server_than_aws_has_none() -> None:
    plan = make_plan(
        catalog(), register("http://127.0.0.1:9"), Selection(controls=("BR-02",)), at="2026-11-24T02:00:00Z"
    )
    facts = seen(plan.endpoints[0], ask(plan.endpoints[0])).facts["aws_backup"]
    assert facts["points"].reason is GapReason.UNSUPPORTED and "a service of AWS" in facts["points"].detail


def test_a_closed_port_is_told_of_every_question() -> None:
    plan = make_plan(catalog(), register(), Selection(controls=("BR-02",)), at="2026-11-24T02:00:00Z")
    facts = seen(plan.endpoints[0], ask(plan.endpoints[0], transport=S3Transport(aws="http://127.0.0.1:9")))
    (row,) = facts.facts["aws_backup"]["points"]
    assert row["count"].reason is GapReason.UNREACHABLE and "no connection" in row["count"].detail


def test_nothing_but_the_columns_that_are_judged_leaves_the_scanner() -> None:
    told = kept_well()
    told["ListRecoveryPointsByBackupVault"]["main"][0]["ResourceName"] = "a-private-name"
    _, _, transcript = looked(told)
    assert "a-private-name" not in repr(transcript) and "RecoveryPointArn" not in repr(transcript)


def test_the_stub_says_nothing_that_the_service_model_does_not_know() -> None:
    with pytest.raises(AssertionError, match="has no"):
        body("ListBackupJobs", {"Jobs": []})
    with pytest.raises(AssertionError, match="Invalid type"):
        body("ListBackupJobs", {"BackupJobs": [{"State": 7}]})
    with pytest.raises(AssertionError, match="NoSuchVault"):
        refused("ListBackupJobs", "NoSuchVault")


def test_the_words_of_the_parser_are_those_of_the_service_model() -> None:
    from pepperbird.observe.parsers import aws_backup

    def words(operation: str, rows: str, member: str) -> set[str]:
        shape = model().operation_model(operation).output_shape.members[rows].member.members[member]
        return set(shape.enum)

    assert words("ListRecoveryPointsByBackupVault", "RecoveryPoints", "Status") == aws_backup._POINTS
    assert words("ListBackupJobs", "BackupJobs", "State") == aws_backup._JOBS
    assert words("ListRestoreJobs", "RestoreJobs", "Status") == aws_backup._RESTORES
    assert words("ListRestoreJobs", "RestoreJobs", "ValidationStatus") | {""} == aws_backup._CHECKED
    kinds = model().operation_model("DescribeBackupVault").output_shape.members["VaultType"].enum
    assert {*kinds, ""} == aws_backup._TYPES


def test_every_column_that_content_keeps_is_one_of_the_service_model() -> None:
    for probe in catalog().collectors["aws_backup"].probes.values():
        if probe.call is None:
            continue
        shape = model().operation_model(probe.call.operation)
        assert set(probe.call.must) | set(probe.call.keep) <= set(shape.output_shape.members)
        assert set(probe.call.given) <= set(shape.input_shape.members)
        if probe.call.columns:
            rows = shape.output_shape.members[probe.call.keep[0]].member
            assert set(probe.call.columns) <= set(rows.members)
        if probe.call.next:
            assert probe.call.next in shape.input_shape.members and probe.call.next in shape.output_shape.members
