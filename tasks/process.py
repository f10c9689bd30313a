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
    host, pid, started, _token = owner.split("|")
    if host != socket.gethostname():
        return False
    try:
        process = psutil.Process(int(pid))
        return f"{process.create_time():.2f}" != started or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
