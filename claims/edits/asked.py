"""The code sets as one batch of claims asks them: the same code on the same day is answered once."""

from datetime import date

from claims.codes import CodeRow, Codes, Standing


class AskedOnce(Codes):
    """Codes that remember their answers; made for one batch, so that nothing outlives an import."""

    def __init__(self, codes: Codes) -> None:
        self._shelves = codes._shelves
        self._rows: dict[tuple[str, str, date], CodeRow | None] = {}
        self._standings: dict[tuple[str, str, date], Standing] = {}

    def on(self, name: str, code: str, day: date) -> CodeRow | None:
        key = (name, code, day)
        try:
            return self._rows[key]
        except KeyError:
            found = self._rows[key] = super().on(name, code, day)
            return found

    def standing(self, name: str, code: str, day: date) -> Standing:
        key = (name, code, day)
        try:
            return self._standings[key]
        except KeyError:
            found = self._standings[key] = super().standing(name, code, day)
            return found
