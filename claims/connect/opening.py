"""From a partner's settings to the connector that reaches it."""

from pathlib import Path

from claims.clock import Clock
from claims.connect import Connector
from claims.connect.clearinghouse import ClearinghouseConnector
from claims.connect.core_rest import core_rest
from claims.connect.core_soap import core_soap
from claims.connect.folder import FolderConnector, LeftFiles
from claims.connect.http import HttpConnector
from claims.connect.paper import PaperConnector
from claims.connect.sftp import SftpConnector
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
            return HttpConnector(name, settings, sender, home, clock)
        case ClearinghousePartner():
            return ClearinghouseConnector(name, settings, home, clock)
        case SftpPartner():
            return SftpConnector(name, settings, sender, home, clock)
        case PaperPartner():
            return PaperConnector(name, settings, home, left)
        case FolderPartner():
            return FolderConnector(name, settings, sender, home, clock, left)
        case CoreRestPartner():
            return core_rest(name, settings, sender, home, clock)
        case CoreSoapPartner():
            return core_soap(name, settings, sender, home, clock)
    raise BadSettings(f"There is no connector of kind {settings.kind}.")
