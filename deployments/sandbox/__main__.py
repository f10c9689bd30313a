"""``python -m deployments.sandbox --port N --data FILE``: the sandbox payer alone."""

import argparse
import os
from datetime import date
from pathlib import Path

from deployments.sandbox.server import serve


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m deployments.sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one and says which")
    parser.add_argument("--data", required=True, help="the SQLite file, or :memory:")
    parser.add_argument("--port-file", type=Path, help="where to write the port once it listens")
    parser.add_argument("--today", type=date.fromisoformat, help="pin the clock to this day")
    parser.add_argument("--sftp-port", type=int, help="open an SFTP server too; 0 takes a free port")
    given = parser.parse_args()
    key = os.environ.get("SANDBOX_API_KEY")
    serve(
        given.host,
        given.port,
        given.data,
        today=given.today,
        api_key=key,
        port_file=given.port_file,
        sftp_port=given.sftp_port,
    )


if __name__ == "__main__":
    main()
