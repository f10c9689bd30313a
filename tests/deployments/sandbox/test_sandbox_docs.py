"""The page for people says what the code does."""

from pathlib import Path

from deployments.sandbox import payers
from deployments.sandbox.faults import PLACES
from deployments.sandbox.scenarios import NATURAL, SCENARIOS

PAGE = (Path(__file__).parents[3] / "docs" / "sandbox.md").read_text()


def test_the_page_tells_every_scenario_in_the_same_words():
    for script in SCENARIOS.values():
        assert f"| `{script.prefix}` | {script.words} |" in PAGE
    assert NATURAL.words in PAGE


def test_the_page_names_every_payer_and_every_place_for_faults():
    assert all(f"`{payer}`" in PAGE for payer in payers.load().payers)
    assert all(place in PAGE for place in PLACES)
