"""Which process holds a lease, and whether it still lives."""

import os
import secrets
import socket

import psutil


def owner() -> str:
    """Names this process and this use of it: where its number counts, pid, start, and a token."""
    return f"{_reach()}|{os.getpid()}|{_started(psutil.Process())}|{secrets.token_hex(4)}"


def is_dead(owner: str) -> bool:
    """True only when the owner is known to be gone: a process in our reach that ended or was replaced."""
    match owner.split("|"):
        case [reach, pid, started, _token] if reach == _reach():
            return _has_ended(int(pid), started)
    return False


def _reach() -> str:
    """How far a process number means the same: this machine, on Linux this container of it.

    Two containers may have one host name, and neither sees the other's processes.
    """
    try:
        return f"{socket.gethostname()} {os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return socket.gethostname()


def _started(process: psutil.Process) -> str:
    """Seconds after the boot: unlike the time of day, this stays when the system's clock is set."""
    return f"{process.create_time() - psutil.boot_time():.2f}"


def _has_ended(pid: int, started: str) -> bool:
    try:
        process = psutil.Process(pid)
        return _started(process) != started or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
