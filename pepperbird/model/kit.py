"""Kit: a script that an agency runs itself on one of its servers, as we remember having given it out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kit:
    """One script for one server. Its `nonce` is good for one bundle, until `expires`.

    `made` and `expires` are RFC 3339 UTC. `program` and `asked` are the digests of what it runs: of the program, and of
    the questions with their arguments and limits. `run` is the run that took its bundle in, '' until then.
    """

    nonce: str
    agency: str
    asset: str
    made: str
    expires: str
    program: str
    asked: str
    deep: bool = False
    run: str = ""

    @property
    def server(self) -> str:
        """`<agency>/<asset>`."""
        return f"{self.agency}/{self.asset}"
