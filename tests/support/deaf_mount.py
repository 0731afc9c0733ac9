"""A mount whose server went silent: `deaf_mount.py SOURCE POINT TYPE` mounts a FUSE file system and answers nobody.

Requests are taken and never answered, so that whoever asks waits in the kernel and not even SIGKILL ends it: what a
dead NFS server or a frozen disk does to a machine. Once this program is killed, all who wait are told so and go on.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys

INIT = 26
"""The one request that is answered: without it there would be no mount."""


def main(source: str, point: str, kind: str) -> None:
    device = os.open("/dev/fuse", os.O_RDWR)
    options = f"fd={device},rootmode=40755,user_id=0,group_id=0,allow_other"
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(source.encode(), point.encode(), kind.encode(), 0, options.encode()):
        raise OSError(ctypes.get_errno(), "mount")
    while True:
        request = os.read(device, 1 << 20)
        _, operation, unique = struct.unpack_from("<IIQ", request)
        if operation == INIT:
            answer = struct.pack("<IIIIHHIIHH32x", 7, 31, 1 << 16, 0, 12, 9, 1 << 16, 1, 16, 0)
            os.write(device, struct.pack("<IiQ", 16 + len(answer), 0, unique) + answer)


if __name__ == "__main__":
    main(*sys.argv[1:4])
