"""The Medicare Coverage Database's weekly export: articles' code groups, and national determinations.

Code lists live in the articles, not in the LCDs; which group goes with which is prose. So we keep which
articles name a procedure, and which diagnoses an article names: enough for a warning, not for a verdict.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date

from claims.codes.building import Row
from claims.codes.layouts.named import plain_day
from claims.codes.sets import Kind
from claims.codes.sources import Member, refuse
from claims.codes.tables import OPEN_END, OPEN_START
from claims.errors import BadInput

_Record = Mapping[str, str]
Files = Mapping[str, Member]
"""The export's tables by name, without ``.csv``."""

# The database splits some states: the column state_abbrev of its parts is not a state's.
_PARTS = {"DN": "NY", "QN": "NY", "UN": "NY", "EM": "MO", "WM": "MO", "NF": "CA", "SF": "CA"}


def _records(files: Files, name: str, *columns: str) -> Iterator[tuple[int, _Record]]:
    member = files.get(name)
    if member is None:
        where = next(iter(files.values())).path.split("/")[0]
        tip = "Nothing was changed. Take the whole export as CMS publishes it."
        raise BadInput(f"{where} has no table {name}.csv.", tip=tip)
    rows = member.rows()
    line, header = next(rows, (1, [""]))
    names = [cell.strip().lower() for cell in header]
    for column in columns:
        if column not in names:
            refuse(member, line, 1, f"a column {column}", ", ".join(names[:2]))
    places = {column: names.index(column) for column in columns}
    for line, cells in rows:
        if any(cells):
            yield line, {name: cells[at].strip() if at < len(cells) else "" for name, at in places.items()}


def _current(files: Files) -> dict[str, _Record]:
    """Each article in its latest version."""
    latest: dict[str, _Record] = {}
    columns = ("article_id", "article_version", "title", "display_id", "date_retired")
    for line, row in _records(files, "article", *columns):
        if not row["article_id"].isdecimal() or not row["article_version"].isdecimal():
            refuse(files["article"], line, 1, "an article's id and version", row["article_id"])
        known = latest.get(row["article_id"])
        if known is None or int(known["article_version"]) < int(row["article_version"]):
            latest[row["article_id"]] = row
    return latest


def _of_current(files: Files, name: str, *columns: str) -> Iterator[tuple[int, str, _Record]]:
    """The records of the versions that are current, with the article's name."""
    latest = _current(files)
    for line, row in _records(files, name, "article_id", "article_version", *columns):
        article = latest.get(row["article_id"])
        if article is not None and article["article_version"] == row["article_version"]:
            yield line, f"A{row['article_id']}", row


def read_procedures(files: Files, kind: Kind) -> Iterator[Row]:
    """The articles that name a procedure."""
    articles: dict[str, set[str]] = {}
    for line, article, row in _of_current(files, "article_x_hcpc_code", "hcpc_code_id"):
        code = row["hcpc_code_id"]
        if not re.fullmatch(r"[0-9A-Z]{5}", code):
            refuse(files["article_x_hcpc_code"], line, 1, "a code of five characters", code)
        articles.setdefault(code, set()).add(article)
    for code, several in sorted(articles.items()):
        yield code, None, None, " ".join(sorted(several))


def read_diagnoses(files: Files, kind: Kind) -> Iterator[Row]:
    """Article and diagnosis: covered 1, or 0 where the article lists it as not covered."""
    for covered, word in (("0", "noncovered"), ("1", "covered")):
        name, code, group = f"article_x_icd10_{word}", "icd10_code_id", f"icd10_{word}_group"
        for line, article, row in _of_current(files, name, code, group):
            diagnosis = row[code].replace(".", "").upper()
            if not re.fullmatch(r"[A-Z][0-9A-Z]{2,6}", diagnosis):
                if diagnosis in ("", "XX000"):  # the export's filler for "none"
                    continue
                refuse(files[name], line, 1, "an ICD-10-CM code", row[code])
            yield f"{article} {diagnosis}", None, None, covered, row[group]


def read_articles(files: Files, kind: Kind) -> Iterator[Row]:
    """An article's title, the states of its contractors, and when it was retired."""
    states = _states(files)
    where: dict[str, set[str]] = {}
    for _, article, row in _of_current(files, "article_x_contractor", "contractor_id"):
        where.setdefault(article, set()).update(states.get(row["contractor_id"], ()))
    for id, row in sorted(_current(files).items()):
        article = f"A{id}"
        retired = plain_day(row["date_retired"])
        told = retired.isoformat() if retired else ""
        yield article, None, None, row["title"], " ".join(sorted(where.get(article, ()))), told


def _states(files: Files) -> dict[str, set[str]]:
    names = {row["state_id"]: row["state_abbrev"].upper() for _, row in _records(
        files, "state_lookup", "state_id", "state_abbrev"
    )}  # fmt: skip
    found: dict[str, set[str]] = {}
    for _, row in _records(files, "contractor_jurisdiction", "contractor_id", "state_id"):
        name = names.get(row["state_id"], "")
        found.setdefault(row["contractor_id"], set()).add(_PARTS.get(name, name))
    return found


_LEVELS = {"1": "full", "2": "restricted", "3": "none"}


def read_national(files: Files, kind: Kind) -> Iterator[Row]:
    """National determinations by manual section; a title that says RETIRED often has no end date."""
    columns = ("ncd_id", "ncd_vrsn_num", "ncd_mnl_sect", "ncd_mnl_sect_title", "cvrg_lvl_cd", "ncd_efctv_dt",
               "ncd_trmntn_dt")  # fmt: skip
    for line, row in _records(files, "ncd_trkg", *columns):
        if not row["ncd_mnl_sect"]:
            refuse(files["ncd_trkg"], line, 1, "a manual section", "")
        first = _day(files["ncd_trkg"], line, row["ncd_efctv_dt"]) or OPEN_START
        last = _day(files["ncd_trkg"], line, row["ncd_trmntn_dt"]) or OPEN_END
        level = _LEVELS.get(row["cvrg_lvl_cd"], row["cvrg_lvl_cd"])
        yield row["ncd_mnl_sect"], first, max(first, last), row["ncd_mnl_sect_title"], level


def _day(member: Member, line: int, text: str) -> int | None:
    if not text:
        return None
    day: date | None = plain_day(text)
    if day is None:
        refuse(member, line, 1, "a day", text)
    return day.toordinal()
