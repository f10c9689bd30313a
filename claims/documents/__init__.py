"""Documents for people and payers: appeal letters and patient statements, as plain text."""
