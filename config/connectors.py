"""How each clearinghouse or payer is reached: one section ``[connectors.NAME]``, its keys by its ``kind``."""

from typing import Annotated, Any

from pydantic import Discriminator, Tag

from config.file_partners import FolderPartner, PaperPartner, SftpPartner
from config.partners import Partner as Partner
from config.web_partners import ClearinghousePartner, CoreRestPartner, CoreSoapPartner
from config.web_partners import ConnectorSettings as ConnectorSettings
from config.wrong import told

KINDS: dict[str, type[Partner]] = {
    "http": ConnectorSettings,
    "core-rest": CoreRestPartner,
    "core-soap": CoreSoapPartner,
    "clearinghouse": ClearinghousePartner,
    "sftp": SftpPartner,
    "folder": FolderPartner,
    "paper": PaperPartner,
}


def _kind(value: Any) -> str:
    found = value.get("kind", "http") if isinstance(value, dict) else getattr(value, "kind", "http")
    return str(found)


AnyConnector = Annotated[
    Annotated[ConnectorSettings, Tag("http")]
    | Annotated[CoreRestPartner, Tag("core-rest")]
    | Annotated[CoreSoapPartner, Tag("core-soap")]
    | Annotated[ClearinghousePartner, Tag("clearinghouse")]
    | Annotated[SftpPartner, Tag("sftp")]
    | Annotated[FolderPartner, Tag("folder")]
    | Annotated[PaperPartner, Tag("paper")],
    Discriminator(_kind),
]


def plain(error: Any) -> str:
    """A problem of a section, in words: where, what is wrong, and what is allowed."""
    section, name, *inside = (str(part) for part in error["loc"])
    where = ".".join((section, name, *inside[1:]))
    if error["type"] == "union_tag_invalid":
        return f"{where}.kind: is one of {', '.join(KINDS)}"
    if error["type"] == "extra_forbidden" and len(inside) == 2:
        return f"{where}: is no key of {inside[0]}, which has {', '.join(KINDS[inside[0]].model_fields)}"
    if not inside:
        return f"{where}: {error['msg']}"
    return told({**error, "loc": error["loc"][3:]}, KINDS[inside[0]], f"{section}.{name}")
