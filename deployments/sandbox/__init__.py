"""The sandbox payer: a clearinghouse with three payers behind it, over HTTP, all of it made up.

It is the other side: it reads and writes with code of its own, so that what it understands of a file is
what the file says. From our codec it takes the 999 alone, which pyx12 judges.
"""

from deployments.sandbox.app import create_app
from deployments.sandbox.server import running, serve

__all__ = ["create_app", "running", "serve"]
