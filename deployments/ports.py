"""Ports: whether one is free, and a free one to take."""

import socket

from claims.errors import BadSettings


def free_port(host: str = "127.0.0.1") -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def require_free(port: int, what: str, option: str, host: str = "127.0.0.1") -> None:
    """Raises BadSettings naming the busy port, what wanted it, and what to do."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as busy:
            raise BadSettings(
                f"Port {port} on {host} is in use, and the {what} needs it.",
                tip=f"Stop the program that has it, or choose another with {option}.",
            ) from busy
