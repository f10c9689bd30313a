"""The edits by chapter: a TOML file with the entries, a module of the same name with their predicates."""
