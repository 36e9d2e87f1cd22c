"""Last week's attendance of the class on paper, ordered by readers of two languages; its pages as pictures."""

from __future__ import annotations

import re
from pathlib import Path

import pypdfium2
from playwright.sync_api import Browser

from scripts.headless import Visitor
from scripts.tour.ground import PATIENCE_SECONDS, PICTURES, say
from scripts.tour.pages import LANGUAGES, Album, sit_down

COURSE = "Mathematics 7b"
ARABIC = re.compile("[\u0600-\u06ff\ufb50-\ufdff\ufe70-\ufefc]")
# One name in the class is written in them, in every language.
MORE_THAN_A_NAME = 60
SCALE = 1.5


def print_reports(browser: Browser, base: str, album: Album) -> dict[str, int]:
    """Pages by language; 0 where it is not in that language, or could not be printed."""
    printed = {language: print_one(browser, base, album, language) for language in LANGUAGES}
    say(f"last week's report on paper: {printed}")
    return printed


def print_one(browser: Browser, base: str, album: Album, language: str) -> int:
    teacher = sit_down(browser, base, album, "teacher", language)
    order(teacher)
    link = teacher.page.locator("a[href$='.pdf']")
    teacher.page.locator(".report").wait_for(timeout=PATIENCE_SECONDS * 1000)
    album.take(teacher, "teacher", "report-of-last-week", language)
    if not link.count():
        album.faults.append("no PDF can be made here")
        return 0
    # Such a request does not say by itself what its browser reads.
    address, reads = base + (link.get_attribute("href") or ""), {"Accept-Language": language}
    answer = teacher.context.request.get(address, headers=reads)
    file = PICTURES / f"30-report-{language}.pdf"
    file.write_bytes(answer.body())
    album.close(teacher, f"teacher's report {language}")
    return draw_pages(file, language)


def order(teacher: Visitor) -> None:
    teacher.go("/reports")
    teacher.page.locator("[name=about]").select_option(label=COURSE)
    teacher.page.locator("[name=when]").select_option(value="last_week")
    teacher.page.locator("form:has([name=when]) button[type=submit]").click()


def draw_pages(file: Path, language: str) -> int:
    document = pypdfium2.PdfDocument(file)
    said = "".join(page.get_textpage().get_text_range() for page in document)
    for number, page in enumerate(document, start=1):
        page.render(scale=SCALE).to_pil().save(file.with_name(f"{file.stem}-{number}.png"))
    is_arabic = len(ARABIC.findall(said)) > MORE_THAN_A_NAME
    return len(document) if COURSE in said and is_arabic == (language == "ar") else 0
