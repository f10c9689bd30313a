from pathlib import Path

from claims.diagram import diagram


def test_the_picture_of_the_lifecycle_is_the_one_of_the_table():
    drawn = Path(__file__).parents[2] / "docs" / "lifecycle.md"
    assert drawn.read_text("utf-8") == diagram(), "run: python -m claims.diagram > docs/lifecycle.md"
