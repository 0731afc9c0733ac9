"""An IMITATION of what collect.ps1 writes. Nobody has run that script on Windows: this is how its text is understood.

It reads from the script itself what is asked, in which order and with which limits, and writes the bundle as its
`Close-Kit` would. What the questions answer is given, as in the documented samples.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from tests.support.samples import samples

_OPEN = re.compile(rb"^Open-Kit '([0-9a-f]{32})' '([^']+)' '([^']+)' ([0-9]+) '[^']+'\r$", re.M)
_ASK = re.compile(
    rb"^Add-Answer ([0-9]+) \$\{function:([a-z0-9_]+)\} ([0-9]+) ([0-9]+) '(none|administrator)'\r$", re.M
)


def sampled(folder: str) -> dict[str, bytes]:
    """What each question answers on the server of these samples, by the name of its function."""
    found = {}
    for one in samples():
        if (one.namespace, one.folder.name) in (("windows", folder), ("sqlserver", "two")):
            found |= {name.replace(".", "_"): output.stdout for name, output in one.outputs().items()}
    return found


def imitate(
    script: Path, answers: Mapping[str, bytes], *, began: int, administrator: bool = True, hangs: str = ""
) -> bytes:
    """The bundle. A question without an answer fails; that of the name `hangs` is killed when its time is over."""
    text = script.read_bytes()
    asked = text[text.index(b"\r\n\r\n") + 4 :]
    opened = _OPEN.search(asked)
    assert opened is not None
    nonce, agency, asset, _ = opened.groups()
    out, err = bytearray(), bytearray()

    def mark(words: str) -> None:
        for stream in (out, err):
            stream.extend(b"\n" + nonce + b" " + words.encode() + b"\n")

    mark(f"hello {began}")
    for number, function, _, most, right in _ASK.findall(asked):
        mark(f"begin {number.decode()}")
        answer, status = answers.get(function.decode()), 0
        if right == b"administrator" and not administrator:
            answer, status = b"", 77
            err += b"only an administrator may ask this, and the script was not run by one"
        elif answer is None:
            answer, status = b"", 1
            err += b"ObjectNotFound the term is not recognized"
        if function.decode() == hangs:
            mark(f"killed {number.decode()}")
            continue
        if len(answer) > int(most):
            out += answer[: int(most)]
        else:
            out += answer + b"\n" + nonce + f" exit {status}\n".encode()
        mark(f"end {number.decode()}")
    mark("done")
    rights = "administrator" if administrator else "ordinary"
    head = (
        f"pepperbird bundle 1\nnonce {nonce.decode()}\nagency {agency.decode()}\nasset {asset.decode()}\n"
        f"user clerk\nhost WIN-1\nmachine 00000000-0000\nshell powershell/5.1.17763.1/{rights}\n"
        f"began {began}\nended {began + 60}\nasked {len(asked)}\nout {len(out)}\nerr {len(err)}\n\n"
    )
    return head.encode() + asked + out + err
