"""Partners that take files: an SFTP server, folders for people who move files themselves, and paper."""

import re
from collections.abc import Sequence
from os.path import normpath
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, SecretStr
from pysequoia import Cert, encrypt

from config.partners import Partner, Way
from config.section import Section

PART = ".part"
"""What a file's name ends in until it is whole."""


def _file_name(pattern: str) -> str:
    """Same control number, same name: that is how an upload is found again."""
    if "{control}" not in pattern:
        raise ValueError("must contain {control}, the interchange's control number")
    rest = pattern.replace("{control}", "").replace("{sender}", "")
    if not rest.isascii() or any(letter in rest for letter in "/\\{} *?") or rest.endswith(PART):
        raise ValueError(f"takes letters, digits, {{control}} and {{sender}}, no blank, no folder, no {PART}")
    return pattern


def _inquiry_name(pattern: str) -> str:
    _file_name(pattern.replace("{kind}", ""))
    return pattern


FileName = Annotated[str, AfterValidator(_file_name)]
InquiryName = Annotated[str, AfterValidator(_inquiry_name)]


class FileNames(Partner):
    """How our files are called, and which of the partner's are picked up."""

    asks: ClassVar[tuple[Way, ...]] = ("batch",)
    upload_name: FileName = "{control}.837"
    inquiry_name: InquiryName = Field(default="{control}.{kind}", description="of a batch of 270 or 276")
    acknowledgement_name: FileName = "{control}.999"
    pick_up: tuple[Annotated[str, Field(min_length=1)], ...] = Field(
        default=("*",), min_length=1, description="file name patterns"
    )
    whole_after_minutes: int = Field(
        default=60,
        ge=0,
        le=10_080,
        description="a file without its end is taken as it is when it is that old",
    )


def _fingerprint(text: str) -> str:
    if not re.fullmatch(r"SHA256:[A-Za-z0-9+/]{43}", text):
        raise ValueError("is a fingerprint: SHA256: and 43 characters, as `ssh-keygen -lf` shows it")
    return text


HostKey = Annotated[str, AfterValidator(_fingerprint)]


class PgpKeys(Section):
    """OpenPGP keys as files in the home folder: ours, which signs and opens, and the partner's."""

    key_file: Path = Field(description="our private key")
    passphrase: SecretStr = SecretStr("")
    partner_keys: tuple[Path, ...] = Field(min_length=1, description="we encrypt for each, and trust each")
    signed: bool = Field(default=False, description="take only what the partner signed")
    armor: bool = Field(default=False, description="upload text instead of bytes")

    def problems(self, home: Path) -> Sequence[str]:
        named = [("pgp.key_file", self.key_file), *(("pgp.partner_keys", path) for path in self.partner_keys)]
        missing = [f"{key}: no file {path}" for key, path in named if not (home / path).is_file()]
        return missing or [
            f"pgp.partner_keys: {path} {told}"
            for path in self.partner_keys
            if (told := _unusable(home / path))
        ]


def _unusable(path: Path) -> str:
    """Why nobody can encrypt for that key, or not any more; "" where one can."""
    try:
        key = Cert.from_file(str(path))
    except Exception:  # noqa: BLE001 the library has no error of its own
        return "holds no OpenPGP key"
    try:
        encrypt(b"", recipients=[key])
    except Exception:  # noqa: BLE001 likewise
        return "cannot be encrypted for: it is revoked, or for signing alone; ask the partner for another"
    return ""


class SftpPartner(FileNames):
    """A partner's SFTP server. ``host_keys`` are fingerprints that it published: no other is spoken to."""

    kind: Literal["sftp"] = "sftp"
    host: str = Field(min_length=1)
    port: int = Field(default=22, ge=1, le=65535)
    user: str = Field(min_length=1)
    host_keys: tuple[HostKey, ...] = ()
    key_file: Path | None = Field(default=None, description="our private key, relative to the home folder")
    key_passphrase: SecretStr = SecretStr("")
    password: SecretStr = SecretStr("")
    upload_to: str = "inbound"
    pick_up_from: tuple[str, ...] = Field(default=("outbound",), min_length=1)
    after_pick_up: Literal["delete", "leave"] = "delete"
    pgp: PgpKeys | None = None

    def problems(self, home: Path) -> Sequence[str]:
        return [*self._sign_on(home), *(self.pgp.problems(home) if self.pgp else ())]

    def _sign_on(self, home: Path) -> Sequence[str]:
        if self.key_file is None:
            known = self.password.get_secret_value()
            return [] if known else ["give key_file, or the password in the environment"]
        return [] if (home / self.key_file).is_file() else [f"key_file: no file {self.key_file}"]


class FolderPartner(FileNames):
    """Folders for people who move files themselves; relative ones lie in the home folder."""

    kind: Literal["folder"] = "folder"
    outbox: Path
    inbox: Path

    def problems(self, home: Path) -> Sequence[str]:
        """What lies in the inbox is read and put away: never our keys and database, or what goes out."""
        places = {"outbox": normpath(home / self.outbox), "inbox": normpath(home / self.inbox)}
        told = "is a folder for this alone, not the home folder or one that holds it"
        wrong = [f"{key}: {told}" for key, place in places.items() if home.is_relative_to(place)]
        same = places["outbox"] == places["inbox"]
        return wrong or (["inbox: is another folder than the outbox"] if same else [])


class PaperPartner(Partner):
    """Claim forms as PDF, to be printed and mailed. A blank is the operator's own; offsets are in points."""

    asks: ClassVar[tuple[Way, ...]] = ()
    kind: Literal["paper"] = "paper"
    outbox: Path
    blank_cms1500: Path | None = None
    blank_ub04: Path | None = None
    offset_x: float = Field(default=0, ge=-72, le=72, description="to the right")
    offset_y: float = Field(default=0, ge=-72, le=72, description="upwards")

    def problems(self, home: Path) -> Sequence[str]:
        blanks = {"blank_cms1500": self.blank_cms1500, "blank_ub04": self.blank_ub04}
        missing = {key: path for key, path in blanks.items() if path and not (home / path).is_file()}
        return [f"{key}: no file {path}" for key, path in missing.items()]
