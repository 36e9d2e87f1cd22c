"""Roster files: every mistake with its place, and all or nothing."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.actions import add_person, remove_person, suspend_person
from accounts.models import Guardianship, Invitation, Membership, Person, Role
from classroom import actions
from classroom.models import UPLOAD_LIFETIME, Course, Enrolment, GroupMember, RosterUpload, Standing
from classroom.roster import COLUMNS, EXAMPLE, Known, plan_roster, read_roster
from common.refusals import Refused
from common.sheets import read_sheet, write_sheet
from tests.conftest import Cast, belong_to

pytestmark = pytest.mark.django_db
HEADER = ",".join(COLUMNS)


@pytest.fixture
def group(cast: Cast) -> Any:
    return actions.create_group(course=cast.course, title="Group A", by=cast.head)


def upload(cast: Cast, *rows: str, header: str = HEADER, by: Person | None = None) -> RosterUpload:
    content = "\n".join([header, *rows]).encode()
    return actions.upload_roster(
        institution=cast.school, content=content, file_name="roster.csv", by=by or cast.head
    )


def findings(cast: Cast, *rows: str, header: str = HEADER) -> list[tuple[int, str, str]]:
    plan = actions.try_roster(upload(cast, *rows, header=header))
    assert plan.findings == [] or plan.outcomes == []
    return [(one.row, one.column, one.code) for one in plan.findings]


NEW = "zola@here.test,Zola,student,mathematics 7B,,group a,hodan@here.test,ar"


def test_a_good_file_shows_what_would_happen_and_does_nothing(cast: Cast, group: Any) -> None:
    plan = actions.try_roster(upload(cast, NEW, "amina@here.test,Amina,student,,,,,"))
    assert plan.findings == []
    assert plan.counts == {"new": 1, "changed": 0, "unchanged": 1}
    assert plan.outcomes[0].changes == ("account", "role", "course", "group", "guardian")
    assert not Person.objects.filter(email="zola@here.test").exists()


def test_an_import_does_exactly_that(cast: Cast, group: Any) -> None:
    file = upload(
        cast,
        NEW,
        "amina@here.test,Amina Ali,student,Mathematics 7b,,Group A,,fr",
        "noor@here.test,Noor,guardian,,,,,",
        "zola@here.test,Zola,student,,,,noor@here.test,",
        "vera@here.test,Vera,teacher,Mathematics 7b,Co-Teacher,,,",
    )
    counts = actions.import_roster(upload=file, by=cast.head, invite=False)
    assert counts == {"new": 4, "changed": 1, "unchanged": 0}
    zola = Person.objects.get(email="zola@here.test")
    assert (zola.name, zola.language, zola.has_usable_password()) == ("Zola", "ar", False)
    assert set(GroupMember.objects.values_list("person__name", flat=True)) == {"Zola", "Amina Ali"}
    guardians = Guardianship.objects.filter(child=zola).values_list("guardian__name", flat=True)
    assert set(guardians) == {"Hodan", "Noor"}
    vera = Enrolment.objects.get(person__name="Vera")
    assert (vera.standing, vera.course) == (Standing.CO_TEACHER, cast.course)
    assert Person.objects.get(pk=cast.amina.pk).language == "fr"


def test_the_same_file_again_changes_nothing(cast: Cast, group: Any) -> None:
    actions.import_roster(upload=upload(cast, NEW), by=cast.head, invite=False)
    again = actions.try_roster(upload(cast, NEW))
    assert again.counts == {"new": 0, "changed": 0, "unchanged": 1}


def test_a_name_in_another_case_is_the_same_course_group_and_person(cast: Cast, group: Any) -> None:
    row = "AMINA@HERE.TEST,Amina,Student,MATHEMATICS 7B,STUDENT,GROUP A,Hodan@Here.test,"
    plan = actions.try_roster(upload(cast, row))
    assert plan.outcomes[0].changes == ("group",)


@pytest.mark.parametrize(
    ("row", "place"),
    [
        (",Zola,student,,,,,", ("email", "required")),
        ("z@x.test,,student,,,,,", ("name", "required")),
        ("z@x.test,Zola,,,,,,", ("role", "required")),
        ("nonsense,Zola,student,,,,,", ("email", "bad_email")),
        ("z@x.test,Zola,pupil,,,,,", ("role", "unknown_role")),
        ("z@x.test,Zola,platform_admin,,,,,", ("role", "unknown_role")),
        (f"z@x.test,{'Z' * 201},student,,,,,", ("name", "too_long")),
        ("z@x.test,Zo\x00la,student,,,,,", ("name", "nul")),
        ("z@x.test,Zola,student,Chemistry,,,,", ("course", "unknown_course")),
        ("z@x.test,Zola,student,Mathematics 7b,,Group Z,,", ("group", "unknown_group")),
        ("z@x.test,Zola,student,,,Group A,,", ("group", "needs_course")),
        ("z@x.test,Zola,student,,student,,,", ("standing", "needs_course")),
        ("z@x.test,Zola,student,Mathematics 7b,teacher,,,", ("standing", "unknown_standing")),
        ("z@x.test,Zola,teacher,Mathematics 7b,,Group A,,", ("group", "only_students")),
        ("z@x.test,Zola,guardian,Mathematics 7b,,,,", ("course", "guardian_in_course")),
        ("z@x.test,Zola,student,,,,nobody@x.test,", ("guardian_email", "unknown_guardian")),
        ("z@x.test,Zola,student,,,,tomas@here.test,", ("guardian_email", "unknown_guardian")),
        ("z@x.test,Zola,student,,,,z@x.test,", ("guardian_email", "own_guardian")),
        ("z@x.test,Zola,student,,,,bad,", ("guardian_email", "bad_email")),
        ("z@x.test,Zola,student,,,,,xx", ("language", "unknown_language")),
        ("z@x.test,Zola,head,,,,,", ("role", "head_not_allowed")),
        ("z@x.test,Zola,student,,,,,,,more", ("", "too_many_cells")),
    ],
)
def test_each_mistake_is_named_with_row_and_column(
    cast: Cast, group: Any, row: str, place: tuple[str, str]
) -> None:
    assert (3, *place) in findings(cast, "amina@here.test,Amina,student,,,,,", row)


def test_every_mistake_is_shown_not_only_the_first(cast: Cast) -> None:
    found = findings(cast, "bad,,pupil,,,,,", "worse,Zola,student,None,,,,")
    assert found == [
        (2, "name", "required"),
        (2, "email", "bad_email"),
        (2, "role", "unknown_role"),
        (3, "email", "bad_email"),
        (3, "course", "unknown_course"),
    ]


def test_rows_that_repeat_or_contradict_an_earlier_one(cast: Cast) -> None:
    rows = ["z@x.test,Zola,student,,,,,", "z@x.test,Zola,student,,,,,", "z@x.test,Zora,student,,,,,"]
    found = findings(cast, *rows)
    assert (3, "email", "duplicate_row") in found
    assert (4, "name", "contradicts") in found


def test_missing_and_unknown_columns(cast: Cast) -> None:
    found = findings(cast, "z@x.test,Zola,x", header="email,name,house")
    assert found == [(1, "role", "missing_column"), (1, "house", "unknown_column")]


def test_two_courses_of_one_title_are_ambiguous_and_an_archived_one_is_gone(cast: Cast) -> None:
    second = actions.create_course(institution=cast.school, title="mathematics 7B", language="en")
    row = "z@x.test,Zola,student,Mathematics 7b,,,,"
    assert findings(cast, row) == [(2, "course", "ambiguous_course")]
    actions.archive_course(course=second, by=cast.head)
    assert findings(cast, row) == []


def test_a_suspended_person_is_not_brought_back_by_a_file(cast: Cast) -> None:
    suspend_person(institution=cast.school, person=cast.bilal, by=cast.head)
    assert findings(cast, "bilal@here.test,Bilal,student,,,,,") == [(2, "email", "suspended")]


def test_another_schools_course_is_unknown_here(cast: Cast) -> None:
    actions.create_course(institution=cast.elsewhere, title="Statistik", language="de")
    assert findings(cast, "z@x.test,Zola,student,Statistik,,,,") == [(2, "course", "unknown_course")]


def test_somebody_known_elsewhere_is_asked_first(cast: Cast) -> None:
    row = "jonas@there.test,Renamed,teacher,,,,,"
    plan = actions.try_roster(upload(cast, f"{row}\nnew@there.test,New,teacher,,,,,"))
    assert [(one.kind, one.changes) for one in plan.outcomes] == [("new", ("account", "role"))] * 2
    actions.import_roster(upload=upload(cast, row), by=cast.head, invite=False)
    assert not cast.stranger.memberships.filter(institution=cast.school).exists()
    assert Person.objects.get(pk=cast.stranger.pk).name == "Jonas"
    again = actions.try_roster(upload(cast, row))
    assert (again.findings, again.counts["unchanged"]) == ([], 1)


def test_a_shared_account_keeps_its_name(cast: Cast) -> None:
    belong_to(cast.school, cast.stranger, Role.TEACHER)
    plan = actions.try_roster(upload(cast, "jonas@there.test,Renamed,teacher,,,,,fr"))
    assert (plan.findings, plan.counts["unchanged"]) == ([], 1)


def test_somebody_who_was_removed_may_be_imported_again(cast: Cast) -> None:
    remove_person(institution=cast.school, person=cast.bilal, by=cast.head)
    file = upload(cast, "bilal@here.test,Bilal,student,,,,,")
    actions.import_roster(upload=file, by=cast.head, invite=False)
    assert Membership.objects.filter(institution=cast.school, person=cast.bilal).exists()


@given(st.lists(st.lists(st.text(max_size=12), min_size=8, max_size=8), max_size=6))
def test_no_cells_at_all_break_the_planner(cells: list[list[str]]) -> None:
    sheet = read_sheet(write_sheet([COLUMNS, *cells]).encode(errors="replace"))
    rows, found = read_roster(sheet)
    plan = plan_roster(rows, found, Known(), heads_allowed=False)
    assert plan.findings or len(plan.outcomes) == len(rows)


def test_one_bad_row_imports_nothing(cast: Cast) -> None:
    before = Person.objects.count()
    with pytest.raises(Refused, match="has_findings"):
        actions.import_roster(
            upload=upload(cast, "z@x.test,Zola,student,,,,,", "bad,Bad,student,,,,,"),
            by=cast.head,
            invite=False,
        )
    assert Person.objects.count() == before


def test_what_changed_since_the_dry_run_is_seen(cast: Cast) -> None:
    file = upload(cast, "z@x.test,Zola,student,Mathematics 7b,,,,")
    assert actions.try_roster(file).findings == []
    actions.archive_course(course=cast.course, by=cast.head)
    with pytest.raises(Refused, match="has_findings"):
        actions.import_roster(upload=file, by=cast.head, invite=False)
    file.refresh_from_db()
    assert file.imported_at is None, "after mending the course the same file may be imported"


def test_a_file_is_imported_once_and_by_its_uploader(cast: Cast) -> None:
    file = upload(cast, "z@x.test,Zola,student,,,,,")
    with pytest.raises(Refused, match="closed"):
        actions.import_roster(upload=file, by=cast.teacher, invite=False)
    actions.import_roster(upload=file, by=cast.head, invite=False)
    with pytest.raises(Refused, match="closed"):
        actions.import_roster(upload=file, by=cast.head, invite=False)
    file.refresh_from_db()
    assert bytes(file.content) == b"", "names and addresses are not kept longer than needed"


def test_a_file_that_nobody_confirmed_is_forgotten(cast: Cast) -> None:
    file = upload(cast, "z@x.test,Zola,student,,,,,")
    late = timezone.now() + UPLOAD_LIFETIME
    assert actions.forget_uploads(now=timezone.now()) == 0
    RosterUpload.objects.filter(pk=file.pk).update(expires_at=timezone.now())
    with pytest.raises(Refused, match="closed"):
        actions.import_roster(upload=file, by=cast.head, invite=False)
    assert actions.forget_uploads(now=late) == 1


def test_new_people_are_invited_when_asked_and_only_they(cast: Cast) -> None:
    rows = ["z@x.test,Zola,student,,,,,", "amina@here.test,Amina,student,,,,,"]
    actions.import_roster(upload=upload(cast, *rows), by=cast.head, invite=True)
    assert list(Invitation.objects.values_list("email", "role")) == [("z@x.test", "student")]


def test_the_example_on_the_page_can_be_imported(cast: Cast) -> None:
    actions.create_group(course=cast.course, title="Group A")
    file = actions.upload_roster(
        institution=cast.school,
        content=write_sheet(EXAMPLE).encode(),
        file_name="example.csv",
        by=cast.head,
    )
    assert actions.import_roster(upload=file, by=cast.head, invite=False)["new"] == 3


def test_a_teacher_made_student_leaves_no_group_behind(cast: Cast) -> None:
    group = actions.create_group(course=cast.course, title="A")
    actions.change_group(group=group, title="A", people=[cast.amina])
    add_person(institution=cast.school, email=cast.amina.email, name="x", role=Role.TEACHER)
    file = upload(cast, "amina@here.test,Amina,teacher,Mathematics 7b,,,,")
    actions.import_roster(upload=file, by=cast.head, invite=False)
    assert not group.members.exists()


def test_two_thousand_rows_are_a_few_dozen_queries(cast: Cast, django_assert_max_num_queries: Any) -> None:
    rows = [f"s{number}@x.test,S{number},student,Mathematics 7b,,,," for number in range(2000)]
    file = upload(cast, *rows)
    begun = time.perf_counter()
    with django_assert_max_num_queries(45):
        actions.import_roster(upload=file, by=cast.head, invite=True)
    print(f"2,000 rows imported in {time.perf_counter() - begun:.2f} s")
    assert Course.objects.get().enrolments.count() == 2003


def test_marks_that_turn_or_hide_text_do_not_come_in(cast: Cast) -> None:
    header = "email,name,role"
    rows = ["a@new.test,\u202egnp\u200b.,student", "b@new.test,\u200b\u200b,student"]
    assert findings(cast, *rows, header=header) == [(3, "name", "required")]
    assert actions.try_roster(upload(cast, rows[0], header=header)).outcomes[0].row.name == "gnp."
