"""The signed manifest of content: every file of the five folders with its SHA-256, as the subjects of one statement."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pepperbird.bundle.files import digest_of_sums
from pepperbird.errors import TrustError
from pepperbird.trust.days import is_moment
from pepperbird.trust.statement import Kind, Statement, Subject

NAME = "content.signed.json"
"""The file beside the five folders, or in the site; it is no part of the content's digest."""


@dataclass(frozen=True)
class Manifest:
    """What was signed: the digest of the content, when, and each file's SHA-256 by its path."""

    digest: str
    at: str
    files: Mapping[str, str]


def manifest_statement(files: Mapping[str, str], at: str) -> Statement:
    """`files` maps each path to 64 hexadecimal digits."""
    subjects = tuple(Subject(path, f"sha256:{files[path]}") for path in sorted(files))
    return Statement(Kind.CONTENT, subjects, {"digest": digest_of_sums(files), "at": at})


def manifest_of(statement: Statement) -> Manifest:
    """Raises TrustError where the statement is no manifest, or its digest is not that of its files."""
    if statement.kind is not Kind.CONTENT:
        raise TrustError(f"a statement about content is expected, this is one about {statement.kind}")
    files = {one.name: one.digest.removeprefix("sha256:") for one in statement.subjects}
    digest, at = statement.predicate.get("digest"), statement.predicate.get("at")
    if set(statement.predicate) != {"digest", "at"} or not isinstance(at, str) or not is_moment(at):
        raise TrustError("the signed manifest has other parts than it should")
    if len(files) != len(statement.subjects) or digest != digest_of_sums(files):
        raise TrustError("the signed manifest does not fit together")
    return Manifest(str(digest), at, files)


def differences(signed: Mapping[str, str], found: Mapping[str, str]) -> Iterator[str]:
    """What is otherwise than it was signed, a file each."""
    for path in sorted(signed.keys() | found.keys()):
        if path not in found:
            yield f"{path}: gone since it was signed"
        elif path not in signed:
            yield f"{path}: not signed; it was put in since"
        elif signed[path] != found[path]:
            yield f"{path}: changed since it was signed"
