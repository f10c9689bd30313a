"""A file of FHIR R4 resources: a bundle of any kind, one resource, or NDJSON; and how references resolve.

An own, lenient reader: one wrong element costs that element and a message with its path. The typed FHIR
library refuses the whole resource instead, and its messages repeat the values.
"""

import re
from collections.abc import Iterator
from typing import Any

from claims.errors import BadInput
from claims.intake import json_tree
from claims.intake.json_tree import Node
from claims.intake.values import Troubles

NPI_SYSTEM = "http://hl7.org/fhir/sid/us-npi"
_TIP = "A FHIR R4 bundle, resource or NDJSON file was expected: export it again."
_RESOURCE_TYPE = re.compile(r"[A-Z][A-Za-z]{1,40}")
_CONDITIONAL = re.compile(r"(?P<type>[A-Z][A-Za-z]+)\?identifier=(?P<system>[^|]*)\|(?P<value>[^|&]+)")


class Library:
    """All resources of one file, by type and by everything that a reference may name them with."""

    def __init__(self) -> None:
        self.troubles = Troubles()
        self._types: dict[str, list[Node]] = {}
        self._named: dict[str, Node] = {}
        self._links: dict[tuple[str, str], dict[str, list[Node]]] = {}

    def add(self, resource: Any, path: str, full_url: object = None) -> None:
        """Take in one resource; raises BadInput when it is none."""
        if not isinstance(resource, dict):
            raise BadInput(f"{path}: a FHIR resource was expected.", tip=_TIP)
        type_ = resource.get("resourceType")
        if not isinstance(type_, str) or not _RESOURCE_TYPE.fullmatch(type_):
            raise BadInput(f"{path}.resourceType: the name of a FHIR resource was expected.", tip=_TIP)
        node = Node(resource, path, self.troubles)
        self._types.setdefault(type_, []).append(node)
        for name in self._names(node, type_, full_url):
            self._named.setdefault(name, node)

    def _names(self, node: Node, type_: str, full_url: object) -> Iterator[str]:
        if isinstance(full_url, str):
            yield full_url
        if id_ := node.text("id"):
            yield f"{type_}/{id_}"
            yield f"urn:uuid:{id_}"
        for identifier in node.each("identifier"):
            if value := identifier.text("value"):
                yield f"{type_}?{identifier.text('system') or ''}|{value}"

    def all(self, type_: str) -> list[Node]:
        return self._types.get(type_, [])

    def types(self) -> set[str]:
        return set(self._types)

    def find(self, reference: Node, within: Node | None = None) -> Node | None:
        """What a reference names: contained in ``within``, or in this file; None when it is elsewhere."""
        text = reference.text("reference") or ""
        if text.startswith("#") and within is not None:
            return next((c for c in within.each("contained") if c.text("id") == text[1:]), None)
        if conditional := _CONDITIONAL.fullmatch(text):
            return self._named.get(f"{conditional['type']}?{conditional['system']}|{conditional['value']}")
        if text in self._named:
            return self._named[text]
        return self._named.get("/".join(text.split("/_history/")[0].split("/")[-2:]))

    def naming(self, target: Node, type_: str, element: str) -> list[Node]:
        """The resources of that type whose ``element`` refers to ``target``."""
        if (type_, element) not in self._links:
            links = self._links[type_, element] = {}
            for node in self.all(type_):
                found = self.find(node.child(element), node)
                if found is not None:
                    links.setdefault(found.path, []).append(node)
        return self._links[type_, element].get(target.path, [])


def npi_named(reference: Node) -> str | None:
    """The NPI that a reference carries in itself, by condition or as a logical identifier."""
    conditional = _CONDITIONAL.fullmatch(reference.text("reference") or "")
    if conditional and conditional["system"] == NPI_SYSTEM:
        return conditional["value"]
    identifier = reference.child("identifier")
    return identifier.text("value") if identifier.text("system") == NPI_SYSTEM else None


def read_library(text: str) -> Library:
    """A bundle, or one resource."""
    library = Library()
    _take(library, json_tree.load(text), "document")
    return library


def read_ndjson_library(text: str) -> Library:
    """One resource a line, as bulk exports have it."""
    library = Library()
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            _take(library, json_tree.load(line, f"Line {number}, "), f"line {number}")
    return library


def _take(library: Library, document: Any, path: str) -> None:
    """A resource, or the resources of a bundle."""
    if not isinstance(document, dict) or document.get("resourceType") != "Bundle":
        library.add(document, path)
        return
    entries = document.get("entry", [])
    if not isinstance(entries, list):
        raise BadInput(f"{path}.entry: a list was expected.", tip=_TIP)
    for number, entry in enumerate(entries):
        where = f"{path}.entry[{number}]"
        if not isinstance(entry, dict):
            raise BadInput(f"{where}: an object was expected.", tip=_TIP)
        if entry.get("resource") is not None:
            library.add(entry["resource"], f"{where}.resource", entry.get("fullUrl"))
