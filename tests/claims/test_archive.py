"""The archive: every file as it came, once, encrypted, under the hash of its content."""

import hashlib

import processes
import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session, select

from claims.archive import archive, document
from claims.database import open_engine, transaction
from claims.errors import BadInput, NotFound
from claims.events import Act
from claims.keys import Keyring
from claims.model import Document

CONTENT = b"ISA*00*          *00*NM1*IL*1*EXAMPLE*PATIENCE~\r\n\xff\x00"


def keep(session: Session, act: Act, content: bytes = CONTENT, **told) -> Document:
    return archive(session, content, **{"kind": "835", "direction": "in", "at": act.at.real, **told})


def test_the_bytes_come_back_as_they_came(any_session: Session, act: Act):
    kept = keep(any_session, act, name="EXAMPLE_PATIENCE.835")
    any_session.expire_all()
    again = document(any_session, kept.id)
    assert (again.content, again.size, again.name) == (CONTENT, len(CONTENT), "EXAMPLE_PATIENCE.835")
    assert again.sha256 == hashlib.sha256(CONTENT).hexdigest()


def test_more_than_the_databases_hold_in_one_place_is_refused(any_session: Session, act: Act, monkeypatch):
    monkeypatch.setattr("claims.archive.LARGEST", len(CONTENT) - 1)
    with pytest.raises(BadInput, match=f"holds {len(CONTENT)} bytes"):
        keep(any_session, act)


def test_neither_content_nor_name_can_be_read_in_the_database(any_session: Session, act: Act):
    keep(any_session, act, name="EXAMPLE_PATIENCE.835")
    (row,) = any_session.connection().execute(text("SELECT content, name FROM document")).all()
    assert all(b"EXAMPLE" not in bytes(value) for value in row)


def test_the_same_bytes_a_second_time_give_the_first_document_back(any_session: Session, act: Act):
    first = keep(any_session, act)
    assert keep(any_session, act, kind="unreadable", name="again.835").id == first.id
    assert first.kind == "835"
    assert keep(any_session, act, content=b"").id != first.id
    assert len(any_session.exec(select(Document.id)).all()) == 2


def test_four_processes_that_archive_the_same_file_share_one_document(
    any_engine: Engine, keyring: Keyring, act: Act
):
    url = any_engine.url.render_as_string(hide_password=False)

    def work() -> str:
        with transaction(open_engine(url, keyring)) as session:
            return keep(session, act).id

    assert len(set(processes.together(4, work))) == 1


def test_an_unknown_document_is_not_found(session: Session):
    with pytest.raises(NotFound):
        document(session, "nothing")
