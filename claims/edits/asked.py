"""The code sets as one batch of claims asks them: the same code on the same day is answered once."""

from datetime import date

from claims.codes import CodeRow, Codes, Standing


class AskedOnce(Codes):
    """Codes that remember their answers; made for one batch, so that nothing outlives an import."""

    def __init__(self, codes: Codes) -> None:
        self._shelves = codes._shelves
        self._spans: dict[tuple[str, str], tuple[CodeRow, ...]] = {}
        self._rows: dict[tuple[str, str, date], CodeRow] = {}
        self._standings: dict[tuple[str, str, date], Standing] = {}

    def on(self, name: str, code: str, day: date) -> CodeRow | None:
        key = (name, code, day)
        found = self._rows.get(key)
        if found is None:
            found = next((row for row in self.spans(name, code) if row.covers(day)), None)
            if found is not None:
                self._rows[key] = found
        return found

    def spans(self, name: str, code: str) -> tuple[CodeRow, ...]:
        key = (name, code)
        found = self._spans.get(key)
        if found is None:
            found = self._spans[key] = super().spans(name, code)
        return found

    def standing(self, name: str, code: str, day: date) -> Standing:
        key = (name, code, day)
        found = self._standings.get(key)
        if found is None:
            found = self._standings[key] = super().standing(name, code, day)
        return found
