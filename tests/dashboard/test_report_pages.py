"""Reports on pages, as CSV, on paper, and through the link of a letter."""

from __future__ import annotations

import time

import pytest
from django.core import signing
from django.test import Client

from accounts.models import AuditEvent, Person
from attendance import actions
from attendance.models import RegisterEntry, Report, ReportKind, ReportPlan, ReportState
from classroom.models import Enrolment
from dashboard.family_letters import LINK_SALT
from dashboard.report_sheets import MOST_PRINTED, for_paper, sheet_of
from dashboard.tasks import send_letters
from tests.attendance.test_reports import AFTER, MONDAY, WEEK, about, held, order
from tests.conftest import Cast
from tests.dashboard.test_letters import Sink, sink, text_of

pytestmark = pytest.mark.django_db
__all__ = ["sink"]


class Old(signing.TimestampSigner):
    """What was signed eight days ago."""

    def timestamp(self) -> str:
        return signing.b62_encode(int(time.time()) - 8 * 86_400)


@pytest.fixture
def made(cast: Cast) -> Report:
    held(cast)
    return order(about(cast, ReportKind.COURSE, course=cast.course), cast.teacher)


def test_a_report_is_ordered_made_and_read(cast: Cast, client: Client) -> None:
    client.force_login(cast.teacher)
    answer = client.post("/reports", {"about": f"course:{cast.course.pk}", "when": "this_week"})
    report = Report.objects.get()
    assert answer["Location"] == f"/reports/{report.pk}"
    # What refreshes itself is there when it is ready too, or the page would wait for ever.
    place = '<div id="report-page"'
    assert f'{place} data-refresh-seconds="3">' in client.get(answer["Location"]).content.decode()
    actions.make_due_reports(clock=lambda: report.asked_at)
    ready = client.get(answer["Location"]).content.decode()
    assert "No lesson was held" in ready and f"{place}>" in ready
    assert "Mathematics 7b" in client.get("/reports", {"q": "math"}).content.decode()
    assert "Nothing was found" in client.get("/reports", {"q": "chess"}).content.decode()


def test_the_page_and_the_csv_say_the_same_and_the_log_says_who_read(
    cast: Cast, client: Client, made: Report
) -> None:
    client.force_login(cast.teacher)
    page = client.get(f"/reports/{made.pk}").content.decode()
    assert "Amina" in page and "<svg" in page and "75" in page  # percent: three of four
    sheet = client.get(f"/reports/{made.pk}.csv")
    assert '"Amina",2,1,1,0,1,0,50,40,' in sheet.content.decode()
    assert sheet["Content-Disposition"].endswith('mathematics-7b-2026-03-02.csv"')
    ways = [event.detail["way"] for event in AuditEvent.objects.filter(act="report.read").order_by("seq")]
    assert ways == ["page", "csv"]


def test_a_report_is_its_readers_and_only_while_they_may_read_it(
    cast: Cast, client: Client, made: Report
) -> None:
    paths = [f"/reports/{made.pk}{ending}" for ending in ("", ".csv", ".pdf")]
    for person, status in ((cast.head, 404), (cast.amina, 404), (cast.stranger, 404), (None, 302)):
        client.logout()
        if person:
            client.force_login(person)
        assert {client.get(path).status_code for path in paths} == {status}
    client.force_login(cast.teacher)
    Enrolment.objects.filter(person=cast.teacher).update(is_active=False)
    assert {client.get(path).status_code for path in paths} == {403}


@pytest.mark.parametrize("what", ["course:x", "institution:", "nothing:1", "student:1:2", ""])
def test_what_makes_no_sense_is_no_report(cast: Cast, client: Client, what: str) -> None:
    client.force_login(cast.teacher)
    assert client.post("/reports", {"about": what, "when": "this_week"}).status_code in {400, 404}
    assert client.post("/reports", {"about": what, "when": "yesterday"}).status_code == 400


def test_nobody_orders_what_they_may_not_read(cast: Cast, client: Client) -> None:
    wishes = [
        f"institution:{cast.school.pk}",
        f"student:{cast.school.pk}:{cast.bilal.pk}",
        f"course:{cast.course.pk}",
    ]
    for person in (cast.guardian, cast.stranger, cast.amina):
        client.force_login(person)
        for wish in wishes:
            for when in ("this_week", "every_week"):
                answer = client.post("/reports", {"about": wish, "when": when})
                assert answer.status_code == (404 if person == cast.stranger or "course" in wish else 403)
    assert not Report.objects.exists() and not ReportPlan.objects.exists()


def test_a_lesson_is_ordered_from_its_register(cast: Cast, client: Client) -> None:
    lesson, *_ = held(cast)
    client.force_login(cast.teacher)
    assert f"lesson:{lesson.pk}" in client.get(f"/lessons/{lesson.pk}/register").content.decode()
    client.post("/reports", {"about": f"lesson:{lesson.pk}", "when": "this_week"})
    report = Report.objects.get()
    actions.make_due_reports(clock=lambda: report.asked_at)
    assert "Late" in client.get(f"/reports/{report.pk}").content.decode()


def test_it_is_cancelled_and_a_plan_is_ended_by_its_reader_alone(cast: Cast, client: Client) -> None:
    subject = about(cast, ReportKind.COURSE, course=cast.course)
    report = actions.order_report(subject=subject, period=WEEK, reader=cast.teacher, now=AFTER)
    plan = actions.plan_report(subject=subject, every="week", reader=cast.teacher, now=AFTER)
    paths = [f"/reports/{report.pk}/cancel", f"/reports/plans/{plan.pk}/end"]
    client.force_login(cast.head)
    assert [client.post(path).status_code for path in paths] == [404, 404]
    client.force_login(cast.teacher)
    assert "every week" in client.get("/reports").content.decode()
    assert [client.post(path).status_code for path in paths] == [302, 302]
    report.refresh_from_db()
    assert report.state == ReportState.CANCELLED and not ReportPlan.objects.exists()


def test_the_letter_has_a_link_that_expires_and_no_name(cast: Cast, client: Client, sink: Sink) -> None:
    held(cast)
    subject = about(cast, ReportKind.COURSE, course=cast.course)
    actions.plan_report(subject=subject, every="week", reader=cast.teacher, now=MONDAY)
    actions.order_due_reports(now=AFTER)
    actions.make_due_reports(clock=lambda: AFTER)
    for _ in range(2):
        send_letters()
    (letter,) = sink.letters
    text = text_of(letter)
    assert letter["To"] == "Tomas <tomas@here.test>" and not list(letter.iter_attachments())
    assert not {"Amina", "Bilal"} & set(letter.as_string().split())
    path = "/reports/link/" + text.split("/reports/link/")[1].split()[0]
    assert client.get(path).status_code == 302 and "sign" in client.get(path)["Location"]
    client.force_login(cast.head)
    assert client.get(path).status_code == 404
    client.force_login(cast.teacher)
    assert client.get(path)["Location"] == f"/reports/{Report.objects.get().pk}"
    assert client.get(path[:-2] + "xx").status_code == 404


def test_a_link_is_too_old_after_a_week(cast: Cast, client: Client, made: Report) -> None:
    old = Old(salt=LINK_SALT).sign_object(str(made.pk))
    client.force_login(cast.teacher)
    assert client.get(f"/reports/link/{old}").status_code == 410


def test_on_paper_are_those_who_missed_most(cast: Cast, made: Report) -> None:
    people = [
        Person(email=f"p{number}@here.test", name=f"P {number:04}") for number in range(MOST_PRINTED + 5)
    ]
    Person.objects.bulk_create(people)
    made.body["sums"] = {str(one.pk): [9, 9, 0, 0, number, 0, 0, 0] for number, one in enumerate(people)}
    table = for_paper(sheet_of(made)).tables[-1]
    assert (len(table.rows), table.omitted, table.rows[0][0]) == (MOST_PRINTED, 5, "P 0304")


def test_minutes_that_nobody_measured_are_a_dash_and_a_footnote_and_no_nought(
    cast: Cast, client: Client, made: Report
) -> None:
    assert [table.note for table in sheet_of(made).tables] == [""]
    RegisterEntry.objects.filter(person=cast.bilal).update(active_seconds=None)
    report = order(about(cast, ReportKind.INSTITUTION), cast.head)
    by_course, by_person = sheet_of(report).tables
    assert {row[0]: row[-1] for row in by_person.rows} == {"Amina": 40, "Bilal": None}
    assert by_course.rows[0][-1] == 40 and by_course.note == by_person.note != ""
    client.force_login(cast.head)
    page = client.get(f"/reports/{report.pk}").content.decode()
    assert "in which they could be measured" in page and "<td><bdi>–</bdi></td>" in page
    assert '"Bilal",2,2,0,0,0,0,100,120,""' in client.get(f"/reports/{report.pk}.csv").content.decode()


def test_a_day_on_which_everybody_was_excused_is_no_bar(cast: Cast, made: Report) -> None:
    assert made.body["days"] == {"2026-03-02": [2, 2], "2026-03-03": [2, 1]}
    made.body["days"]["2026-03-03"] = [0, 0]
    chart = sheet_of(made).chart
    assert chart and [(bar.label, bar.value) for bar in chart.bars] == [("2 March", 100)]


def test_a_school_and_a_student_read_well(cast: Cast, client: Client) -> None:
    held(cast)
    for subject, reader, words in (
        (about(cast, ReportKind.INSTITUTION), cast.head, ("Mathematics 7b", "Amina", "Courses")),
        (about(cast, ReportKind.STUDENT, person=cast.amina), cast.guardian, ("Fractions", "Late", "Absent")),
    ):
        report = order(subject, reader)
        client.force_login(reader)
        page = client.get(f"/reports/{report.pk}").content.decode()
        assert [word for word in words if word not in page] == []
