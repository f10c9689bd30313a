"""docs/edits.md says what is: how many edits, which defects are found, the variables of conditions."""

import os
from collections import Counter
from pathlib import Path

import pytest
from edit_defects import DEFECTS

from claims.edits import catalogue
from claims.edits.variables import LINE, VARIABLES

DOCS = Path("docs/edits.md")
TYPES = {1: "syntax", 2: "guide", 3: "balance", 4: "situation", 5: "code sets", 6: "service line", 7: "payer"}


def counted():
    edits, rules = Counter(e.snip for e in catalogue()), Counter(e.snip for e in catalogue() if not e.same_as)
    rows = [f"| {snip} {words} | {edits[snip]} | {rules[snip]} |" for snip, words in TYPES.items()]
    total = f"| together | {edits.total()} | {rules.total()} |"
    return "\n".join(["| SNIP type | Edits | Rules |", "|---|---|---|", *rows, total])


def defects():
    rows = []
    for snip in range(1, 6):
        names = [name for name, (type_, _) in DEFECTS.items() if type_ == snip]
        rows.append(f"| {snip} {TYPES[snip]} | {', '.join(names)} | {len(names)} | 0 |")
    return "\n".join(["| SNIP type | Defects | Found | Missed |", "|---|---|---|---|", *rows])


def variables():
    rows = [f"| `{name}` | {each.kind} | {each.words} |" for name, each in VARIABLES.items()]
    rows += [f"| `line.{name}` | {each.kind} | {each.words} |" for name, each in LINE.items()]
    return "\n".join(["| Variable | Kind | |", "|---|---|---|", *rows])


@pytest.mark.parametrize("part", [counted, defects, variables])
def test_the_docs_say_what_is(part):
    """With WRITE_DOCS=1 the part is written anew."""
    text, name = DOCS.read_text(), part.__name__
    before, _, rest = text.partition(f"<!-- {name} -->")
    old, _, after = rest.partition(f"<!-- /{name} -->")
    if os.environ.get("WRITE_DOCS"):
        DOCS.write_text(f"{before}<!-- {name} -->\n{part()}\n<!-- /{name} -->{after}")
        return
    assert old.strip() == part(), "run this test once with WRITE_DOCS=1"
