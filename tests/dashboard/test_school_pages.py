"""People, courses, groups and settings: the pages of a head, and who finds them closed."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import actions as people
from accounts.models import AuditEvent, Guardianship, Institution, Invitation, Membership, Person, Role
from accounts.policy import read_policy
from accounts.queries import active_memberships
from classroom import actions
from classroom.models import Course, Enrolment, Group, Lesson, RosterUpload, Standing
from tests.architecture.test_doors import told
from tests.conftest import Cast
from tests.dashboard.test_pages import client_of
from tests.tiers import sampled

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(db: None) -> Person:
    return Person.objects.create_superuser("boss@platform.test", "x", name="Boss")


@pytest.fixture
def things(cast: Cast) -> dict[str, UUID]:
    """An id for every word of an address."""
    group = actions.create_group(course=cast.course, title="Group A")
    letter = people.invite_person(
        institution=cast.school, email="new@here.test", name="New", role=Role.TEACHER, by=cast.head
    )
    upload = actions.upload_roster(institution=cast.school, content=b"x", file_name="x", by=cast.head)
    return {
        "institution_id": cast.school.pk,
        "person_id": cast.amina.pk,
        "guardian_id": cast.guardian.pk,
        "course_id": cast.course.pk,
        "group_id": group.pk,
        "invitation_id": letter.pk,
        "upload_id": upload.pk,
    }


OF_THE_SCHOOL = {
    "institution_settings": ["institution_id"],
    "people": ["institution_id"],
    "people_csv": ["institution_id"],
    "person": ["institution_id", "person_id"],
    "person_rename": ["institution_id", "person_id"],
    "person_suspend": ["institution_id", "person_id"],
    "person_reactivate": ["institution_id", "person_id"],
    "person_remove": ["institution_id", "person_id"],
    "person_expiry": ["institution_id", "person_id"],
    "role_grant": ["institution_id", "person_id"],
    "role_revoke": ["institution_id", "person_id"],
    "guardian_link": ["institution_id", "person_id"],
    "child_link": ["institution_id", "person_id"],
    "guardian_unlink": ["institution_id", "person_id", "guardian_id"],
    "invitations": ["institution_id"],
    "invitation_resend": ["institution_id", "invitation_id"],
    "invitation_revoke": ["institution_id", "invitation_id"],
}
OF_THE_COURSES = {
    "roster_import": ["institution_id"],
    "roster_example": ["institution_id"],
    "roster_check": ["institution_id", "upload_id"],
    "courses": ["institution_id"],
    "course": ["course_id"],
    "course_change": ["course_id"],
    "course_archive": ["course_id"],
    "course_restore": ["course_id"],
    "course_csv": ["course_id"],
    "enrol": ["course_id"],
    "unenrol": ["course_id", "person_id"],
    "standing": ["course_id", "person_id"],
    "group_new": ["course_id"],
    "group": ["course_id", "group_id"],
    "group_delete": ["course_id", "group_id"],
}
DOORS = {**OF_THE_SCHOOL, **OF_THE_COURSES}


def state_of_school(cast: Cast) -> list[Any]:
    return [
        list(model.objects.order_by("pk").values())
        for model in (Person, Membership, Guardianship, Enrolment, Group, Invitation, AuditEvent)
    ]


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", sampled(DOORS, every=4))
def test_the_stranger_cannot_tell_our_school_from_none(
    cast: Cast, things: dict[str, UUID], name: str, method: str
) -> None:
    client, missing = client_of(cast.stranger), uuid4()
    ours = {word: things[word] for word in DOORS[name]}
    first = DOORS[name][0]
    before = state_of_school(cast)
    answers = [
        getattr(client, method)(reverse(name, kwargs={**ours, first: pk})) for pk in (ours[first], missing)
    ]
    assert answers[0].status_code in {404, 405}
    assert told(answers[0], ours[first]) == told(answers[1], missing)
    assert state_of_school(cast)[1:] == before[1:]


@pytest.mark.parametrize("who", ["amina", "guardian", "teacher"])
@pytest.mark.parametrize("name", sampled([name for name in DOORS if name != "course"], every=12))
def test_in_the_school_without_the_right_it_is_forbidden(
    cast: Cast, things: dict[str, UUID], name: str, who: str
) -> None:
    client = client_of(getattr(cast, who))
    address = reverse(name, kwargs={word: things[word] for word in DOORS[name]})
    before = state_of_school(cast)
    codes = {client.get(address).status_code, client.post(address).status_code}
    assert codes <= {403, 405}
    assert 403 in codes
    assert state_of_school(cast)[1:] == before[1:]


@pytest.mark.parametrize("name", sampled(OF_THE_COURSES, every=4))
def test_the_platforms_admin_runs_no_courses(
    cast: Cast, admin: Person, things: dict[str, UUID], name: str
) -> None:
    address = reverse(name, kwargs={word: things[word] for word in DOORS[name]})
    client = client_of(admin)
    assert {client.get(address).status_code, client.post(address).status_code} <= {403, 405}


@pytest.mark.parametrize("name", ["institutions", "institution_new"])
def test_institutions_are_the_platforms(cast: Cast, admin: Person, name: str) -> None:
    codes = {
        who: client_of(getattr(cast, who)).get(reverse(name)).status_code
        for who in ("head", "teacher", "amina", "stranger", "guest")
    }
    assert set(codes.values()) == {403}
    assert client_of(admin).get(reverse(name)).status_code == 200


def test_a_teacher_reads_the_names_of_their_course_and_no_more(cast: Cast) -> None:
    page = client_of(cast.teacher).get(f"/courses/{cast.course.pk}/").content.decode()
    assert "Amina" in page
    assert cast.amina.email not in page
    assert "/leave" not in page and "Bring somebody in" not in page
    for who in ("amina", "guardian"):
        assert client_of(getattr(cast, who)).get(f"/courses/{cast.course.pk}/").status_code == 403


def url(cast: Cast, name: str, **ids: Any) -> str:
    return reverse(name, kwargs={"institution_id": cast.school.pk, **ids})


def test_people_are_found_by_name_address_role_and_state(cast: Cast) -> None:
    client, address = client_of(cast.head), url(cast, "people")
    people.suspend_person(institution=cast.school, person=cast.bilal, by=cast.head)
    yesterday = timezone.localdate() - timedelta(days=1)
    people.set_expiry(institution=cast.school, person=cast.teacher, expires_on=yesterday, by=cast.head)

    def found(**asked: str) -> set[str]:
        return {row["person"].name for row in client.get(address, asked).context["rows"]}

    assert found() == {"Salma", "Tomas", "Amina", "Bilal", "Hodan"}
    assert found(q="ami") == found(q="AMINA@here") == {"Amina"}
    assert found(role="student") == {"Amina", "Bilal"}
    assert found(state="suspended") == {"Bilal"}
    assert found(state="expired") == {"Tomas"}
    assert found(state="active", role="student") == {"Amina"}
    assert found(q="jonas") == set()
    assert found(role="nonsense", state="nonsense") == found()
    assert "Nobody was found" in client.get(address, {"q": "zzz"}).content.decode()


def test_a_suspended_person_is_out_with_the_next_request_and_back_when_reactivated(cast: Cast) -> None:
    amina, head = client_of(cast.amina), client_of(cast.head)
    assert amina.get("/").status_code == 200
    page = head.post(url(cast, "person_suspend", person_id=cast.amina.pk), follow=True)
    assert "is suspended" in page.content.decode()
    assert amina.get("/").status_code == 302
    head.post(url(cast, "person_reactivate", person_id=cast.amina.pk))
    assert active_memberships(cast.amina).exists()


def test_what_is_refused_is_said_in_words(cast: Cast, admin: Person) -> None:
    page = client_of(admin).post(url(cast, "person_remove", person_id=cast.head.pk), follow=True)
    assert "last head" in page.content.decode()
    assert active_memberships(cast.head).exists()


@pytest.mark.parametrize("role", ["platform_admin", "head", "", "student\x00"])
def test_a_head_grants_neither_headship_nor_nonsense(cast: Cast, role: str) -> None:
    page = client_of(cast.head).post(url(cast, "role_grant", person_id=cast.teacher.pk), {"role": role})
    assert page.status_code == 400
    assert set(active_memberships(cast.teacher).values_list("role", flat=True)) == {"teacher"}
    assert not Person.objects.get(pk=cast.teacher.pk).is_platform_admin


def test_roles_names_and_days_are_changed_on_the_persons_page(cast: Cast) -> None:
    client, who = client_of(cast.head), {"person_id": cast.amina.pk}
    client.post(url(cast, "role_grant", **who), {"role": "guardian"})
    client.post(url(cast, "role_revoke", **who), {"role": "student"})
    client.post(url(cast, "person_rename", **who), {"name": "Amina Ali"})
    client.post(url(cast, "person_expiry", **who), {"expires_on": "2099-01-31"})
    place = Membership.objects.get(person=cast.amina)
    assert (place.role, str(place.expires_on), place.person.name) == ("guardian", "2099-01-31", "Amina Ali")
    for name, typed in (("person_rename", {"name": ""}), ("person_expiry", {"expires_on": "soon"})):
        assert client.post(url(cast, name, **who), typed).status_code == 400


def test_guardians_are_linked_from_both_ends(cast: Cast) -> None:
    client = client_of(cast.head)
    client.post(url(cast, "guardian_link", person_id=cast.bilal.pk), {"email": cast.guardian.email})
    assert Guardianship.objects.filter(guardian=cast.guardian, child=cast.bilal).exists()
    client.post(url(cast, "guardian_unlink", person_id=cast.bilal.pk, guardian_id=cast.guardian.pk))
    client.post(url(cast, "child_link", person_id=cast.guardian.pk), {"email": cast.bilal.email.upper()})
    assert Guardianship.objects.filter(guardian=cast.guardian, child=cast.bilal).exists()
    for email in (cast.stranger.email, cast.teacher.email, "nobody@x.test", ""):
        page = client.post(url(cast, "guardian_link", person_id=cast.bilal.pk), {"email": email})
        assert page.status_code == 400
    assert Guardianship.objects.filter(child=cast.bilal).count() == 1


def test_a_person_of_another_school_is_a_person_that_does_not_exist(cast: Cast) -> None:
    client = client_of(cast.head)
    for name in ("person", "person_suspend"):
        for pk in (cast.stranger.pk, uuid4()):
            address = url(cast, name, person_id=pk)
            assert (client.post if name != "person" else client.get)(address).status_code == 404
    assert active_memberships(cast.stranger).exists()


def test_settings_are_saved_and_mistakes_are_shown_at_the_field(cast: Cast) -> None:
    client, address = client_of(cast.head), url(cast, "institution_settings")
    assert client.get(address).context["form"]["streams_begin_by_themselves"].value() is True
    typed = {
        "name": "Here, renewed",
        "time_zone": "Asia/Kathmandu",
        "language": "fr",
        "languages": ["ar", "en"],
        "doors_open_minutes": "5",
        "retention_days": "90",
        "guardians_may_watch": "on",
        "safeguarding_contact": "care@here.test",
    }
    assert client.post(address, typed).status_code == 302
    school = Institution.objects.get(pk=cast.school.pk)
    policy = read_policy(school.policy)
    assert (school.name, school.time_zone, school.languages) == (
        "Here, renewed",
        "Asia/Kathmandu",
        ["ar", "en"],
    )
    assert (policy.doors_open_minutes, policy.guardians_may_watch, policy.guests_allowed) == (5, True, False)
    assert policy.streams_begin_by_themselves is False, "its tick was taken away"
    assert policy.retention_days == 180, "what deletes is asked twice, on its own page"
    assert "engagement" not in client.get(address).content.decode(), "a field that would do nothing"
    wrong = client.post(address, {**typed, "time_zone": "Mars/Olympus", "doors_open_minutes": "999"})
    assert wrong.status_code == 400
    assert set(wrong.context["form"].errors) == {"time_zone", "doors_open_minutes"}
    assert "Here, renewed" in wrong.content.decode()


def test_the_platform_opens_an_institution_and_invites_its_head(cast: Cast, admin: Person) -> None:
    client = client_of(admin)
    typed = {
        "name": "New school",
        "slug": "new",
        "time_zone": "Africa/Nairobi",
        "language": "en",
        "head_name": "Ada",
        "head_email": "ada@new.test",
    }
    assert client.post(reverse("institution_new"), typed).status_code == 302
    assert Invitation.objects.get(institution__slug="new").role == Role.HEAD
    again = client.post(reverse("institution_new"), typed)
    assert again.status_code == 400
    assert "short name" in again.content.decode()
    assert "New school" in client.get(reverse("institutions"), {"q": "new"}).content.decode()


def test_a_course_is_made_filled_and_emptied(cast: Cast) -> None:
    client = client_of(cast.head)
    made = client.post(url(cast, "courses"), {"title": "Art", "language": "fr"})
    course_id = UUID(made["Location"].split("/")[2])
    course = {"course_id": course_id}
    page = client.get(made["Location"], {"find": "ami"})
    assert [one.name for one in page.context["found"]] == ["Amina"]
    for who, standing in ((cast.amina, "student"), (cast.teacher, "co_teacher")):
        client.post(reverse("enrol", kwargs=course), {"person": who.pk, "standing": standing})
    place = reverse("standing", kwargs={**course, "person_id": cast.teacher.pk})
    client.post(place, {"standing": "teacher"})
    standings = Enrolment.objects.filter(course=course_id).values_list("person__name", "standing")
    assert dict(standings) == {"Amina": "student", "Tomas": "teacher"}
    group = client.post(reverse("group_new", kwargs=course), {"title": "Painters"})["Location"]
    client.post(group, {"title": "Painters", "people": [cast.amina.pk]})
    assert list(Group.objects.get(title="Painters").people.all()) == [cast.amina]
    assert client.post(group, {"title": "Painters", "people": [cast.stranger.pk]}).status_code == 400
    client.post(reverse("unenrol", kwargs={**course, "person_id": cast.amina.pk}))
    assert not Enrolment.objects.filter(course=course_id, person=cast.amina, is_active=True).exists()
    client.post(reverse("course_archive", kwargs=course))
    assert "Art" not in client.get(url(cast, "courses")).content.decode()
    assert "Art" in client.get(url(cast, "courses"), {"state": "archived"}).content.decode()


@pytest.mark.parametrize("person", ["stranger", "nobody", "nonsense", "guest"])
def test_nobody_from_outside_is_enrolled_through_the_form(cast: Cast, person: str) -> None:
    pk = getattr(cast, person).pk if hasattr(cast, person) else {"nobody": uuid4()}.get(person, "x\x00y")
    address = reverse("enrol", kwargs={"course_id": cast.course.pk})
    page = client_of(cast.head).post(address, {"person": pk, "standing": "student"})
    assert page.status_code == 400
    assert Enrolment.objects.count() == 3


def add_rows(cast: Cast, rows: int) -> None:
    for number in range(rows):
        one = people.add_person(
            institution=cast.school, email=f"s{number}@x.test", name=f"S{number}", role=Role.STUDENT
        )
        course = actions.create_course(institution=cast.school, title=f"C{number}", language="en")
        for where in (course, cast.course):
            actions.enrol(course=where, person=one, standing=Standing.STUDENT)
            group = actions.create_group(course=where, title=f"G{number}")
            actions.change_group(group=group, title=group.title, people=[one])
        actions.enrol(course=course, person=cast.teacher, standing=Standing.TEACHER)
        people.invite_person(
            institution=cast.school, email=f"i{number}@x.test", name="I", role=Role.TEACHER, by=cast.head
        )


LISTS = ["people", "people_csv", "invitations", "courses", "course", "course_csv", "institutions"]


@pytest.mark.parametrize("name", sampled(LISTS, every=4))
def test_a_list_asks_no_more_for_three_rows_than_for_one(
    cast: Cast, admin: Person, name: str, django_assert_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = client_of(admin if name == "institutions" else cast.head)
    words: dict[str, Any] = {"course_id": cast.course.pk} if name.startswith("course") else {}
    if name in {"people", "people_csv", "invitations", "courses"}:
        words = {"institution_id": cast.school.pk}
    address = reverse(name, kwargs=words)
    counts = []
    for rows in (1, 3):
        add_rows(cast, rows) if rows == 1 else add_more(cast)
        with CaptureQueriesContext(
            connection,
        ) as caught:
            assert client.get(address, {"find": "s"}).status_code == 200
        counts.append(len(caught))
    assert counts[0] == counts[1]
    assert counts[0] <= 14


def add_more(cast: Cast) -> None:
    """Two more of everything, and another institution."""
    for number in (7, 8):
        one = people.add_person(
            institution=cast.school, email=f"m{number}@x.test", name=f"S{number}", role=Role.STUDENT
        )
        course = actions.create_course(institution=cast.school, title=f"M{number}", language="en")
        for where in (course, cast.course):
            actions.enrol(course=where, person=one, standing=Standing.STUDENT)
            group = actions.create_group(course=where, title=f"M{number}")
            actions.change_group(group=group, title=group.title, people=[one])
        people.invite_person(
            institution=cast.school, email=f"j{number}@x.test", name="I", role=Role.TEACHER, by=cast.head
        )
        people.create_institution(name=f"I{number}", slug=f"i{number}", time_zone="UTC", language="en")


def read_csv(response: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"), newline="")))


def test_exports_hold_everybody_and_no_formula(cast: Cast) -> None:
    Person.objects.filter(pk=cast.amina.pk).update(name="=HYPERLINK(1)")
    client = client_of(cast.head)
    everybody = read_csv(client.get(url(cast, "people_csv")))
    assert {row["email"].split("@")[0] for row in everybody} == {"salma", "tomas", "amina", "bilal", "hodan"}
    roster = read_csv(client.get(reverse("course_csv", kwargs={"course_id": cast.course.pk})))
    for rows in (everybody, roster):
        assert "'=HYPERLINK(1)" in {row["name"] for row in rows}


def test_an_exported_roster_imports_without_a_change(cast: Cast) -> None:
    group = actions.create_group(course=cast.course, title="Group A")
    actions.change_group(group=group, title="Group A", people=[cast.amina])
    client = client_of(cast.head)
    exported = client.get(reverse("course_csv", kwargs={"course_id": cast.course.pk})).content
    page = client.post(url(cast, "roster_import"), {"text": exported.decode()}, follow=True)
    assert "Nothing would change" in page.content.decode()


HEADER = "email,name,role,course\n"


def upload(cast: Cast, rows: str, *, as_file: bool = True) -> Any:
    content = (HEADER + rows).encode()
    file = io.BytesIO(content)
    file.name = "roster.csv"
    typed = {"file": file} if as_file else {"text": content.decode()}
    return client_of(cast.head).post(url(cast, "roster_import"), typed, follow=True)


def test_a_roster_with_one_bad_row_shows_its_place_and_offers_no_import(cast: Cast) -> None:
    page = upload(cast, "zola@x.test,Zola,student,\nbad,Max,pupil,\n")
    text = page.content.decode()
    assert "2 mistakes" in text
    assert "“pupil” is no role" in text and "<td>3</td>" in text
    assert 'type="submit">Import' not in text
    address = page.redirect_chain[-1][0]
    client_of(cast.head).post(address)
    assert not Person.objects.filter(email="zola@x.test").exists()


@pytest.mark.parametrize("as_file", [True, False])
def test_a_good_roster_is_shown_and_then_imported(cast: Cast, as_file: bool) -> None:
    page = upload(cast, "zola@x.test,Zola,student,Mathematics 7b\n", as_file=as_file)
    assert "Import 1 row" in page.content.decode()
    assert not Person.objects.filter(email="zola@x.test").exists()
    address = page.redirect_chain[-1][0]
    done = client_of(cast.head).post(address, {"invite": "on"}, follow=True).content.decode()
    assert "Imported" in done
    assert Enrolment.objects.filter(person__email="zola@x.test", course=cast.course).exists()
    assert Invitation.objects.filter(email="zola@x.test").exists()


def test_an_upload_belongs_to_whoever_uploaded_it(cast: Cast) -> None:
    page = upload(cast, "zola@x.test,Zola,student,\n")
    other = people.add_person(institution=cast.school, email="omar@here.test", name="Omar", role=Role.HEAD)
    client, address = client_of(other), page.redirect_chain[-1][0]
    assert (client.get(address).status_code, client.post(address).status_code) == (404, 404)
    RosterUpload.objects.update(expires_at=timezone.now())
    assert client_of(cast.head).get(address).status_code == 404


@pytest.mark.parametrize("typed", [{}, {"text": "  "}, {"text": "a\x00"}])
def test_an_empty_upload_is_an_error_at_the_field(cast: Cast, typed: dict[str, str]) -> None:
    assert client_of(cast.head).post(url(cast, "roster_import"), typed).status_code == 400


def test_names_with_markup_are_text(cast: Cast) -> None:
    Person.objects.filter(pk=cast.amina.pk).update(name="<script>alert(1)</script>")
    client = client_of(cast.head)
    addresses = [url(cast, "people"), url(cast, "person", person_id=cast.amina.pk)]
    for address in [*addresses, reverse("course", kwargs={"course_id": cast.course.pk})]:
        assert "<script>alert" not in client.get(address).content.decode()


def test_nobody_unnamed_sees_a_page(cast: Cast, things: dict[str, UUID]) -> None:
    for name, words in DOORS.items():
        response = Client().get(reverse(name, kwargs={word: things[word] for word in words}))
        assert response.status_code in {302, 405}


@pytest.mark.parametrize("verb", ["person_suspend", "person_remove", "person_expiry", "person_rename"])
def test_a_head_does_nothing_to_a_colleague(cast: Cast, verb: str) -> None:
    other = people.add_person(institution=cast.school, email="omar@here.test", name="Omar", role=Role.HEAD)
    typed = {"expires_on": "2020-01-01", "name": "X"}
    door = url(cast, verb, person_id=other.pk)
    assert client_of(cast.head).post(door, typed).status_code == 403
    assert active_memberships(other).get().role == Role.HEAD
    assert (
        "Suspend…" not in client_of(cast.head).get(url(cast, "person", person_id=other.pk)).content.decode()
    )
    boss = Person.objects.create_superuser("boss@platform.test", "x", name="Boss")
    assert client_of(boss).post(door, typed).status_code == 302


def test_marks_that_turn_or_hide_text_come_in_through_no_page(cast: Cast) -> None:
    client, turned = client_of(cast.head), "\u202egnp\u200b."
    client.post(reverse("courses", args=[cast.school.pk]), {"title": turned, "language": "en"})
    assert Course.objects.filter(title="gnp.").exists()
    rename = reverse("person_rename", args=[cast.school.pk, cast.amina.pk])
    client.post(rename, {"name": turned})
    client.post(rename, {"name": "\u200b\u200b"})
    cast.amina.refresh_from_db()
    assert cast.amina.name == "gnp."
    letter = {"email": "new@here.test", "name": turned, "role": "student"}
    client.post(reverse("invitations", args=[cast.school.pk]), letter)
    assert Invitation.objects.get().name == "gnp."
    client_of(cast.teacher).post(reverse("start_meeting"), {"title": turned})
    assert not Lesson.objects.filter(title__contains="\u202e").exists()
    assert Lesson.objects.filter(title="gnp.").exists()
