"""Which process holds a lease, and whether it still lives."""

import os
import secrets
import socket

import psutil


def owner() -> str:
    """Names this process and this use of it: host, pid, the process's start time, and a token."""
    started = psutil.Process().create_time()
    return f"{socket.gethostname()}|{os.getpid()}|{started:.2f}|{secrets.token_hex(4)}"


def is_dead(owner: str) -> bool:
    """True only when the owner is known to be gone: a process of this host that ended or was replaced."""
    match owner.split("|"):
        case [host, pid, started, _token] if host == socket.gethostname():
            return _has_ended(int(pid), started)
    return False


def _has_ended(pid: int, started: str) -> bool:
    try:
        process = psutil.Process(pid)
        return f"{process.create_time():.2f}" != started or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
