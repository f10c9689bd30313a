"""From a partner's settings to the connector that reaches it."""

from pathlib import Path

from claims.clock import Clock
from claims.connect import Connector
from claims.connect.http import HttpConnector
from claims.errors import BadSettings
from config.partners import Partner
from config.web_partners import ConnectorSettings


def open_connector(name: str, settings: Partner, sender: str, home: Path, clock: Clock) -> Connector:
    """``sender`` is our id (ISA06), paths in the settings count from ``home``, ``clock`` dates what we send."""
    match settings:
        case ConnectorSettings():
            return HttpConnector(name, settings, sender, home, clock)
    raise BadSettings(f"There is no connector of kind {settings.kind}.")
