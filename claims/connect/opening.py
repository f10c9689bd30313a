"""From a partner's settings to the connector that reaches it.

Each is imported where it is opened: a library that speaks SSH or draws forms takes a command longer to load
than most commands take to do their work.
"""

from pathlib import Path

from claims.clock import Clock
from claims.connect import Connector
from claims.connect.folder import LeftFiles
from claims.errors import BadSettings
from config.file_partners import FolderPartner, PaperPartner, SftpPartner
from config.partners import Partner
from config.web_partners import ClearinghousePartner, ConnectorSettings, CoreRestPartner, CoreSoapPartner


def open_connector(
    name: str, settings: Partner, sender: str, home: Path, clock: Clock, left: LeftFiles
) -> Connector:
    """``sender`` is our id (ISA06), paths in the settings count from ``home``; ``left`` keeps what
    connectors leave for people."""
    match settings:
        case ConnectorSettings():
            from claims.connect.http import HttpConnector

            return HttpConnector(name, settings, sender, home, clock)
        case ClearinghousePartner():
            from claims.connect.clearinghouse import ClearinghouseConnector

            return ClearinghouseConnector(name, settings, home, clock)
        case SftpPartner():
            from claims.connect.sftp import SftpConnector

            return SftpConnector(name, settings, sender, home, clock)
        case PaperPartner():
            from claims.connect.paper import PaperConnector

            return PaperConnector(name, settings, home, left)
        case FolderPartner():
            from claims.connect.folder import FolderConnector

            return FolderConnector(name, settings, sender, home, clock, left)
        case CoreRestPartner():
            from claims.connect.core_rest import core_rest

            return core_rest(name, settings, sender, home, clock)
        case CoreSoapPartner():
            from claims.connect.core_soap import core_soap

            return core_soap(name, settings, sender, home, clock)
    raise BadSettings(f"There is no connector of kind {settings.kind}.")
