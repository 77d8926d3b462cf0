"""No new sockets: a wall behind the guard, so that a query which got past it still reaches nobody.

Linux's seccomp (`man 2 seccomp`) lets a process give up system calls for good, its children included. The keeper gives
up `socket`; what it and its workers need is handed to them. Where `SERVICE` may call somebody it is not used.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct

_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 38, 22, 2
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_LOAD_WORD, _JUMP_IF_EQUAL, _JUMP_IF_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_MACHINES = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
"""By machine: its audit number, and the number of `socket`."""
_OTHER_ABI = 0x40000000  # from here on x86_64 has the numbers of its x32 calls
_IO_URING_SETUP = 425  # could open sockets too; the same number everywhere


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def no_new_sockets() -> bool:
    """Give up `socket` for this process and its children. False where that cannot be had: another system, an old
    kernel."""
    numbers = _MACHINES.get(platform.machine())
    if platform.system() != "Linux" or numbers is None:
        return False
    machine, call = numbers
    refused = _ERRNO | errno.EACCES
    steps = [
        (_LOAD_WORD, 0, 0, 4),  # the machine that the call is made for
        (_JUMP_IF_EQUAL, 0, 4, machine),
        (_LOAD_WORD, 0, 0, 0),  # the number of the call
        (_JUMP_IF_AT_LEAST, 2, 0, _OTHER_ABI),
        (_JUMP_IF_EQUAL, 1, 0, call),
        (_JUMP_IF_EQUAL, 0, 1, _IO_URING_SETUP),
        (_RETURN, 0, 0, refused),
        (_RETURN, 0, 0, _ALLOW),
    ]
    code = b"".join(struct.pack("HBBI", *step) for step in steps)
    program = _Program(len(steps), code)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        return False
    return bool(libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0) == 0)
