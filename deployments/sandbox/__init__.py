"""The sandbox payer: a clearinghouse with three payers behind it, over HTTP, all of it made up.

It is the other side. It shares nothing with the scrubber or the codec, so that what it understands of a
file is what the file says.
"""

from deployments.sandbox.app import create_app
from deployments.sandbox.server import running, serve

__all__ = ["create_app", "running", "serve"]
