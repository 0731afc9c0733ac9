"""A real Ceph gateway in good, bad and denied states: what each gives, and what each right is needed for."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pepperbird.model.evidence import Transcript
from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.plan import Selection
from pepperbird.model.site import Site
from pepperbird.plan.make import make_plan
from pepperbird.plan.s3_rights import policies
from tests.support.databases import catalog
from tests.support.objects import ObjectStore, ask, ceph, endpoint, keep_well, let_in, limit, open_wide, policy, site
from tests.support.objects_judged import brief, judged, states

pytestmark = pytest.mark.slow
STORES = (
    {
        "id": "scans",
        "bucket": "deeds",
        "purpose": "records-archive",
        "owner": "Registrar",
        "class": "secret",
        "backed_up_to": ["safe"],
    },
)
REPOSITORIES = ({"id": "safe", "bucket": "vault"},)
UNKNOWN = ("s3:GetBucketOwnershipControls", "s3:GetEncryptionConfiguration")
"""Actions that Ceph 16 does not know: it refuses a policy with them."""


@pytest.fixture(scope="module")
def store() -> Iterator[ObjectStore]:
    folder = Path(tempfile.mkdtemp(prefix="pepperbird-s3-"))
    folder.chmod(0o755)
    try:
        with ceph(folder / "ceph") as server:
            keep_well(server.client())
            open_wide(server.client())
            limit(server, "vault", size=1 << 30)
            limit(server, "weak", objects=1)
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def kept(store: ObjectStore, tmp_path: Path, **more: Any) -> Site:
    """The two buckets that are kept well, over TLS."""
    given = {"at": store.secure, "ca": store.ca, "buckets": ["deeds", "vault"], **more}
    return site(store, tmp_path / "secret", stores=STORES, repositories=REPOSITORIES, **given)


def gap(transcript: Transcript) -> Gap:
    assert transcript.gap is not None
    assert all(output.gap is not None for output in transcript.probes.values())
    return transcript.gap


def test_what_is_kept_well_passes_and_what_ceph_does_not_know_is_an_error(store: ObjectStore, tmp_path: Path) -> None:
    found = judged(kept(store, tmp_path))
    assert states(found, "deeds") == {
        "DI-12.1": "pass", "DI-12.2": "pass", "DI-13.1": "pass", "DR-08.4": "fail", "DS-01.5": "pass",
        "DS-05.1": "error", "DS-06.4": "error", "DS-07.1": "pass", "DS-07.2": "pass", "DS-07.3": "pass",
        "DS-08.1": "pass", "DS-08.2": "error", "DS-17.1": "pass",
    }  # fmt: skip
    for clause in ("DS-05.1", "DS-06.4", "DS-08.2"):
        why = found[clause]["deeds"].gap
        assert why is not None and why.reason is GapReason.UNSUPPORTED and "<ListBucketResult>" in why.detail
    assert str(found["BR-08.1"]["safe"].state) == "pass"
    assert str(found["BR-17.3"]["vault"].state) == "pass"
    assert found["BR-17.3"]["vault"].message == "vault is 1 % full of what its quota allows"
    assert {name: str(one.state) for name, one in found["DS-01.5"].items()} == {
        "deeds": "pass", "vault": "pass", "open": "fail", "weak": "fail", "scans": "pass",
    }  # fmt: skip


def test_what_is_open_or_weak_fails(store: ObjectStore, tmp_path: Path) -> None:
    stores = [{"id": "scans", "bucket": "open", "purpose": "records-archive", "backed_up_to": ["safe"]}]
    found = judged(
        site(
            store,
            tmp_path / "s",
            stores=stores,
            repositories=[{"id": "safe", "bucket": "weak"}],
            buckets=["open", "weak"],
        )
    )
    opened = states(found, "open")
    assert {clause for clause, state in opened.items() if state == "fail"} == {
        "DI-12.1", "DI-13.1", "DR-08.4", "DS-07.1", "DS-07.2", "DS-07.3", "DS-08.1",
    }  # fmt: skip
    assert opened["DI-12.2"] == "pass"
    weak = states(found, "weak")
    assert weak["DI-12.1"] == "pass" and weak["DI-12.2"] == weak["DS-07.1"] == "fail"
    assert weak["DS-07.2"] == weak["DS-07.3"] == "pass"
    assert str(found["BR-08.1"]["safe"].state) == str(found["BR-17.3"]["weak"].state) == "fail"
    assert "AllUsers READ" in found["DS-07.2"]["open"].message and "s3:PutObject" in found["DS-07.2"]["open"].message


def test_open_data_may_be_read_by_all_and_written_by_nobody(store: ObjectStore, tmp_path: Path) -> None:
    day = (datetime.now(UTC) - timedelta(days=9)).strftime("%Y-%m-%d")
    stores = [{"id": "data", "bucket": "open", "purpose": "open-data", "published": day}]
    found = states(judged(site(store, tmp_path / "s", stores=stores, buckets=["open"])), "open")
    assert found["DS-07.1"] == found["DS-07.3"] == "pass"
    assert found["DS-07.2"] == "fail"


def test_without_any_right_everything_but_the_request_without_a_key_is_denied(
    store: ObjectStore, tmp_path: Path
) -> None:
    found = judged(kept(store, tmp_path, keys=store.pepper))
    errors = {clause: by["deeds"] for clause, by in found.items() if "deeds" in by and clause not in ("DS-01.5",)}
    for clause, one in errors.items():
        if clause == "DS-07.3":
            continue
        assert one.gap is not None and one.gap.reason is GapReason.DENIED, (clause, one)
        assert one.gap.remedy.startswith("Allow s3:Get")
    assert str(errors["DS-07.3"].state) == "pass"
    room = found["BR-17.3"]["vault"].gap
    assert room is not None and room.reason is GapReason.DENIED and "s3:ListBucket of vault" in room.detail
    lock = found["BR-08.1"]["safe"].gap
    assert lock is not None and lock.reason is GapReason.DENIED and "s3:ListBucket" in lock.detail


def test_each_action_is_needed_for_just_its_own_clauses(store: ObjectStore, tmp_path: Path) -> None:
    declared = kept(store, tmp_path, keys=store.pepper)
    plan = make_plan(catalog(), declared, Selection(), at="2026-11-24T02:00:00Z")
    wanted = json.loads(policies(catalog(), plan.endpoints))["Statement"]
    iam = store.client("iam")

    def allow(without: str) -> dict[tuple[str, str], tuple[str, str]]:
        left = [
            {**one, "Action": [action for action in one["Action"] if action not in (*UNKNOWN, without)]}
            for one in wanted
        ]
        iam.put_user_policy(
            UserName="pepper", PolicyName="scan", PolicyDocument=policy(*(x for x in left if x["Action"]))
        )
        return brief(judged(declared))

    def denied(found: dict[tuple[str, str], tuple[str, str]], action: str) -> set[str]:
        return {clause for (clause, _), (state, why) in found.items() if state == "error" and action in why}

    full = allow("")
    assert full["DS-07.2", "deeds"] == ("pass", "") and full["BR-08.1", "safe"] == ("pass", "")
    clauses = {
        "s3:GetBucketAcl": {"DS-07.2"}, "s3:GetBucketLogging": set(), "s3:GetBucketLocation": {"DS-17.1"},
        "s3:GetBucketObjectLockConfiguration": {"DI-12.1", "DI-13.1"},
        # Ceph knows no ownership, so that DS-08.2 is an error anyway; it shows the block to who may read the policy.
        "s3:GetBucketPolicy": {"DS-07.1", "DS-07.2", "DS-08.1"}, "s3:GetBucketPolicyStatus": {"DS-07.2"},
        "s3:GetBucketVersioning": {"DI-12.1"}, "s3:GetLifecycleConfiguration": {"DI-12.2"},
        "s3:GetReplicationConfiguration": {"DR-08.4"},
        "s3:ListBucket": {"BR-08.1", "BR-17.3"}, "s3:GetObjectRetention": {"BR-08.1"},
    }  # fmt: skip
    every = {action for one in wanted for action in one["Action"]}
    assert every == {*clauses, *UNKNOWN, "s3:GetBucketPublicAccessBlock", "s3:ListAllMyBuckets"}
    for action, expected in clauses.items():
        less = allow(action)
        changed = {clause for (clause, subject) in full if less[clause, subject] != full[clause, subject]}
        changed -= {"DS-05.1", "DS-06.4", "DS-08.2"}  # errors in any case, with a list of objects or without
        named = "s3:GetBucketPublicAccessBlock" if action == "s3:GetBucketPolicy" else action
        assert changed == expected, action
        assert denied(less, action) | denied(less, named) == expected, action
    iam.delete_user_policy(UserName="pepper", PolicyName="scan")


def test_a_wrong_key_a_wrong_secret_and_a_closed_port(store: ObjectStore, tmp_path: Path) -> None:
    for keys in (("NOBODY", "x" * 9), (store.owner[0], "Wrong-secret-1")):
        transcript = ask(endpoint(kept(store, tmp_path, keys=keys)))
        assert gap(transcript).reason is GapReason.LOGIN_REFUSED
        assert "Wrong-secret" not in repr(transcript)
    assert gap(ask(endpoint(kept(store, tmp_path, at="https://127.0.0.1:9")))).reason is GapReason.UNREACHABLE


def test_a_clock_an_hour_off_is_told_as_such(
    store: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def later(remove_tzinfo: bool = True) -> datetime:
        moment = datetime.now(UTC) + timedelta(hours=1)
        return moment.replace(tzinfo=None) if remove_tzinfo else moment

    monkeypatch.setattr("botocore.auth.get_current_datetime", later)
    found = gap(ask(endpoint(kept(store, tmp_path))))
    assert found.reason is GapReason.LOGIN_REFUSED and "clocks of this computer and of the object store" in found.detail


def test_a_certificate_that_nobody_vouches_for_ends_it(store: ObjectStore, tmp_path: Path) -> None:
    found = gap(ask(endpoint(kept(store, tmp_path, ca=None))))
    assert found.reason is GapReason.HOST_KEY and "certificate" in found.detail


def test_a_bucket_that_is_not_there_is_no_clean_one(store: ObjectStore, tmp_path: Path) -> None:
    found = judged(site(store, tmp_path / "s", buckets=["gone"]))
    assert {str(by["gone"].state) for clause, by in found.items() if "gone" in by} == {"error"}
    why = found["DS-07.3"]["gone"].gap
    assert why is not None and why.reason is GapReason.NOT_FOUND


def test_quotas_are_shown_to_the_owner_alone_and_those_of_the_owner_are_about_all_its_buckets(
    store: ObjectStore, tmp_path: Path
) -> None:
    owner = store.client()
    owner.put_bucket_policy(Bucket="weak", Policy=policy(let_in("weak")))
    other = site(
        store, tmp_path / "s", keys=store.pepper, repositories=[{"id": "safe", "bucket": "weak"}], buckets=["weak"]
    )
    why = judged(other)["BR-17.3"]["weak"].gap
    assert why is not None and why.reason is GapReason.DENIED and "only to the key of its owner" in why.detail
    assert "the user who owns the bucket" in why.remedy
    store.admin("quota", "set", "--quota-scope=user", "--uid=owner", "--max-size=1048576")
    try:
        why = judged(kept(store, tmp_path))["BR-17.3"]["vault"].gap
        assert why is not None and why.reason is GapReason.UNSUPPORTED and "all its buckets together" in why.detail
        every = [{"id": f"of-{name}", "bucket": name} for name in ("deeds", "open", "vault", "weak")]
        found = judged(site(store, tmp_path / "s", repositories=every))["BR-17.3"]
        assert {name: str(one.state) for name, one in found.items()} == {
            "deeds": "pass", "open": "pass", "vault": "pass", "weak": "fail",
        }  # fmt: skip
    finally:
        store.admin("quota", "set", "--quota-scope=user", "--uid=owner", "--max-size=-1")


def test_without_a_quota_there_is_nothing_to_keep_free(store: ObjectStore, tmp_path: Path) -> None:
    found = judged(site(store, tmp_path / "s", repositories=[{"id": "safe", "bucket": "deeds"}], buckets=["deeds"]))
    assert str(found["BR-17.3"]["safe"].state) == "not_applicable"
