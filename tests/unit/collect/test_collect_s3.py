"""The s3 transport against a server that says what no real one can be brought to say: exact reasons, never a guess."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from pepperbird.collect import s3_client, s3_pile
from pepperbird.collect.interface import Lifeline
from pepperbird.collect.s3_place import Place
from pepperbird.model.evidence import Transcript
from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.plan import ProbeCall
from pepperbird.model.site import Access, Agency, Asset, Repository, Site, SiteFile, Store
from pepperbird.model.state import AssetKind, Tier
from tests.support.databases import catalog
from tests.support.objects import ask, endpoint, seen
from tests.support.s3_stub import Answer, Answers, error, ok, serving

NAME = "bucket-00000"


@pytest.fixture(autouse=True)
def secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SECRET_OF_STUB", "stub-secret-1")
    monkeypatch.setenv("AWS_PROFILE", "nobody-has-this")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    yield


def register(url: str, *, repository: str = "", store: str = "", **more: Any) -> Site:
    access = {"via": "s3", "at": url, "as": "KEY", "secret": "env:SECRET_OF_STUB", **more}
    agency = Agency(
        id="sample", name="Sample", tier=Tier.STANDARD,
        assets=(Asset(id="objects", kind=AssetKind.S3_BUCKET, access=(Access.model_validate(access),)),),
        repositories=(Repository(id="r", tool="restic", on="objects", bucket=repository),) if repository else (),
        stores=(Store(id="s", asset="objects", bucket=store),) if store else (),
    )  # fmt: skip
    return Site(file=SiteFile(name="s"), agencies=(agency,))


def asked(answers: Answers | None = None, count: int = 1, deadline: int = 20, **more: Any) -> tuple[Transcript, Any]:
    with serving(count, answers) as (url, requests):
        planned = endpoint(register(url, **more))
        transcript = ask(planned, deadline=deadline)
    transcript.connection["asked"] = requests  # type: ignore[index]
    return transcript, seen(planned, transcript).facts["s3"]


def cell(facts: Mapping[str, Any], name: str) -> Any:
    (row,) = facts["buckets"]
    return row.get(name)


def only(question: str, answer: Answer) -> Answers:
    return lambda bucket, asked_for: answer if bucket and asked_for == question else None


def every(answer: Answer) -> Answers:
    return lambda bucket, question: answer


def test_only_reading_requests_leave_whatever_the_environment_says() -> None:
    transcript, facts = asked()
    assert transcript.gap is None
    assert all(one.startswith("GET ") for one in transcript.connection["asked"])
    assert cell(facts, "versioning") == "Enabled"
    assert cell(facts, "open_to_read") == [] and cell(facts, "blocked") is False
    assert "stub-secret" not in repr(transcript)


@pytest.mark.parametrize(
    ("answer", "reason", "words"),
    [
        (error("AccessDenied", 403), GapReason.DENIED, "s3:GetBucketVersioning of bucket-00000 is denied"),
        (error("NoSuchBucket"), GapReason.NOT_FOUND, "no such thing of bucket-00000"),
        (error("NotImplemented", 501), GapReason.UNSUPPORTED, "does not know GetBucketVersioning"),
        (error("MethodNotAllowed", 405), GapReason.UNSUPPORTED, "does not know GetBucketVersioning"),
        ((405, b""), GapReason.UNSUPPORTED, "does not know GetBucketVersioning"),
        ((200, b""), GapReason.UNSUPPORTED, "nothing at all"),
        (ok("<ListBucketResult/>"), GapReason.UNSUPPORTED, "it answered <ListBucketResult>"),
        (ok("<VersioningConfiguration>"), GapReason.PROBE_TIMEOUT, "three times"),
        ((200, b"<!DOCTYPE x><VersioningConfiguration/>"), GapReason.PARSE, "not understood"),
        ((200, b"<html>login here</html>"), GapReason.UNSUPPORTED, "it answered <html>"),
        (error("PermanentRedirect", 301), GapReason.NOT_FOUND, "in another region (af-south-1)"),
        (error("TemporaryRedirect", 307), GapReason.NOT_FOUND, "in another region (af-south-1)"),
        (error("AuthorizationHeaderMalformed", 400, "<Region>eu-west-1</Region>"), GapReason.NOT_FOUND, "(eu-west-1)"),
        (error("SomethingNew", 400), GapReason.PARSE, "SomethingNew"),
        (ok("<VersioningConfiguration><Status>Perhaps</Status></VersioningConfiguration>"), GapReason.PARSE, ""),
    ],
)  # fmt: skip
def test_what_one_question_is_answered_is_the_reason_of_its_cells(
    answer: Answer, reason: GapReason, words: str
) -> None:
    transcript, facts = asked(only("versioning", answer))
    assert transcript.gap is None
    gap = cell(facts, "versioning")
    assert isinstance(gap, Gap) and gap.reason is reason and words in gap.detail
    assert cell(facts, "location") == "default"
    assert not any("elsewhere" in one or one.startswith("HEAD") for one in transcript.connection["asked"])


@pytest.mark.parametrize(
    ("answer", "reason", "words"),
    [
        (error("InvalidAccessKeyId", 403), GapReason.LOGIN_REFUSED, "does not take this key"),
        (error("SignatureDoesNotMatch", 403), GapReason.LOGIN_REFUSED, "does not take this key"),
        (error("RequestTimeTooSkewed", 403), GapReason.LOGIN_REFUSED, "the clocks of this computer"),
    ],
)
def test_what_holds_for_all_is_the_reason_of_all(answer: Answer, reason: GapReason, words: str) -> None:
    transcript, facts = asked(every(answer))
    assert transcript.gap is not None and transcript.gap.reason is reason and words in transcript.gap.detail
    assert len([one for one in transcript.connection["asked"] if one.startswith("GET /?")]) <= s3_client.TRIES
    assert isinstance(facts["buckets"], Gap)


def test_a_key_that_is_taken_no_more_in_the_middle_ends_the_rest() -> None:
    transcript, facts = asked(only("logging", error("ExpiredToken", 400)), count=50)
    assert transcript.gap is not None and transcript.gap.reason is GapReason.LOGIN_REFUSED
    assert len(transcript.connection["asked"]) < 100
    reasons = {row["replicated"].reason for row in facts["buckets"] if isinstance(row["replicated"], Gap)}
    assert reasons == {GapReason.LOGIN_REFUSED} and len(facts["buckets"]) == 50


@pytest.mark.slow
def test_a_busy_server_is_asked_three_times_and_no_more() -> None:
    transcript, facts = asked(only("versioning", error("SlowDown", 503)))
    gap = cell(facts, "versioning")
    assert gap.reason is GapReason.PROBE_TIMEOUT and "come back later" in gap.detail
    assert sum("?versioning" in one for one in transcript.connection["asked"]) == 3


def test_a_closed_port_is_unreachable() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
    transcript = ask(endpoint(register(url)))
    assert transcript.gap is not None and transcript.gap.reason is GapReason.UNREACHABLE


@pytest.mark.slow
def test_a_server_that_drips_costs_its_time_and_no_more() -> None:
    def drip(listener: socket.socket) -> None:
        channel, _ = listener.accept()
        with channel, contextlib.suppress(OSError):
            channel.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            for _ in range(200):
                channel.sendall(b"<")
                time.sleep(0.1)

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        threading.Thread(target=drip, args=(listener,), daemon=True).start()
        began = time.monotonic()
        transcript = ask(endpoint(register(f"http://127.0.0.1:{listener.getsockname()[1]}")), deadline=2)
    assert time.monotonic() - began < 6
    assert transcript.gap is not None and transcript.gap.reason is GapReason.CONNECT_TIMEOUT


@pytest.mark.slow
def test_what_was_not_asked_in_time_is_an_error_by_name() -> None:
    def slow(bucket: str, question: str) -> Answer | None:
        time.sleep(0.05 if bucket else 0)
        return None

    transcript, facts = asked(slow, count=60, deadline=2)
    assert transcript.gap is not None and transcript.gap.reason is GapReason.PROBE_TIMEOUT
    rows = facts["buckets"]
    assert len(rows) == 60
    unseen = [row["versioning"] for row in rows if isinstance(row["versioning"], Gap)]
    assert 0 < len(unseen) < 60 and {one.reason for one in unseen} == {GapReason.PROBE_TIMEOUT}


def test_an_answer_is_read_no_further_than_its_limit() -> None:
    long = "<VersioningConfiguration>" + " " * (5 << 20) + "</VersioningConfiguration>"
    _, facts = asked(only("versioning", ok(long)))
    assert cell(facts, "versioning").reason is GapReason.TRUNCATED


def test_many_long_answers_are_none_of_that_probe() -> None:
    document = json.dumps({"Statement": [{"Effect": "Allow", "Principal": "x", "Action": "a" * 300_000}]}).encode()
    _, facts = asked(only("policy", (200, document)), count=40)
    assert {row["open_to_read"].reason for row in facts["buckets"]} == {GapReason.TRUNCATED}
    assert all(row["versioning"] == "Enabled" for row in facts["buckets"])


def test_a_condition_that_serves_as_a_password_is_not_kept_and_protects_nothing() -> None:
    condition = {"StringEquals": {"aws:Referer": ["hidden-word-27"]}}
    open_to_all = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Condition": condition}
    document = json.dumps({"Statement": [open_to_all]}).encode()
    transcript, facts = asked(only("policy", (200, document)))
    assert cell(facts, "open_to_read") == ["s3:GetObject"]
    assert "hidden-word" not in repr([one.stdout for one in transcript.probes.values()])


def test_no_name_and_no_content_of_an_object_is_kept() -> None:
    listing = ok(
        "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>secret-plan.pdf</Key>"
        "<LastModified>2026-11-20T00:00:00.000Z</LastModified></Contents></ListBucketResult>"
    )
    transcript, facts = asked(
        lambda bucket, question: listing if question in ("list-type", "max-keys") else None, repository=NAME
    )
    assert cell(facts, "anonymous") is True
    assert "secret-plan" not in repr([one.stdout for one in transcript.probes.values()])
    (row,) = facts["repositories"]
    assert row["objects"] == 1 and row["newest"] == "2026-11-20T00:00:00Z"


def test_a_repository_with_more_objects_than_are_looked_through_has_no_newest() -> None:
    page = ok(
        "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>x</NextContinuationToken><Contents>"
        "<Key>a</Key><LastModified>2026-11-20T00:00:00.000Z</LastModified></Contents></ListBucketResult>"
    )
    transcript, facts = asked(
        lambda bucket, question: page if question in ("list-type", "max-keys", "continuation-token") else None,
        repository=NAME,
    )
    (row,) = facts["repositories"]
    assert row["newest"].reason is row["newest_mode"].reason is GapReason.TRUNCATED
    assert sum("max-keys=1000" in one for one in transcript.connection["asked"]) == 50


def test_a_list_without_an_end_is_followed_no_further() -> None:
    again = ok(
        "<ListAllMyBucketsResult><Buckets><Bucket><Name>b-1</Name></Bucket></Buckets>"
        "<ContinuationToken>x</ContinuationToken></ListAllMyBucketsResult>"
    )
    transcript, facts = asked(lambda bucket, question: None if bucket else again)
    assert facts["listed"].reason is GapReason.TRUNCATED
    assert sum(one.startswith("GET /?") for one in transcript.connection["asked"]) <= 20


def test_a_list_that_lacks_what_the_register_has_is_not_whole() -> None:
    _, facts = asked(store="vault")
    assert facts["listed"].reason is GapReason.DENIED and "vault" in facts["listed"].detail
    assert [row["name"] for row in facts["buckets"]] == [NAME, "vault"]


def test_no_bucket_at_all_is_no_clean_account() -> None:
    _, facts = asked(count=0)
    assert facts["buckets"].reason is facts["listed"].reason is GapReason.NOT_FOUND


def test_a_list_that_is_denied_leaves_what_the_register_names() -> None:
    denied = error("AccessDenied", 403)
    _, facts = asked(lambda bucket, question: None if bucket else denied, store="vault")
    assert facts["listed"].reason is GapReason.DENIED and "s3:ListAllMyBuckets" in facts["listed"].detail
    assert cell(facts, "versioning") == "Enabled"


def test_chosen_buckets_are_the_only_ones() -> None:
    transcript, facts = asked(count=9, buckets=[NAME])
    assert [row["name"] for row in facts["buckets"]] == [NAME]
    assert not any("bucket-00001" in one for one in transcript.connection["asked"])


@pytest.mark.parametrize(
    ("at", "more", "reason"),
    [
        ("http://objects.gov.lr", {}, GapReason.NO_CREDENTIAL),
        ("https://s3.eu-west-1.amazonaws.com", {}, GapReason.NO_CREDENTIAL),
        ("objects", {}, GapReason.NO_CREDENTIAL),
        ("https://127.0.0.1:9", {"as": None}, GapReason.NO_CREDENTIAL),
        ("https://127.0.0.1:9", {"secret": "env:NOT_THERE_AT_ALL"}, GapReason.NO_CREDENTIAL),
        ("https://127.0.0.1:9", {"ca": "/nowhere/ca.pem"}, GapReason.HOST_KEY),
    ],
)
def test_what_the_register_lacks_is_said_before_anything_is_asked(
    at: str, more: dict[str, Any], reason: GapReason
) -> None:
    transcript = ask(endpoint(register(at, **more)))
    assert transcript.gap is not None and transcript.gap.reason is reason


def test_an_operation_that_is_not_one_of_those_never_leaves() -> None:
    with serving() as (url, requests):
        clients = s3_client.Clients(Place(url, "us-east-1", "K", "S", None, None, ()), Lifeline.of(5), (2, 2))
        call = {"operation": "DeleteBucket", "service": "s3", "anonymous": False, "roots": ["x"], "must": []}
        with pytest.raises(s3_client.Forbidden):
            clients.ask(call, {"Bucket": NAME}, 1000)
        with pytest.raises(s3_client.Forbidden):
            clients.ask(
                {**call, "service": "s3control", "operation": "DeletePublicAccessBlock"}, {"AccountId": "1" * 12}, 9
            )
        assert requests == []


def test_a_pile_says_what_was_not_asked() -> None:
    pile = s3_pile.Pile(ProbeCall("s3.x", 1, 1000, "none"))
    pile.put("a", {"answer": {}})
    assert json.loads(pile.output(["a"], Gap(GapReason.DENIED, "x")).stdout) == {"each": {"a": {"answer": {}}}}
    assert json.loads(pile.output(["a", "b"], Gap(GapReason.DENIED, "x")).stdout)["rest"]["gap"] == "denied"
    pile.put("b", {"answer": "x" * 1000})
    output = pile.output(["a"], Gap(GapReason.DENIED, "x"))
    assert output.gap is not None and output.gap.reason is GapReason.TRUNCATED and output.stdout == b""


def test_without_the_library_nothing_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "boto3.py").write_text("raise ImportError('not here')")
    monkeypatch.syspath_prepend(str(tmp_path))
    import sys

    for name in [one for one in sys.modules if one == "boto3" or one.startswith("boto3.")]:
        monkeypatch.delitem(sys.modules, name)
    transcript = ask(endpoint(register("http://127.0.0.1:9")))
    assert transcript.gap is not None and transcript.gap.reason is GapReason.NO_COLLECTOR
    assert "pepperbird[aws]" in transcript.gap.remedy


QUESTIONS = {
    "s3:GetBucketPublicAccessBlock": "publicAccessBlock", "s3:GetBucketPolicyStatus": "policyStatus",
    "s3:GetBucketPolicy": "policy", "s3:GetBucketAcl": "acl", "s3:GetBucketOwnershipControls": "ownershipControls",
    "s3:GetBucketLogging": "logging", "s3:GetEncryptionConfiguration": "encryption",
    "s3:GetBucketVersioning": "versioning", "s3:GetLifecycleConfiguration": "lifecycle",
    "s3:GetBucketObjectLockConfiguration": "object-lock", "s3:GetReplicationConfiguration": "replication",
    "s3:GetBucketLocation": "location",
}  # fmt: skip
CELLS = {
    "s3:GetBucketPublicAccessBlock": {"block_known", "blocked"}, "s3:GetBucketPolicyStatus": {"policy_public"},
    "s3:GetBucketPolicy": {"open_to_read", "open_to_write", "tls_only"}, "s3:GetBucketAcl": {"acl_read", "acl_write"},
    "s3:GetBucketOwnershipControls": {"ownership"}, "s3:GetBucketLogging": {"logged_to"},
    "s3:GetEncryptionConfiguration": {"algorithms", "key_manager", "key_rotated"},
    "s3:GetBucketVersioning": {"versioning", "mfa_delete"},
    "s3:GetLifecycleConfiguration": {"shortest_version"},
    "s3:GetBucketObjectLockConfiguration": {"lock_mode", "lock_days"},
    "s3:GetReplicationConfiguration": {"replicated"}, "s3:GetBucketLocation": {"location"},
}  # fmt: skip


@pytest.mark.parametrize("action", QUESTIONS)
def test_each_action_taken_away_leaves_just_its_own_cells_unknown(action: str) -> None:
    _, facts = asked(only(QUESTIONS[action], error("AccessDenied", 403)))
    (row,) = facts["buckets"]
    denied = {name: value for name, value in row.items() if isinstance(value, Gap)}
    assert denied.keys() == CELLS[action]
    assert all(one.reason is GapReason.DENIED and action in one.detail for one in denied.values())


def test_every_action_of_the_buckets_is_in_that_list() -> None:
    probes = catalog().collectors["s3"].probes.values()
    asked_of_s3 = [one for one in probes if one.call and one.call.scope == "bucket" and one.call.service == "s3"]
    assert {grant for one in asked_of_s3 for grant in one.grants} == QUESTIONS.keys()
