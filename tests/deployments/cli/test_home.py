"""Homes, keys and settings that cannot be used: one message that says what to do, exit 2."""

import shutil

import pytest


def test_a_new_home_gets_keys_and_a_database_of_its_owner_alone(cleanclaim, bare_home):
    ran = cleanclaim("db", "upgrade", "--json")
    assert (ran.json["home"], ran.json["new_keys"]) == (str(bare_home), True)
    modes = {path.name: path.stat().st_mode & 0o777 for path in (bare_home, *bare_home.iterdir())}
    assert modes == {"home": 0o700, "keys.json": 0o600, "claims.db": 0o600, "codes": 0o700}
    assert cleanclaim("db", "upgrade", "--json").json["new_keys"] is False
    assert cleanclaim("claims", "list", "--json").json == {"claims": []}


def test_without_keys_a_command_says_how_to_make_them(cleanclaim, bare_home):
    ran = cleanclaim("claims", "list")
    assert (ran.exit, ran.out) == (2, "")
    assert ran.err.startswith("key_missing: ")
    assert "db upgrade" in ran.err


def test_new_keys_are_never_made_for_a_database_that_is_there(cleanclaim, home):
    (home / "keys.json").unlink()
    ran = cleanclaim("db", "upgrade")
    assert (ran.exit, "no key file" in ran.err) == (2, True)
    assert not (home / "keys.json").exists()


def test_a_key_file_that_others_can_read_is_refused(cleanclaim, home):
    (home / "keys.json").chmod(0o644)
    ran = cleanclaim("users", "list")
    assert (ran.exit, "chmod 600" in ran.err) == (2, True)


def test_a_database_without_tables_is_named(cleanclaim, home):
    (home / "claims.db").write_bytes(b"")
    ran = cleanclaim("users", "list")
    assert (ran.exit, "has no tables yet. Run `cleanclaim db upgrade`" in ran.err) == (2, True)


@pytest.mark.parametrize(
    "url",
    ["nonsense", "nonsense://x/y", "postgresql+psycopg://nobody@127.0.0.1:1/x", "sqlite:////nowhere/x.db"],
)
@pytest.mark.parametrize("words", [("users", "list"), ("db", "upgrade")])
def test_a_database_that_is_not_there_is_named(cleanclaim, home, monkeypatch, url, words):
    monkeypatch.setenv("CLEANCLAIM_DATABASE_URL", url)
    ran = cleanclaim(*words)
    assert (ran.exit, ran.out) == (2, "")
    assert ran.err.startswith("bad_settings: ")
    assert "database_url" in ran.err


def test_a_file_that_is_no_database_is_named(cleanclaim, home):
    (home / "claims.db").write_bytes(b"no database, for sure" * 100)
    for words in (("users", "list"), ("db", "upgrade")):
        ran = cleanclaim(*words)
        assert (ran.exit, "cannot be opened" in ran.err) == (2, True)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("profile = [", "is not TOML"),
        ('profile = "x"\nzone = "Moon/Base"\n', "profile: "),
        ('unknown = "x"\n', "unknown: "),
        ("[connectors.a]\n", "connectors.a.base_url"),
    ],
)
@pytest.mark.parametrize("words", [("claims", "list"), ("serve",), ("run", "poll"), ("db", "upgrade")])
def test_wrong_settings_are_told_before_anything_starts(cleanclaim, home, text, told, words):
    (home / "cleanclaim.toml").write_text(text)
    ran = cleanclaim(*words)
    assert (ran.exit, ran.err.startswith("bad_settings: "), told in ran.err) == (2, True, True), ran.err
    assert len(ran.err.splitlines()) == 1


def test_settings_that_are_a_folder_are_told(cleanclaim, home):
    (home / "cleanclaim.toml").unlink()
    (home / "cleanclaim.toml").mkdir()
    ran = cleanclaim("users", "list")
    assert (ran.exit, "cannot be read" in ran.err) == (2, True)


def test_files_that_cannot_be_taken_in_are_named_and_the_others_taken(cleanclaim, home, tmp_path):
    good = tmp_path / "visits.csv"
    good.write_text("visit_id,patient_id,from_date\nV1,R1,2026-02-16\n")
    (tmp_path / "noise.bin").write_bytes(bytes(range(256)))
    ran = cleanclaim("import", tmp_path / "noise.bin", good, "/dev/zero", "--json")
    assert ran.exit == 2
    assert [file["file"] for file in ran.json["files"]] == [str(good)]
    assert [file["file"] for file in ran.json["refused"]] == [str(tmp_path / "noise.bin"), "/dev/zero"]
    assert str(tmp_path / "noise.bin") in ran.err


def test_the_same_file_twice_adds_nothing(cleanclaim, home, tmp_path):
    good = tmp_path / "visits.csv"
    good.write_text("visit_id,patient_id,from_date\nV1,R1,2026-02-16\n")
    first, second = (cleanclaim("import", good, "--json").json["files"][0] for _ in range(2))
    assert (len(first["claims"]), second["claims"], second["known"]) == (1, [], 1)
    assert cleanclaim("import", good).out.startswith("Taken in")


def test_without_a_prefect_server_a_run_says_how_to_start_one(cleanclaim, home, monkeypatch):
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    ran = cleanclaim("run", "reconcile")
    assert (ran.exit, ran.out, "Start one with `cleanclaim serve`" in ran.err) == (2, "", True)


def test_the_history_is_verified_and_exported(cleanclaim, visit, tmp_path):
    claim = visit().claim
    verified = cleanclaim("audit", "verify", "--json")
    assert {"ok", "events", "sealed", "first_break"} <= set(verified.json)
    assert (verified.exit, verified.json["ok"], verified.json["first_break"]) == (0, True, None)
    out = tmp_path / "bundle"
    exported = cleanclaim("audit", "export", "--out", out, "--claim", claim.pcn, "--as", "aud", "--json").json
    assert exported["folder"] == str(out)
    assert {path.stat().st_mode & 0o777 for path in out.rglob("*") if path.is_file()} == {0o600}
    assert cleanclaim("audit", "verify", "--bundle", out, "--json").json["ok"] is True
    (out / "events.jsonl").write_text("{}\n")
    broken = cleanclaim("audit", "verify", "--bundle", out)
    assert (broken.exit, "BROKEN" in broken.out) == (1, True)


def test_the_edits_are_listed_and_explained(cleanclaim):
    edits = cleanclaim("edits", "list", "--json").json["edits"]
    ids = [edit["id"] for edit in edits]
    assert len(ids) == len(set(ids)) > 100
    scrub = cleanclaim("edits", "list", "--step", "scrub", "--json").json["edits"]
    assert {edit["step"] for edit in scrub} == {"scrub"}
    assert cleanclaim("edits", "explain", ids[0], "--json").json == edits[0]
    assert edits[0]["tip"] in cleanclaim("edits", "explain", ids[0]).out


def test_an_unforeseen_error_tells_its_type_and_place_and_never_its_text(cleanclaim, home, monkeypatch):
    def breaks(*_arguments: object, **_named: object) -> None:
        raise KeyError("EXAMPLE, ADA")

    monkeypatch.setattr("claims.listing.list_claims", breaks)
    ran = cleanclaim("claims", "list")
    assert (ran.exit, ran.out) == (1, "")
    assert ran.err.startswith("unforeseen: KeyError at ")
    assert "EXAMPLE" not in ran.err


def test_a_home_is_restored_from_a_copy_and_its_keys(cleanclaim, visit, home, tmp_path, monkeypatch):
    claim = visit().claim
    made = cleanclaim("db", "backup", tmp_path / "copy.db", "--as", "otto", "--json")
    new = tmp_path / "new"
    monkeypatch.setenv("CLEANCLAIM_HOME", str(new))
    keyless = cleanclaim("db", "restore", tmp_path / "copy.db", "--as", "otto")
    shutil.copy(home / "keys.json", new)
    restored = cleanclaim("db", "restore", tmp_path / "copy.db", "--as", "otto", "--json")

    assert (keyless.exit, "keys.json" in keyless.err) == (2, True)
    assert (restored.exit, restored.json["rows"]) == (0, made.json["rows"])
    assert [each["pcn"] for each in cleanclaim("claims", "list", "--json").json["claims"]] == [claim.pcn]
    assert (new / "claims.db").stat().st_mode & 0o777 == 0o600
