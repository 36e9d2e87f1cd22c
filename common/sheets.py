"""Tables for spreadsheets: CSV that Excel opens as UTF-8, and in which no cell is taken for a formula."""

import csv
import io
from collections.abc import Iterable, Sequence


def harmless(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in "=+-@\t\r" and text else text


def sheet(head: Sequence[object], lines: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    writer.writerows([harmless(cell) if isinstance(cell, str) else cell for cell in line] for line in lines)
    return "\ufeff" + out.getvalue()
