"""Reports on paper: in every language, from the right where that is so, shaped, and never with a box for a letter."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pypdfium2
import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation
from PIL import ImageFont

from accounts.models import Person
from attendance.models import Report
from common.refusals import Refused
from dashboard.findings import say_refusal
from dashboard.printing import BOLD, FONTS, print_pdf, printer
from tests.conftest import Cast
from tests.dashboard.test_report_pages import made
from tests.tiers import sampled

pytestmark = pytest.mark.django_db
__all__ = ["made"]
Box = tuple[float, float, float, float]
LANGUAGES = [code for code, _name in settings.LANGUAGES]
HEADINGS = FONTS / BOLD
# Sentences of the page, as the source has them; what a column is called may be broken into lines.
SAID = ("Students", "Attendance in percent, day by day", "Times late")
NAMES = (
    "Дмитрий Орлов",
    "प्रिया शर्मा",
    "ফারহানা ইয়াসমিন",
    "أمينة يوسف",
    "ሰላማዊት በቀለ",
    "Nguyễn Thị Hồng",
    "สมชาย ใจดี",
    "חנה לוי",
    "Ἀλέξανδρος Ψ",
    "தமிழ்ச்செல்வி",
)


@pytest.fixture(autouse=True)
def pango() -> None:
    """Asked for here, and not while the tests are collected: to read the library takes every worker a while."""
    if printer() is None:
        pytest.skip("Pango is not installed")


def ask(client: Client, reader: Person, report: Report, language: str = "en") -> Any:
    Person.objects.filter(pk=reader.pk).update(language=language)
    client.force_login(reader)
    client.cookies["django_language"] = language
    return client.get(f"/reports/{report.pk}.pdf")


def words(paper: bytes) -> str:
    """The letters of the first page without order and gaps: paper has them as they stand, not as they are read."""
    return str(pypdfium2.PdfDocument(paper)[0].get_textpage().get_text_range())


def letters(text: str) -> list[str]:
    return sorted("".join(text.split()))


def name_somebody(report: Report, *names: str) -> None:
    for number, name in enumerate(names):
        person = Person.objects.create_user(f"named{number}@here.test", None, name=name)
        report.body["sums"][str(person.pk)] = [4, 2, 1, 0, 2, 0, 0, 0]
    report.save()


def assert_told_plainly(client: Client, answer: Any, report: Report, language: str) -> None:
    assert (answer.status_code, answer["Location"]) == (302, f"/reports/{report.pk}")
    with translation.override(language):
        assert say_refusal(Refused("no_letters")) in client.get(answer["Location"]).content.decode()


@pytest.mark.parametrize("language", sampled(LANGUAGES, every=3))
def test_paper_has_the_readers_words(cast: Cast, client: Client, made: Report, language: str) -> None:
    answer = ask(client, cast.teacher, made, language)
    if language == "zh-hans" and answer.status_code == 302:
        # A machine without Chinese letters, which the image is not, says so and prints no boxes.
        assert_told_plainly(client, answer, made, language)
        return
    assert answer["Content-Type"] == "application/pdf"
    told = words(answer.content)
    lines = [letters(line) for line in told.splitlines()]
    with translation.override(language):
        said = [translation.gettext(one) for one in SAID]
    assert [one for one in said if not any(all(c in line for c in letters(one)) for line in lines)] == []
    assert "Amina" in told and len(pypdfium2.PdfDocument(answer.content)) == 1
    if language != "en":
        assert not [one for one in SAID if one in told]


@pytest.mark.parametrize(("language", "is_right"), [("ar", True), ("en", False), ("ru", False)])
def test_the_page_begins_where_the_language_does(
    cast: Cast, client: Client, made: Report, language: str, is_right: bool
) -> None:
    """The first column of the table stands there, and the number of lessons towards the middle."""
    page = pypdfium2.PdfDocument(ask(client, cast.teacher, made, language).content)[0]
    text = page.get_textpage()
    at, _count = text.search("Bilal").get_next()
    left, _bottom, right, _top = text.get_charbox(at)
    assert ((left + right) / 2 > page.get_width() * 0.75) == is_right
    assert ((left + right) / 2 < page.get_width() * 0.25) == (not is_right)


def test_arabic_letters_join(cast: Cast, client: Client, made: Report) -> None:
    """A line is as wide as its letters are when they join, and not as wide as they are one by one."""
    with translation.override("ar"):
        line = translation.gettext("Attendance in percent, day by day")
    joined, apart = (
        ImageFont.truetype(str(HEADINGS), 1200, layout_engine=engine).getlength(line) / 100
        for engine in (ImageFont.Layout.RAQM, ImageFont.Layout.BASIC)
    )
    assert abs(joined - apart) > 0.02 * apart
    text = pypdfium2.PdfDocument(ask(client, cast.teacher, made, "ar").content)[0].get_textpage()
    boxes = [text.get_rect(number) for number in range(text.count_rects())]
    rows = [[box for box in boxes if abs(box[1] - one[1]) < 4] for one in boxes]
    alike = Counter(letters(line))

    def likeness(row: list[Box]) -> int:
        return sum((Counter(letters("".join(text.get_text_bounded(*box) for box in row))) & alike).values())

    row = max(rows, key=likeness)
    assert likeness(row) > 0.8 * len(letters(line))
    wide = max(box[2] for box in row) - min(box[0] for box in row)
    assert wide == pytest.approx(joined, rel=0.02)


def test_names_of_every_script_have_their_letters(cast: Cast, client: Client, made: Report) -> None:
    """What has none is refused, so that whatever is printed has them."""
    name_somebody(made, *NAMES)
    answer = ask(client, cast.teacher, made)
    assert answer["Content-Type"] == "application/pdf"
    told = words(answer.content)
    assert "Дмитрий Орлов" in told and "Nguyễn Thị Hồng" in told


@pytest.mark.parametrize("name", sampled(["王小明", "山田はなこ", "김민준"], every=3))
def test_names_for_which_fonts_are_too_large_to_bring_are_printed_or_refused_plainly(
    cast: Cast, client: Client, made: Report, name: str
) -> None:
    name_somebody(made, name)
    answer = ask(client, cast.teacher, made)
    if answer.status_code == 200:
        assert name in words(answer.content)
    else:
        assert_told_plainly(client, answer, made, "en")


def test_no_box_is_ever_printed(cast: Cast, client: Client, made: Report) -> None:
    name_somebody(made, "Enki \U00012000")  # cuneiform: nobody has it
    assert_told_plainly(client, ask(client, cast.teacher, made), made, "en")


def test_paper_loads_nothing_that_is_not_ours(cast: Cast, client: Client, made: Report) -> None:
    shadow = '<link rel="stylesheet" href="file:///etc/passwd"><img src="http://127.0.0.1:9/x.png">'
    assert print_pdf(f"<html><body>{shadow}<p>Calm</p></body></html>").startswith(b"%PDF")
