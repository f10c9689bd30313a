"""The history proves itself: every way of tampering is told, and the first break is named."""

import hashlib
import json
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from factories import Practice
from sqlalchemy import Engine
from sqlmodel import Session

from claims import events, lifecycle
from claims.archive import archive
from claims.audit import Break, export, seal, verify, verify_bundle, verify_claim
from claims.audit.chains import stored_events
from claims.audit.export import public_pem
from claims.audit.seals import unsealed
from claims.clock import FixedClock
from claims.database import reading, transaction
from claims.errors import BadInput, NotFound
from claims.events import Act, Story
from claims.keys import Keyring, make_keyring
from claims.lifecycle import Change
from claims.model import Claim, Encounter, EventRow, Stage, triggers
from claims.transitions import Event


@pytest.fixture
def history(engine: Engine, act: Act, keyring: Keyring) -> list[str]:
    """Three claims: two with a filing and a note, sealed; one opened after the seal. Gives their ids."""
    with transaction(engine) as session:
        practice = Practice(session, act)
        sent = [practice.claim(stage=Stage.SCRUB), practice.claim(stage=Stage.SCRUB)]
        for bundle in sent:
            practice.filing(bundle, Event.QUEUED, Event.SEND_STARTED, Event.SENT)
            story = Story("told on the phone", {"minutes": 4}, note="Mrs Example will call back")
            lifecycle.apply(session, [Change(bundle.claim, "called", story)], act)
        seal(session, act, keyring)
        late = practice.claim(stage=Stage.ELIGIBILITY)
    return [*(bundle.claim.id for bundle in sent), late.claim.id]


@pytest.fixture
def tamper(engine: Engine, tmp_path: Path) -> Callable[..., None]:
    """Write into the file behind everyone's back; the triggers are put back so that they do not tell."""

    def run(statement: str, *values: object) -> None:
        with sqlite3.connect(tmp_path / "claims.db", isolation_level=None) as database:
            triggers = database.execute(
                "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
            ).fetchall()
            for name, _ in triggers:
                database.execute(f"DROP TRIGGER {name}")
            database.execute(statement, values)
            for _, sql in triggers:
                database.execute(sql)
        database.close()

    return run


def checked(engine: Engine, **options):
    with reading(engine) as session:
        return verify(session, **options)


def first(engine: Engine) -> Break:
    result = checked(engine)
    assert not result.ok
    return result.first_break.kind


def test_an_untouched_history_is_sound_and_says_how_much_is_sealed(
    engine: Engine, history: list[str]
) -> None:
    result = checked(engine)
    assert result.ok
    assert (result.events, result.sealed) == (22, 20)
    assert result.as_json()["first_break"] is None


def test_an_empty_database_is_sound(engine: Engine) -> None:
    assert checked(engine).as_json() | {"problems": []} == {
        "ok": True, "events": 0, "sealed": 0, "first_break": None, "count": 0, "problems": [],
    }  # fmt: skip


def test_an_edited_event_is_named(engine: Engine, history: list[str], tamper: Callable[..., None]) -> None:
    tamper("UPDATE event SET why = 'nothing to see' WHERE subject = ? AND number = 3", history[1])
    broken = checked(engine).first_break
    assert (broken.kind, broken.subject, broken.number) == (Break.HASH, history[1], 3)


def test_a_changed_note_is_named(
    engine: Engine, history: list[str], tamper: Callable[..., None], keyring: Keyring
) -> None:
    other = keyring.encrypt(b"nobody called", "event.note")
    tamper("UPDATE event SET note = ? WHERE subject = ? AND note IS NOT NULL", other, history[0])
    assert first(engine) is Break.NOTE


def test_a_note_that_cannot_be_decrypted_is_a_finding(
    engine: Engine, history: list[str], tamper: Callable[..., None]
) -> None:
    tamper("UPDATE event SET note = x'00' WHERE subject = ? AND note IS NOT NULL", history[0])
    assert first(engine) is Break.NOTE


def test_an_event_that_can_no_longer_be_read_is_named(
    engine: Engine, history: list[str], tamper: Callable[..., None]
) -> None:
    tamper("UPDATE event SET facts = 'no json' WHERE id = 4")
    broken = checked(engine).first_break
    assert (broken.kind, broken.event) == (Break.HASH, 4)


def test_a_deleted_event_breaks_the_chain_behind_it(
    engine: Engine, history: list[str], tamper: Callable[..., None]
) -> None:
    tamper("DELETE FROM event WHERE subject = ? AND number = 2", history[2])
    assert first(engine) is Break.CLAIM
    tamper("DELETE FROM event WHERE subject = ? AND number = 2", history[0])
    broken = checked(engine).first_break
    assert (broken.kind, broken.event) == (Break.CUT, 2)


def test_a_cut_tail_under_a_seal_is_named_by_the_event_that_is_gone(
    engine: Engine, history: list[str], tamper: Callable[..., None]
) -> None:
    tamper("DELETE FROM event WHERE id >= 19")
    broken = checked(engine).first_break
    assert (broken.kind, broken.event) == (Break.CUT, 19)


def test_a_cut_tail_that_no_seal_covers_shows_in_the_claim(
    engine: Engine, history: list[str], tamper: Callable[..., None]
) -> None:
    tamper("DELETE FROM event WHERE id = 22")
    broken = checked(engine).first_break
    assert (broken.kind, broken.subject) == (Break.CLAIM, history[2])


def test_events_in_another_order_are_named(
    engine: Engine, history: list[str], tamper: Callable[..., None]
) -> None:
    swap = "number = CASE number WHEN 2 THEN 103 ELSE 102 END"
    tamper(f"UPDATE event SET {swap} WHERE subject = ? AND number IN (2, 3)", history[0])
    tamper("UPDATE event SET number = number - 100 WHERE number > 100")
    broken = checked(engine).first_break
    assert broken.kind is Break.HASH
    assert broken.event in (2, 3)


def test_a_past_rewritten_with_good_hashes_breaks_the_seal(
    engine: Engine, history: list[str], tamper: Callable[..., None]
) -> None:
    """Someone who can hash rewrites the last event of a chain and the head that the claim knows."""
    with sqlite3.connect(engine.url.database) as database:
        database.row_factory = sqlite3.Row
        row = dict(database.execute("SELECT * FROM event WHERE id = 20").fetchone())
    database.close()
    with reading(engine) as session:
        told = session.get_one(EventRow, row["id"]).model_dump()
    forged = events.digest(told | {"why": "another story"})
    tamper("UPDATE event SET why = 'another story', hash = ? WHERE id = 20", forged)
    tamper("UPDATE claim SET event_head = ? WHERE id = ?", forged, history[1])
    assert first(engine) is Break.SEAL


def test_a_stage_written_behind_the_door_is_named(
    engine: Engine, history: list[str], tamper: Callable[..., None]
) -> None:
    tamper("UPDATE claim SET stage = 'closed' WHERE id = ?", history[0])
    broken = checked(engine).first_break
    assert (broken.kind, broken.subject) == (Break.CLAIM, history[0])
    assert "closed" in broken.message


@pytest.mark.parametrize("column", ["stage = 'no such stage'", "hold_reason = 'waits'", "version = 4"])
def test_any_state_written_behind_the_door_is_named(
    column: str, engine: Engine, history: list[str], tamper: Callable[..., None]
) -> None:
    tamper(f"UPDATE claim SET {column} WHERE id = ?", history[0])
    assert first(engine) is Break.CLAIM


def test_a_filing_written_behind_the_door_is_named(
    engine: Engine, history: list[str], tamper: Callable[..., None]
) -> None:
    tamper("UPDATE filing SET adjudication = 'paid' WHERE claim_id = ?", history[0])
    assert first(engine) is Break.FILING


def test_a_history_whose_claim_is_gone_is_named(
    engine: Engine, history: list[str], tamper: Callable[..., None]
) -> None:
    tamper("DELETE FROM claim WHERE id = ?", history[2])
    assert first(engine) is Break.GONE


def test_a_claim_whose_history_is_gone_is_named(
    engine: Engine, history: list[str], tamper: Callable[..., None]
) -> None:
    tamper("DELETE FROM event WHERE subject = ?", history[2])
    assert first(engine) is Break.CLAIM


@pytest.mark.parametrize("trigger", ["event_no_update", "posting_no_delete", "seal_no_update"])
def test_a_missing_trigger_is_named(trigger: str, engine: Engine, history: list[str]) -> None:
    with sqlite3.connect(engine.url.database) as database:
        database.execute(f"DROP TRIGGER {trigger}")
    database.close()
    broken = checked(engine).first_break
    assert broken.kind is Break.TRIGGER
    assert trigger in broken.message


@pytest.mark.parametrize("change", ["events = 3", "sealed_at = '2020-01-01 00:00:00'", "previous = 'x'"])
def test_a_changed_seal_does_not_bear_its_signature(
    change: str, engine: Engine, history: list[str], tamper: Callable[..., None]
) -> None:
    tamper(f"UPDATE seal SET {change}")
    assert first(engine) is Break.SEAL


def test_a_seal_of_another_key_is_not_believed(engine: Engine, history: list[str], act: Act) -> None:
    with transaction(engine) as session:
        seal(session, act, make_keyring())
    assert first(engine) is Break.SEAL


def test_a_database_cut_back_to_an_earlier_day_lacks_the_head_that_a_certificate_tells(
    engine: Engine, history: list[str], act: Act, keyring: Keyring, tamper: Callable[..., None]
) -> None:
    with transaction(engine) as session:
        head = seal(session, act, keyring).digest
    assert checked(engine, heads=[head]).ok
    tamper("DELETE FROM seal WHERE id = 2")
    assert checked(engine).ok
    assert checked(engine, heads=[head]).first_break.kind is Break.CUT


def test_sealing_twice_seals_once(session: Session, practice: Practice, act: Act, keyring: Keyring) -> None:
    practice.claim()
    assert seal(session, act, keyring).events == 1
    assert seal(session, act, keyring) is None


def test_an_event_that_commits_late_with_a_lower_id_goes_into_the_next_seal(
    session: Session, practice: Practice, act: Act, keyring: Keyring
) -> None:
    """PostgreSQL gives the ids out before the commits; the hole that a seal leaves is filled by the next."""
    early, late = practice.claim(stage=Stage.SCRUB).claim, practice.claim(stage=Stage.ELIGIBILITY).claim
    held_back = _take_out(session, early.id, numbers=(3, 4))
    assert seal(session, act, keyring).ranges == [[1, 2], [5, 7]]
    _put_back(session, held_back)
    assert [id for id, _ in unsealed(session)] == [3, 4]
    second = seal(session, act, keyring)
    assert second.ranges == [[3, 4]]
    assert late.version == 2
    assert verify(session).ok


def _take_out(session: Session, subject: str, numbers: tuple[int, ...]) -> list[dict]:
    connection = session.connection()
    connection.exec_driver_sql("DROP TRIGGER event_no_delete")
    query = f"subject = '{subject}' AND number IN {numbers}"
    rows = [dict(row._mapping) for row in connection.exec_driver_sql(f"SELECT * FROM event WHERE {query}")]
    connection.exec_driver_sql(f"DELETE FROM event WHERE {query}")
    return rows


def _put_back(session: Session, rows: list[dict]) -> None:
    for row in rows:
        names = ", ".join(row)
        places = ", ".join(f":{name}" for name in row)
        session.connection().exec_driver_sql(f"INSERT INTO event ({names}) VALUES ({places})", row)
    triggers.install(session.connection())


def test_one_claim_is_verified_with_the_seals_over_it(
    engine: Engine, history: list[str], tamper: Callable[..., None]
) -> None:
    with reading(engine) as session:
        assert (verify_claim(session, history[0]).events, verify_claim(session, history[0]).sealed) == (
            10,
            10,
        )
        assert verify_claim(session, history[2]).sealed == 0
    tamper("UPDATE event SET why = 'x' WHERE subject = ? AND number = 5", history[0])
    with reading(engine) as session:
        assert verify_claim(session, history[0]).first_break.number == 5
        assert verify_claim(session, history[2]).ok


def test_the_memory_of_a_verification_holds_one_page_of_problems(
    engine: Engine, act: Act, tamper: Callable[..., None]
) -> None:
    with transaction(engine) as session:
        practice = Practice(session, act)
        for _ in range(30):
            practice.claim(stage=Stage.SCRUB)
    tamper("UPDATE event SET actor = 'nobody'")
    result = checked(engine)
    assert result.count == 150
    assert len(result.problems) == 100
    assert result.first_break.event == 1


@pytest.fixture
def bundle(engine: Engine, history: list[str], act: Act, tmp_path: Path) -> Path:
    """The first claim's bundle, with the file that it came from."""
    with transaction(engine) as session:
        encounter = session.get_one(Encounter, session.get_one(Claim, history[0]).encounter_id)
        document = archive(session, b"ISA*00*synthetic~", kind="837P", direction="in", at=act.at.business)
        encounter.document_id = document.id
        session.add(encounter)
    export(engine, act, tmp_path / "out", [history[0]])
    return tmp_path / "out"


def test_a_bundle_proves_itself_without_keys_or_database(bundle: Path, keyring: Keyring) -> None:
    result = verify_bundle(bundle, keyring.public_key)
    assert result.ok, result.problems
    assert (result.events, result.sealed) == (10, 10)


def test_a_bundle_holds_the_decrypted_documents_for_the_owner_alone(bundle: Path) -> None:
    (raw,) = (bundle / "raw").iterdir()
    assert raw.read_bytes() == b"ISA*00*synthetic~"
    assert raw.suffix == ".x12"
    assert {path.stat().st_mode & 0o777 for path in bundle.rglob("*") if path.is_file()} == {0o600}
    assert (bundle / "raw").stat().st_mode & 0o777 == 0o700


def test_a_bundle_of_one_claim_tells_nothing_of_the_others(bundle: Path, history: list[str]) -> None:
    texts = b"".join(path.read_bytes() for path in bundle.rglob("*") if path.is_file()).decode("latin-1")
    assert history[0] in texts
    assert history[1] not in texts


def test_an_export_is_on_record_before_its_files(engine: Engine, bundle: Path, history: list[str]) -> None:
    with reading(engine) as session:
        (told,) = list(stored_events(session, ["system"]))
    assert told["kind"] == "audit_exported"
    assert told["facts"] == {"claims": [history[0]]}


def test_a_bundle_of_everything_holds_every_event(
    engine: Engine, history: list[str], act: Act, tmp_path: Path
) -> None:
    exported = export(engine, act, tmp_path / "all")
    result = verify_bundle(tmp_path / "all")
    assert result.ok
    assert (result.events, result.sealed) == (exported.events, 20) == (23, 20)


@pytest.mark.parametrize("name", ["events.jsonl", "seals.json", "manifest.json", "hashes/1.txt"])
def test_a_changed_file_of_a_bundle_is_named(name: str, bundle: Path) -> None:
    text = (bundle / name).read_text()
    (bundle / name).write_text(text.replace("1", "2", 1) if name != "manifest.json" else text + "\n")
    broken = verify_bundle(bundle).first_break
    assert name in broken.message


def test_a_file_that_was_taken_out_or_put_in_is_named(bundle: Path) -> None:
    (bundle / "events.jsonl").unlink()
    assert "events.jsonl is gone" in verify_bundle(bundle).first_break.message
    (bundle / "raw" / "more.x12").write_text("")
    assert any("put in" in problem.message for problem in verify_bundle(bundle).problems)


def test_a_bundle_signed_anew_by_someone_else_is_not_the_practices(bundle: Path, keyring: Keyring) -> None:
    _forge(bundle, make_keyring())
    assert verify_bundle(bundle).first_break.kind is Break.SEAL  # its seals still are the practice's
    assert "another key" in verify_bundle(bundle, keyring.public_key).first_break.message


def test_an_event_rewritten_by_the_key_holder_breaks_the_seal(bundle: Path, keyring: Keyring) -> None:
    lines = [json.loads(line) for line in (bundle / "events.jsonl").read_text().splitlines()]
    lines[-1]["why"] = "another story"
    lines[-1]["hash"] = events.digest(lines[-1])
    (bundle / "events.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    _forge(bundle, keyring)
    broken = verify_bundle(bundle, keyring.public_key).first_break
    assert (broken.kind, broken.event) == (Break.SEAL, lines[-1]["id"])


def _forge(bundle: Path, keys: Keyring) -> None:
    """Make manifest and signature anew over the files as they are."""
    (bundle / "public_key.pem").write_bytes(public_pem(keys.public_key))
    manifest = json.loads((bundle / "manifest.json").read_bytes())
    for name in manifest["files"]:
        manifest["files"][name]["sha256"] = hashlib.sha256((bundle / name).read_bytes()).hexdigest()
    body = json.dumps(manifest).encode()
    (bundle / "manifest.json").write_bytes(body)
    (bundle / "manifest.sig").write_bytes(bytes.fromhex(keys.sign(body)))


def test_an_export_refuses_unknown_claims_and_folders_in_use(
    engine: Engine, history: list[str], act: Act, tmp_path: Path
) -> None:
    with pytest.raises(NotFound):
        export(engine, act, tmp_path / "out", ["nobody"])
    assert not (tmp_path / "out").exists()
    with pytest.raises(BadInput):
        export(engine, act, tmp_path)  # the database stands there


def test_a_folder_that_is_no_bundle_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        verify_bundle(tmp_path)


def test_real_and_business_time_are_part_of_what_is_sealed(
    engine: Engine, clock: FixedClock, keyring: Keyring
) -> None:
    with transaction(engine) as session:
        Practice(session, Act("system", clock.now())).claim()
        clock.move(timedelta(days=1))
        made = seal(session, Act("system", clock.now()), keyring)
        assert made.sealed_at == clock.now().real
    assert checked(engine).ok
