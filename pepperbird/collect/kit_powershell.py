"""`collect.ps1`: the script of a kit for Windows. All of it below the words at its top is what the bundle brings back.

Its text is the program of the content, and one line for each question; it is never put together on the server. Lines
end as on Windows, and the file begins with the mark by which Windows PowerShell knows UTF-8.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from pepperbird.collect.frame import function_of
from pepperbird.collect.kit_script import Wording, commented, until_of
from pepperbird.model.kit import Kit
from pepperbird.model.plan import EndpointPlan

_MARK: Final = b"\xef\xbb\xbf"
_ABOUT: Final = """\
This script lets {office} see how the server {asset} of
{agency} is kept, without anybody logging in from outside. It was written for this one server.

NOT YET PROVED ON WINDOWS. It was written by the documentation of Windows and read by a grammar of PowerShell; nobody
has run it on Windows yet. It can only read. If it stops or says something odd, please send what it said.

WHAT IT DOES. It asks the server the questions listed below, one after the other, and writes the answers into one file.
It only reads. It installs nothing, changes no setting, sends nothing over the network, and needs nothing but Windows
PowerShell (4.0 to 5.1), as Windows Server 2012 R2 and newer have it. Each question has a time limit.

HOW TO RUN IT. Copy this file to the server {asset} and read it. Open Windows PowerShell there by a right click
and "Run as administrator", go to a folder that has room, and run:

    powershell.exe -NoProfile -ExecutionPolicy Bypass -File .\\collect.ps1

or with `-SaveAs NAME` at its end to say where the answers go; without that it is {bundle}
in that folder. Another account may run it too, but what only an administrator may see will be missing, and counts as
not seen.

WHAT THE FILE HOLDS. All that the questions below find: the release, volumes, the state of BitLocker (no key), the time
service, updates, settings of the file server, the last backups. No contents of your data. Keep it like a copy of the
settings of this server all the same.

WHOM TO SEND IT TO. {contact}, as it is: not as text, not repacked by hand.
It is good once, and until {until}. Then delete it, and this script.
"""


def script(kit: Kit, endpoint: EndpointPlan, program: bytes, wording: Wording) -> bytes:
    """The script of `kit`."""
    about = "".join(f"{line}\r\n" for line in commented(_ABOUT, kit, endpoint, wording, _right))
    return _MARK + about.encode() + b"\r\n" + order(kit, endpoint, program)


def order(kit: Kit, endpoint: EndpointPlan, program: bytes) -> bytes:
    """What stands below the words at the top, and what the bundle must bring back to the byte."""
    lines = program.decode("ascii") + "\n" + "\n".join(_lines(kit, endpoint)) + "\n"
    return lines.replace("\n", "\r\n").encode("ascii")


def _lines(kit: Kit, endpoint: EndpointPlan) -> Iterator[str]:
    """What runs at last. The words are of an id each, or numbers: none has a character that means something."""
    expires = int(datetime.fromisoformat(kit.expires).timestamp())
    yield "# The questions for this one server: the number, the function, seconds, bytes, and who may ask it."
    yield f"Open-Kit '{kit.nonce}' '{kit.agency}' '{kit.asset}' {expires} '{until_of(kit)}'"
    for number, call in enumerate(endpoint.probes):
        function = "${function:" + function_of(call.id) + "}"
        yield f"Add-Answer {number} {function} {int(call.timeout)} {int(call.max_bytes)} '{call.privilege}'"
    yield "Close-Kit"


def _right(privilege: str) -> str:
    return "only as administrator" if privilege == "administrator" else ""
