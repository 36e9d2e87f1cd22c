"""What can be done with courses and who takes part in them."""

from accounts.models import Institution, Person
from classroom.models import Course, Enrolment, Standing


def create_course(*, institution: Institution, title: str, language: str) -> Course:
    return Course.objects.create(institution=institution, title=title, language=language)


def enrol(*, course: Course, person: Person, standing: Standing) -> Enrolment:
    enrolment, _ = Enrolment.objects.update_or_create(
        course=course, person=person, defaults={"standing": standing, "is_active": True}
    )
    return enrolment
