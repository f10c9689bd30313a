"""What publishers send code sets in: zips, spreadsheets, the fixed lines of the HCPCS file."""

import io
import zipfile


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def workbook(rows: list[list[str]]) -> bytes:
    """A spreadsheet as Excel writes it: shared strings, numbers without quotes, empty cells left out."""
    strings = list(dict.fromkeys(cell for row in rows for cell in row if cell and not cell.isdecimal()))
    lines = []
    for number, row in enumerate(rows, 1):
        cells = []
        for place, cell in enumerate(row):
            name = f"{chr(65 + place)}{number}"
            if cell.isdecimal() and not cell.startswith("0"):
                cells.append(f'<c r="{name}"><v>{cell}</v></c>')
            elif cell:
                cells.append(f'<c r="{name}" t="s"><v>{strings.index(cell)}</v></c>')
        lines.append(f'<row r="{number}">{"".join(cells)}</row>')
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    shared = "".join(f"<si><t>{text}</t></si>" for text in strings)
    sheet = f"<worksheet {space}><sheetData>{''.join(lines)}</sheetData></worksheet>"
    parts = {"xl/sharedStrings.xml": f"<sst {space}>{shared}</sst>", "xl/worksheets/sheet1.xml": sheet}
    return zipped({name: text.encode() for name, text in parts.items()})


def anweb(code, record, long, short="", *, added="20200101", ends="", action="N", coverage="C"):
    """A line of 320 columns."""
    line = f"{code:>5}00100{record}{long:<80}{short:<28}".ljust(229) + coverage
    return f"{line.ljust(268)}{added}{added}{ends:<8}{action}".ljust(320) + "\r\n"
