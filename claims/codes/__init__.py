"""Code sets, effective-dated. What ships is a small seed, labelled as such; full tables come by import."""

from claims.codes.tables import CodeRow, CodeSet, code_set, versions

__all__ = ["CodeRow", "CodeSet", "code_set", "versions"]
