"""The way out: what the file around the claim needs, and text that X12 carries badly."""

from collections.abc import Iterator

from claims.edits.rules.demographics import UNSENDABLE, joined_texts
from claims.edits.subject import Hit, Subject, edit

SHIPPED_SUBMITTERS = {"CLEANCLAIM", "CLEANCLAIM PRACTICE"}
LONGEST_NOTE = 80


@edit("connector.missing")
def nowhere_to_send_it(subject: Subject) -> Iterator[Hit]:
    """Silent where no connector is set up at all: then claims are judged, not sent."""
    settings, profile = subject.settings, subject.profile
    if settings and profile and settings.connectors and profile.connector not in settings.connectors:
        yield Hit(profile.connector)


@edit("submitter.default")
def sent_in_nobodys_name(subject: Subject) -> Iterator[Hit]:
    settings = subject.settings
    live = settings is not None and settings.connectors and not settings.sandbox
    if settings and live and {settings.submitter.id, settings.submitter.name} & SHIPPED_SUBMITTERS:
        yield Hit()


@edit("submitter.characters")
def submitter_unsendable(subject: Subject) -> Iterator[Hit]:
    settings = subject.settings
    if settings and UNSENDABLE.search(
        settings.submitter.id + settings.submitter.name + settings.submitter.contact
    ):
        yield Hit()


@edit("text.not_ascii")
def letters_beyond_the_basic_set(subject: Subject) -> Iterator[Hit]:
    for whose, text in joined_texts(subject):
        if not text.isascii():
            yield Hit(whose)


@edit("note.characters", on="note")
def note_unsendable(subject: Subject) -> Iterator[Hit]:
    note = subject.claim.note or ""
    if len(note) > LONGEST_NOTE:
        yield Hit(f"{len(note)} characters, at most {LONGEST_NOTE}")
    if UNSENDABLE.search(note):
        yield Hit("a character that ends an element")


@edit("line.numbers")
def lines_not_counted_from_one(subject: Subject) -> Iterator[Hit]:
    numbers = [line.number for line in subject.lines]
    if numbers != list(range(1, len(numbers) + 1)):
        yield Hit()
