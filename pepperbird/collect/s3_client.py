"""Clients of object stores: boto3 with nothing of this computer's own settings, and a limit to all that comes back.

Only the operations of `model.operations` leave here, whoever asks; no redirect is followed; no answer is read beyond
its limit; a cut lifeline ends every request at once.
"""

from __future__ import annotations

import contextlib
import os
import re
import socket
import threading
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any, Final
from urllib.parse import urlsplit

import boto3.session
import botocore.session
from botocore import UNSIGNED, awsrequest, xform_name
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    ReadTimeoutError,
    SSLError,
)
from botocore.httpsession import URLLib3Session
from botocore.parsers import ResponseParserError

from pepperbird.collect import s3_words
from pepperbird.collect.interface import Lifeline
from pepperbird.collect.s3_place import Place
from pepperbird.collect.s3_words import KIND_OF, Told
from pepperbird.model.operations import reads

TRIES: Final = 3
_ROOT: Final = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]{0,200}\?>\s*)?<([A-Za-z][A-Za-z0-9]{0,80})[\s/>]")
_MAKING: Final = threading.Lock()
"""The library makes its clients one at a time."""
_NOTHING: Final[tuple[Any, ...]] = (None, [], None, None)


class TooLong(Exception):  # noqa: N818 - an answer, not a failure of ours
    """More than an answer may be."""


class Forbidden(Exception):  # noqa: N818 - it is forbidden here
    """An operation that is not one of those that read."""


class Clients:
    """The clients of one place. `ask` may be called from several threads."""

    def __init__(self, place: Place, lifeline: Lifeline, wait: tuple[int, int], aws: str = "") -> None:
        """`wait` is the time to connect and to read; `aws` stands in for AWS where it is tested."""
        self._place, self._lifeline, self._wait, self._aws = place, lifeline, wait, aws
        self._made: dict[tuple[str, bool], Any] = {}
        self._closers: list[Callable[[], object]] = []
        self._lock = threading.Lock()
        self._seen = threading.local()

    def ask(self, call: Mapping[str, Any], given: Mapping[str, Any], most: int) -> dict[str, Any]:
        """The answer to one operation. Raises what botocore raises, TooLong, Other and Forbidden."""
        seen = self._seen
        seen.most, seen.root = most, ""
        client = self._client(call["service"], call["anonymous"])
        try:
            answer: dict[str, Any] = getattr(client, xform_name(call["operation"]))(**given)
        except ResponseParserError:
            if "json" in call["roots"] and seen.root != "json":
                raise Other(s3_words.other_answer(call["operation"], seen.root)) from None
            raise
        if (seen.root or "none") not in call["roots"]:
            raise Other(s3_words.other_answer(call["operation"], seen.root))
        if lacking := [name for name in call["must"] if name not in answer]:
            raise Other(s3_words.lacks(call["operation"], lacking))
        if call["headers"]:
            told = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
            answer["Headers"] = {name: str(told[name])[:80] for name in call["headers"] if name in told}
        return answer

    def close(self) -> None:
        """Every connection."""
        for close in self._closers:
            with contextlib.suppress(Exception):
                close()

    def _client(self, service: str, anonymous: bool) -> Any:
        with self._lock:
            key = (service, anonymous)
            if key not in self._made:
                self._made[key] = self._make(service, anonymous)
            return self._made[key]

    def _make(self, service: str, anonymous: bool) -> Any:
        place = self._place
        config = Config(
            signature_version=UNSIGNED if anonymous else "s3v4" if service in ("s3", "s3control") else None,
            retries={"mode": "standard", "total_max_attempts": TRIES},
            s3={"addressing_style": "virtual" if place.aws and not self._aws else "path"}, proxies={},
            ignore_configured_endpoint_urls=True, parameter_validation=True,
            user_agent="pepperbird", user_agent_appid=None, request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )  # fmt: skip
        with _MAKING:
            client = _session().client(
                service, region_name=place.region, endpoint_url=place.url or self._aws or None, config=config,
                aws_access_key_id=place.key, aws_secret_access_key=place.secret, verify=place.ca or True,
            )  # fmt: skip
        http = _Http(self._lifeline, verify=place.ca or True, proxies={}, timeout=self._wait, max_pool_connections=16)
        self._closers += [client.close, http.close]
        events, name = client.meta.events, client.meta.service_model.service_id.hyphenize()
        events.register_first(f"before-call.{name}", self._guard)
        events.register(f"before-send.{name}", partial(self._send, http))
        events.register(f"before-parse.{name}", self._parse)
        return client

    def _guard(self, model: Any, context: Any, **_: Any) -> None:
        if not reads(model.service_model.service_name, model.name):
            raise Forbidden(model.name)
        # A region that is not ours is told, not gone to: finding it out would be a request that nobody asked for.
        context.setdefault("s3_redirect", {})["redirected"] = True

    def _send(self, http: _Http, request: Any, **_: Any) -> Any:
        left = self._lifeline.left()
        if self._lifeline.cut_at is not None or left <= 0:
            raise ReadTimeoutError(endpoint_url=request.url)
        if self._aws:
            parts = urlsplit(request.url)
            request.url = f"{self._aws}{parts.path}?{parts.query}"
        return http.bounded(request, self._seen.most)

    def _parse(self, response_dict: Mapping[str, Any], **_: Any) -> None:
        body = response_dict["body"]
        data = bytes(body) if isinstance(body, bytes | bytearray) else b""
        if b"<!DOCTYPE" in data[:4096].upper():
            self._seen.root = "!DOCTYPE"
            raise ResponseParserError("a document with a type of its own")
        found = _ROOT.match(data)
        self._seen.root = found[1].decode() if found else "json" if data.lstrip()[:1] == b"{" else ""


class Other(Exception):  # noqa: N818 - the server's answer
    """The server answered, but not this."""

    def __init__(self, told: Told) -> None:
        super().__init__(told.said)
        self.told = told


class _Http(URLLib3Session):  # type: ignore[misc]
    """Sends one request, and reads no more of the answer than it may be long. Closed when the lifeline is cut."""

    def __init__(self, lifeline: Lifeline, **settings: Any) -> None:
        super().__init__(**settings)
        self.opened: list[Any] = []
        plain = type("Plain", (_Watched, awsrequest.AWSHTTPConnection), {"lifeline": lifeline, "opened": self.opened})
        sealed = type(
            "Sealed", (_Watched, awsrequest.AWSHTTPSConnection), {"lifeline": lifeline, "opened": self.opened}
        )
        self._manager.pool_classes_by_scheme = {
            "http": type("Pool", (awsrequest.AWSHTTPConnectionPool,), {"ConnectionCls": plain}),
            "https": type("Pool", (awsrequest.AWSHTTPSConnectionPool,), {"ConnectionCls": sealed}),
        }

    def close(self) -> None:
        """Every connection, those too that nobody gave back."""
        for connection in self.opened:
            connection.close()
        super().close()

    def bounded(self, request: Any, most: int) -> Any:
        request.stream_output = True
        response = self.send(request)
        parts, size = [], 0
        try:
            for part in response.raw.stream(65536):
                size += len(part)
                if size > most:
                    raise TooLong
                parts.append(part)
        except Exception as error:
            response.raw.close()
            if isinstance(error, TooLong):
                raise
            raise ReadTimeoutError(endpoint_url=request.url, error=error) from None
        response._content = b"".join(parts)
        return response


class _Watched:
    """A connection that a cut lifeline ends."""

    lifeline: Lifeline
    opened: list[Any]
    sock: socket.socket

    def connect(self) -> None:
        super().connect()  # type: ignore[misc]
        self.opened.append(self)
        self.lifeline.closes(partial(_shut, self.sock))


def _shut(channel: socket.socket) -> None:
    with contextlib.suppress(OSError):
        channel.shutdown(socket.SHUT_RDWR)


@cache
def _session() -> boto3.session.Session:
    """A session that no file and no variable of this computer has a say in. It knows no key."""
    core = botocore.session.Session(
        {
            "profile": _NOTHING,
            "config_file": (None, None, os.devnull, None),
            "credentials_file": (None, None, os.devnull, None),
        }
    )
    return boto3.session.Session(botocore_session=core)


def explain(error: Exception) -> Told:
    """What an error means. Never raises."""
    if isinstance(error, Other):
        return error.told
    if isinstance(error, TooLong):
        return Told("long", "")
    if isinstance(error, ClientError):
        return _client_error(error.response)
    said = str(error)
    if isinstance(error, SSLError):
        return Told("certificate", said)
    if isinstance(error, ConnectTimeoutError):
        return Told("connect", said)
    if isinstance(error, ReadTimeoutError):
        return Told("slow", said)
    if isinstance(error, HTTPClientError | EndpointConnectionError):
        return Told("away", said)
    if isinstance(error, BotoCoreError | ResponseParserError | ValueError | LookupError | TypeError | AttributeError):
        return Told("other", f"an answer that is not understood ({type(error).__name__})")
    raise error


def _client_error(response: Mapping[str, Any]) -> Told:
    error = response.get("Error", {})
    code = str(error.get("Code", ""))
    status = str(response.get("ResponseMetadata", {}).get("HTTPStatusCode", ""))
    kind = KIND_OF.get(code) or (
        "other" if code and status[:1] == "4" and code != status else KIND_OF.get(status, "other")
    )
    region = str(
        error.get("Region")
        or response.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("x-amz-bucket-region", "")
    )
    message = str(error.get("Message") or "").strip()
    return Told(kind, f"{code} {message}".strip(), region if kind == "elsewhere" else "", code)
