"""Intake: files of other systems become claims. Three readers, one neutral ``Visit``, one store.

``importer.import_path`` takes a file in (archive, read, store), ``completeness.complete`` is the first step
of a claim's life, ``correct.correct`` is how a person changes a claim. docs/intake.md has the formats.
"""
