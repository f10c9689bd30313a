"""The edits: a catalogue of data with a predicate beside each entry, and the engine that runs it.

``catalogue()`` lists the edits, ``run`` judges claims and changes nothing, ``coding_review`` and ``scrub``
are the two steps of a claim's life that act on what ``run`` finds. They are the only road to submission.
"""

from claims.edits.catalogue import Edit, catalogue, digest, explain
from claims.edits.engine import BROKEN_EDIT, run
from claims.edits.lookups import Lookups, load_lookups
from claims.edits.steps import coding_review, scrub
from claims.edits.subject import Hit, Subject

__all__ = [
    "BROKEN_EDIT",
    "Edit",
    "Hit",
    "Lookups",
    "Subject",
    "catalogue",
    "coding_review",
    "digest",
    "explain",
    "load_lookups",
    "run",
    "scrub",
]
