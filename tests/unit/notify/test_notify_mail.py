"""Mail to a real server: encrypted and logged in or not at all, faults told apart, nothing twice, no header added."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from pepperbird.errors import UsageError
from pepperbird.model.delivery import Delivery, MailServer, Receipt, Sender
from pepperbird.model.people import Contact
from pepperbird.notify.deliver import Delivered, Who, deliver
from pepperbird.notify.errands import Given, errands
from pepperbird.notify.letter import address_of, letter, message_id
from pepperbird.notify.mail import send
from pepperbird.notify.parcel import Attachment, Outcome, Parcel
from pepperbird.store.runs import Store
from tests.support.mail_server import PASSWORD, USER, Post, serving

AT = "2026-11-27T08:00:00Z"
PARCEL = Parcel(
    "moh", "20261127T080000Z-0001", AT, "Report of Ministry of Health, 27 November 2026", "Grade E.\n.\nFirst: é.\n",
    (Attachment("report.html", "text/html", b"<p>\r\n.\n</p>"), Attachment("report.csv", "text/csv", b"\xef\xbb\xbf")),
)  # fmt: skip
SENDER = Sender(mail="pepperbird@pmo.example.lr", name="Programme office")
HOSTILE = (
    "A\r\nBcc: all@example.lr",
    "A\nX: y",
    "a\x00b",
    "=?utf-8?q?x?=",
    '"x" <y@z.lr>',
    "é ü",
    "x" * 5000,
    "a\u202eb",
    "",
)


@pytest.fixture(scope="module")
def post(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    with serving(tmp_path_factory.mktemp("post")) as server:
        yield server


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "pepperbird.db")
    yield opened
    opened.close()


def server_of(post: Post, **given: Any) -> MailServer:
    plain = {
        "host": "localhost",
        "port": post.port,
        "user": USER,
        "secret": "env:X",
        "ca": str(post.ca),
        "from": SENDER,
    }
    return MailServer.model_validate(plain | given)


def sent(post: Post, password: str | None = PASSWORD, ca: str | None = "", **given: Any) -> Outcome:
    server = server_of(post, **given)
    message = letter(PARCEL, SENDER, "it@health.example.lr", "A. Officer", AT)
    return send(server, password, "it@health.example.lr", message, str(post.ca) if ca == "" else ca)


def carried(
    post: Post, store: Store, *contacts: Contact, parcel: Parcel = PARCEL, again: bool = False, waited: Any = None
) -> list[Delivered]:
    settings = Delivery(mail=server_of(post))
    known = contacts or (Contact(name="A. Officer", mail="it@health.example.lr"),)
    found = errands(parcel, known, settings, ("mail",), Given(Path("/"), {"mail": PASSWORD}))
    wait: Callable[[float], None] = waited.append if waited is not None else lambda _: None
    return [deliver(one, store.receipts, lambda: AT, wait, again=again) for one in found]


def test_it_arrives_encrypted_logged_in_and_whole(post: Post) -> None:
    before = post.logins
    assert sent(post) == Outcome("sent", "250 2.0.0 taken")
    assert post.sessions[-1].ssl is not None and post.sessions[-1].authenticated
    assert post.logins == before + 1
    envelope = post.mails[-1]
    assert (envelope.mail_from, envelope.rcpt_tos) == (SENDER.mail, ["it@health.example.lr"])
    message = message_from_bytes(envelope.content or b"", policy=default)
    assert str(message["To"]) == '"A. Officer" <it@health.example.lr>'
    assert str(message["Subject"]) == PARCEL.subject
    assert str(message["Message-ID"]) == message_id(PARCEL, SENDER, "it@health.example.lr")
    body = message.get_body(("plain",))
    assert body is not None and body.get_content().replace("\r\n", "\n") == PARCEL.text
    files = list(message.iter_attachments())
    assert [(one.get_filename(), one.get_payload(decode=True)) for one in files] == [
        (one.name, one.data) for one in PARCEL.files
    ]


def test_a_wrong_password_is_said_and_nothing_is_sent(post: Post) -> None:
    tried = post.tried
    outcome = sent(post, "wrong")
    assert outcome.state == "refused"
    assert outcome.said.startswith("the log-in was refused: 535")
    assert "wrong" not in outcome.said and post.tried == tried


def test_a_certificate_of_nobody_known_is_refused(post: Post) -> None:
    logins = post.logins
    outcome = sent(post, ca=None)
    assert outcome.state == "refused"
    assert outcome.said.startswith("the certificate of localhost does not hold")
    assert post.logins == logins


def test_a_certificate_for_another_name_is_refused(tmp_path: Path) -> None:
    with serving(tmp_path, name="other.example.lr") as other:
        outcome = sent(other)
        assert (outcome.state, other.logins, other.tried) == ("refused", 0, 0)
        assert "does not hold" in outcome.said


def test_without_starttls_neither_password_nor_mail_leaves(tmp_path: Path) -> None:
    with serving(tmp_path, tls=False) as clear:
        outcome = sent(clear)
        assert (outcome.state, clear.logins, clear.tried) == ("refused", 0, 0)
        assert outcome.said == "localhost offers no STARTTLS, and nothing is sent in clear"


def test_in_clear_only_where_that_is_said_and_never_a_password(tmp_path: Path) -> None:
    with serving(tmp_path, tls=False, login=False) as clear:
        assert sent(clear, tls="none", user=None, secret=None).state == "sent"
        with pytest.raises(ValueError, match="a password is not sent in clear"):
            server_of(clear, tls="none")


def test_a_server_that_takes_no_log_in_is_said(tmp_path: Path) -> None:
    with serving(tmp_path, login=False) as open_to_all:
        outcome = sent(open_to_all)
        assert (outcome.state, open_to_all.tried) == ("refused", 0)
        assert "takes no log-in" in outcome.said


def test_nobody_there_may_pass_by_itself(tmp_path: Path) -> None:
    with serving(tmp_path) as gone:
        pass
    outcome = sent(gone)
    assert outcome.state == "later"
    assert f"no connection to localhost port {gone.port}" in outcome.said


def test_for_now_no_is_tried_again_with_longer_waits(post: Post, store: Store) -> None:
    post.replies[:] = ["451 4.7.1 greylisted", "421 4.3.2 busy"]
    mails, waited = len(post.mails), list[float]()
    (done,) = carried(post, store, waited=waited)
    assert (done.state, done.tries, waited) == ("sent", 3, [15.0, 60.0])
    assert len(post.mails) == mails + 1
    (receipt,) = store.receipts.all()
    assert (receipt.state, receipt.said, receipt.run) == ("sent", "250 2.0.0 taken", PARCEL.run)


def test_no_is_not_tried_again_but_by_the_next_call(post: Post, store: Store) -> None:
    post.replies[:] = ["554 5.7.1 spam"]
    (done,) = carried(post, store)
    assert (done.state, done.tries) == ("failed", 1)
    assert done.said == "the mail was refused: 554 5.7.1 spam"
    assert [one.state for one in carried(post, store)] == ["sent"]


def test_a_mailbox_that_is_not_there_keeps_nobody_else_waiting(post: Post, store: Store) -> None:
    contacts = Contact(name="N", mail="nobody@health.example.lr"), Contact(name="A", mail="a@health.example.lr")
    assert [(one.errand.recipient, one.state) for one in carried(post, store, *contacts)] == [
        ("nobody@health.example.lr", "failed"), ("a@health.example.lr", "sent"),
    ]  # fmt: skip


def test_always_for_now_no_ends_as_failed(post: Post, store: Store) -> None:
    post.replies[:] = ["451 later"] * 4
    (done,) = carried(post, store)
    assert (done.state, done.tries, post.replies) == ("failed", 4, [])


def test_a_connection_cut_after_the_mail_is_unsure_and_not_tried_again_by_itself(post: Post, store: Store) -> None:
    post.replies[:] = ["cut"]
    tried = post.tried
    (done,) = carried(post, store)
    assert (done.state, done.tries) == ("unsure", 1)
    assert "before the server said whether it took the mail" in done.said
    (later,) = carried(post, store)
    assert (later.state, later.tries, post.tried) == ("unsure", 0, tried + 1)
    assert "--again" in later.said
    assert [one.state for one in carried(post, store, again=True)] == ["sent"]


def test_the_same_to_the_same_is_sent_once(post: Post, store: Store) -> None:
    mails = len(post.mails)
    twice = Contact(name="A", mail="it@health.example.lr"), Contact(name="B", mail="it@HEALTH.example.lr")
    assert [one.state for one in carried(post, store, *twice)] == ["sent"]
    assert [one.state for one in carried(post, store, *twice)] == ["earlier"]
    assert len(post.mails) == mails + 1
    assert [one.state for one in carried(post, store, parcel=replace(PARCEL, text="Grade D."))] == ["sent"]
    assert [one.state for one in carried(post, store, again=True)] == ["sent"]
    assert len(post.mails) == mails + 3


def test_what_somebody_began_to_send_and_did_not_end_is_not_sent_again(post: Post, store: Store) -> None:
    begun = Receipt(PARCEL.digest, "mail", "it@health.example.lr", "moh", PARCEL.run, AT, "sending", "<x@y>", "")
    assert store.receipts.begin(begun, again=False) is None
    tried = post.tried
    (done,) = carried(post, store)
    assert (done.state, post.tried) == ("unsure", tried)
    assert "did not end, so it may have arrived" in done.said


def test_who_is_stopped_between_two_tries_has_sent_nothing_and_that_is_kept(post: Post, store: Store) -> None:
    post.replies[:] = ["451 later"]

    class Stopping(list[float]):
        def append(self, _: float) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        carried(post, store, waited=Stopping())
    (receipt,) = store.receipts.all()
    assert (receipt.state, receipt.said) == ("failed", "stopped while waiting; before: the mail was refused: 451 later")
    assert [one.state for one in carried(post, store)] == ["sent"]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_name_and_no_subject_adds_a_header(text: str) -> None:
    parcel = replace(PARCEL, subject=text, text=text)
    raw = letter(parcel, Sender(mail=SENDER.mail, name=text[:50]), "it@health.example.lr", text, AT)
    message = message_from_bytes(raw, policy=default)
    assert sorted(message.keys()) == sorted(
        ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"]
    )
    assert [one.addr_spec for one in message["To"].addresses] == ["it@health.example.lr"]
    assert [one.addr_spec for one in message["From"].addresses] == [SENDER.mail]
    assert raw.isascii() and max(map(len, raw.split(b"\r\n"))) <= 998


@pytest.mark.parametrize(
    "mail",
    ["a@b.lr\r\nBcc: c@d.lr", "a@b.lr\n", "a@b.lr, c@d.lr", "<a@b.lr>", "a b@c.lr", "a@b@c.lr", "a", "", "@b.lr", "a@",
     'x"y@b.lr', "a@b.lr>", "ä@b.lr", "a@[1.2.3.4]", f"{'a' * 65}@b.lr", f"a@{'b' * 260}.lr", "a@-\x00.lr"],
)  # fmt: skip
def test_an_address_is_one_plain_address_or_refused(mail: str) -> None:
    with pytest.raises(UsageError):
        address_of(mail)


def test_the_name_of_a_copy_is_the_same_and_of_another_not() -> None:
    first = message_id(PARCEL, SENDER, "a@b.lr")
    assert first == message_id(PARCEL, SENDER, "a@b.lr")
    assert (
        len({first, message_id(PARCEL, SENDER, "c@b.lr"), message_id(replace(PARCEL, text="x"), SENDER, "a@b.lr")}) == 3
    )


def trying(said: str) -> Receipt:
    return Receipt(PARCEL.digest, "mail", "it@health.example.lr", "moh", PARCEL.run, AT, "trying", "<x@y>", said)


def test_who_died_before_the_first_byte_left_has_sent_nothing(post: Post, store: Store) -> None:
    assert store.receipts.begin(trying("a process that is gone"), again=False) is None
    assert [one.state for one in carried(post, store)] == ["sent"]
    assert [one.state for one in store.receipts.all()] == ["sent"]


def test_what_a_living_process_tries_is_left_to_it(post: Post, store: Store) -> None:
    assert store.receipts.begin(trying("other 1"), again=False) is None
    tried = post.tried
    (errand,) = errands(
        PARCEL, (Contact(name="A", mail="it@health.example.lr"),), Delivery(mail=server_of(post)), ("mail",),
        Given(Path("/"), {"mail": PASSWORD}),
    )  # fmt: skip
    who = Who("mine", lambda mark: mark.startswith("other"))
    for again in (False, True):
        done = deliver(errand, store.receipts, lambda: AT, lambda _: None, again=again, who=who)
        assert (done.state, done.said) == ("failed", "another process delivers it just now")
    assert post.tried == tried and store.receipts.all() == (trying("other 1"),)


def test_of_two_that_try_at_once_one_hands_over_and_keeps_its_receipt(post: Post, store: Store) -> None:
    first, second = trying("first"), trying("second")
    for one in (first, second):
        assert store.receipts.begin(one, again=False) is None
    assert not store.receipts.hand_over(first) and store.receipts.hand_over(second)
    store.receipts.end(replace(first, state="failed", said="no"), "first")
    assert [one.state for one in store.receipts.all()] == ["sending"]
    store.receipts.end(replace(second, state="sent", said="250"), "second")
    assert [(one.state, one.said) for one in store.receipts.all()] == [("sent", "250")]


def test_who_waits_for_another_try_leaves_nothing_in_doubt(post: Post, store: Store) -> None:
    post.replies[:] = ["451 later"]
    seen: list[str] = []

    class Looking(list[float]):
        def append(self, _: float) -> None:
            seen.extend(one.state for one in store.receipts.all())

    assert [one.state for one in carried(post, store, waited=Looking())] == ["sent"]
    assert seen == ["trying"]
