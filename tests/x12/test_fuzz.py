"""Broken copies of files: the reduced run of `cleanclaim bench x12-fuzz`."""

from deployments.bench import x12_fuzz
from deployments.bench.x12_files import own_files
from deployments.bench.x12_fuzz import fuzz
from deployments.bench.x12_mutants import mutant


def test_broken_files_give_findings_or_the_codecs_own_error(corpus_files):
    tried = fuzz(own_files() | corpus_files, seed=837, first=0, mutants=250)
    assert tried.failures == []
    assert tried.mutants == 250
    assert 0 < tried.unreadable["show"] < 250


def test_the_same_seed_and_number_make_the_same_mutant():
    files = list(own_files().values())
    made = [mutant(files, 7, number) for number in range(50)]
    assert made == [mutant(files, 7, number) for number in range(50)]
    assert len({data for _, data in made}) > 40


def test_a_failure_is_named_by_file_and_number_without_a_word_of_data(monkeypatch):
    def stumbles(data):
        raise KeyError(data)

    monkeypatch.setitem(x12_fuzz.RUNS, "show", stumbles)
    failed = fuzz({"a.837": own_files()["837P"]}, seed=1, first=5, mutants=1).as_json()["failures"]
    assert failed == [{"number": 5, "file": "a.837", "what": "show", "trouble": "KeyError"}]


def test_what_never_ends_is_stopped_after_its_second(monkeypatch):
    def never_ends(_):
        while True:
            pass

    monkeypatch.setattr(x12_fuzz, "SECONDS", 0.05)
    monkeypatch.setitem(x12_fuzz.RUNS, "show", never_ends)
    (failure,) = fuzz({"a.837": own_files()["837P"]}, seed=1, first=0, mutants=1).failures
    assert failure.trouble == "Hung"
