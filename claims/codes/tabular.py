"""The ICD-10-CM tabular list: titles, inclusion terms, notes and 7th characters, from its official XML.

Notes hold for all codes below the place where they stand. Of a note's prose only the codes are kept.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

_CODE = r"[A-Z]\d[0-9A-Z](?:\.[0-9A-Z]{1,4})?"
_NAMED = re.compile(rf"\b({_CODE})(?:\.-|-(?!\w))?(?:-({_CODE})(?:\.-|-(?!\w))?)?")
_NOTES = {"excludes1": "excludes1", "codeFirst": "code_first", "useAdditionalCode": "use_additional"}


@dataclass(frozen=True, slots=True)
class Entry:
    """A code of the list, without dot. Notes are codes and ranges of codes with spaces between.

    ``seventh`` has the 7th characters that codes below it take, with what each one says.
    """

    code: str
    title: str
    heading: bool
    terms: tuple[str, ...]
    excludes1: str
    code_first: str
    use_additional: str
    seventh: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Above:
    notes: dict[str, tuple[str, ...]]
    seventh: tuple[tuple[str, str], ...] = ()


def read_tabular(path: Path) -> Iterator[Entry]:
    """Every category and code, each before those below it."""
    root = ElementTree.parse(path).getroot()
    for chapter in root.iter("chapter"):
        above = _below(chapter, _Above({}))
        for section in chapter.iter("section"):
            within = _below(section, above)
            for diagnosis in section.findall("diag"):
                yield from _entries(diagnosis, within)


def _entries(element: ElementTree.Element, above: _Above) -> Iterator[Entry]:
    here, children, terms = _below(element, above), [], []
    for child in element:
        if child.tag == "diag":
            children.append(child)
        elif child.tag in ("inclusionTerm", "includes"):
            terms += [note.text or "" for note in child]
    told = {name: " ".join(dict.fromkeys(here.notes.get(name, ()))) for name in _NOTES.values()}
    code, title = (element.findtext("name") or "").replace(".", ""), element.findtext("desc") or ""
    yield Entry(code, title, bool(children), tuple(terms), seventh=here.seventh, **told)
    for child in children:
        yield from _entries(child, here)


def _below(element: ElementTree.Element, above: _Above) -> _Above:
    notes, seventh = above.notes, above.seventh
    for child in element:
        name = _NOTES.get(child.tag)
        if name:
            found = tuple(code for note in child for code in named(note.text or ""))
            notes = {**notes, name: notes.get(name, ()) + found}
        elif child.tag == "sevenChrDef":
            seventh = tuple((each.get("char") or "", each.text or "") for each in child)
    return above if notes is above.notes and seventh is above.seventh else _Above(notes, seventh)


def named(note: str) -> Iterator[str]:
    """The codes that a note names: ``E10`` for E10.-, ``E08-E13`` for a range."""
    for first, last in _NAMED.findall(note):
        low, high = first.replace(".", ""), last.replace(".", "")
        yield f"{low}-{high}" if high else low
