"""One mail to one recipient through the programme office's own server: encrypted and authenticated, or not at all.

Every failure is an Outcome in words. A connection that ends while the mail is handed over leaves it unsure whether the
mail went, and is never tried again by itself.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from pepperbird.model.delivery import MailServer
from pepperbird.model.text import clean
from pepperbird.notify.parcel import Outcome

SECONDS = 30
SENT = 250


class _Ended(Exception):  # noqa: N818 - it ends the attempt with an outcome
    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.said)
        self.outcome = outcome


def send(
    server: MailServer, password: str | None, recipient: str, message: bytes, ca: str | None = None,
    may: Callable[[], bool] = lambda: True,
) -> Outcome:  # fmt: skip
    """Hand `message` over for `recipient`. `ca` is the path of the file of authorities, where there is one.

    `may` is asked once the server takes sender and recipient, right before the first byte of the message.
    """
    try:
        with _connected(server, ca) as smtp:
            if server.user is not None and password is not None:
                _log_in(smtp, server.user, password)
            return _hand_over(smtp, server, recipient, message, may)
    except _Ended as ended:
        return ended.outcome
    except ssl.SSLCertVerificationError as error:
        return Outcome("refused", f"the certificate of {server.host} does not hold: {clean(error.verify_message, 200)}")
    except ssl.SSLError as error:
        return Outcome("refused", f"no encryption with {server.host}: {clean(str(error.reason or error), 200)}")
    except smtplib.SMTPResponseException as error:
        return _refused(error.smtp_code, error.smtp_error, "the server")
    except smtplib.SMTPException as error:
        return Outcome("later", f"the connection to {server.host} ended: {clean(str(error), 200)}")
    except OSError as error:
        why = clean(error.strerror or str(error) or type(error).__name__, 200)
        return Outcome("later", f"no connection to {server.host} port {server.port}: {why}")


@contextmanager
def _connected(server: MailServer, ca: str | None) -> Iterator[smtplib.SMTP]:
    """A connection that is as the site says: encrypted with a certificate that holds, unless it says none."""
    smtp: smtplib.SMTP
    if server.tls == "implicit":
        smtp = smtplib.SMTP_SSL(server.host, server.port, timeout=SECONDS, context=_context(ca))
    else:
        smtp = smtplib.SMTP(server.host, server.port, timeout=SECONDS)
    try:
        smtp.ehlo_or_helo_if_needed()
        if server.tls == "starttls":
            if not smtp.has_extn("starttls"):
                raise _Ended(Outcome("refused", f"{server.host} offers no STARTTLS, and nothing is sent in clear"))
            smtp.starttls(context=_context(ca))
            smtp.ehlo()
        yield smtp
    finally:
        with suppress(smtplib.SMTPException, OSError):
            smtp.quit()
        smtp.close()


def _context(ca: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=ca)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _log_in(smtp: smtplib.SMTP, user: str, password: str) -> None:
    try:
        smtp.login(user, password)
    except smtplib.SMTPAuthenticationError as error:
        raise _Ended(_refused(error.smtp_code, error.smtp_error, "the log-in")) from None
    except (smtplib.SMTPResponseException, smtplib.SMTPServerDisconnected):
        raise
    except smtplib.SMTPException:  # no log-in is offered, or none of a kind that is known
        raise _Ended(Outcome("refused", "the server takes no log-in, and the site names a user")) from None


def _hand_over(
    smtp: smtplib.SMTP, server: MailServer, recipient: str, message: bytes, may: Callable[[], bool]
) -> Outcome:
    for what, (code, said) in (
        ("the sender", smtp.mail(server.sender.mail)),
        ("the recipient", smtp.rcpt(recipient)),
    ):
        if code not in (SENT, 251):
            return _refused(code, said, what)
    if not may():
        return Outcome("later", "another process delivers it just now")
    try:
        code, said = smtp.data(message)
    except smtplib.SMTPDataError as error:
        return _refused(error.smtp_code, error.smtp_error, "the mail")
    except (smtplib.SMTPServerDisconnected, OSError) as error:
        why = clean(str(error), 200)
        return Outcome("unsure", f"the connection ended before the server said whether it took the mail: {why}")
    return Outcome("sent", _words(code, said)) if code == SENT else _refused(code, said, "the mail")


def _refused(code: int, said: bytes | str, what: str) -> Outcome:
    """A 4xx may pass by itself; anything else will not."""
    return Outcome("later" if 400 <= code < 500 else "refused", f"{what} was refused: {_words(code, said)}")


def _words(code: int, said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return f"{code} {clean(' '.join(text.split()), 200)}"
