"""The head imports a roster with one bad row, is told where, mends it and imports it."""

from __future__ import annotations

from playwright.sync_api import FilePayload

from scripts.headless import Visitor
from scripts.tour.ground import PICTURES, say

HEADER = "email,name,role,course\n"
GOOD = (
    "nadia@demo.test,Nadia Rahimi,student,Mathematics 7b\n",
    "omar@demo.test,عمر الخطيب,student,Mathematics 7b\n",
    "svea@demo.test,Svea Lindqvist,student,Mathematics 7b\n",
)
BAD = "svea(at)demo.test,Svea Lindqvist,student,Mathematics 7b\n"


def import_roster(head: Visitor) -> int:
    """How many rows the dry run refused: one."""
    before = count_people(head)
    upload(head, HEADER + GOOD[0] + GOOD[1] + BAD)
    rows = head.page.locator("table.findings tbody tr")
    rows.first.wait_for()
    found = [tuple(row.locator("td").all_inner_texts()) for row in rows.all()]
    head.shoot(PICTURES, "03-roster-refused")
    if [place[:2] for place in found] != [("4", "email")]:
        raise SystemExit(f"the dry run named other mistakes than row 4, column email: {found}")
    if count_people(head) != before:
        raise SystemExit("a roster with a mistake was imported in part")
    upload(head, HEADER + "".join(GOOD))
    head.shoot(PICTURES, "03-roster-mended")
    head.page.get_by_role("button", name=f"Import {len(GOOD)} rows").click()
    head.page.get_by_role("heading", name="Imported", exact=True).wait_for()
    after = count_people(head)
    if after != before + len(GOOD):
        raise SystemExit(f"{len(GOOD)} people were to come, and there are {after} after {before}")
    say(
        f"a roster: refused at row {found[0][0]}, column {found[0][1]}; mended, it brought {len(GOOD)} people"
    )
    return len(found)


def upload(head: Visitor, text: str) -> None:
    open_from_menu(head, "Imports")
    file = FilePayload(name="class-7b.csv", mimeType="text/csv", buffer=text.encode())
    head.page.locator("input[type=file]").set_input_files(file)
    head.page.get_by_role("button", name="Check the file").click()
    head.page.get_by_role("heading", name="Check the import").wait_for()


def count_people(head: Visitor) -> int:
    open_from_menu(head, "People")
    return head.page.locator(".rows > li").count()


def open_from_menu(head: Visitor, label: str) -> None:
    link = head.page.locator(".site-nav a", has_text=label).first
    head.go((link.get_attribute("href") or "").removeprefix(head.base))
