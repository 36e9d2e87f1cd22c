"""Every address of the API; each app brings its own doors."""

from __future__ import annotations

from django.urls import path, re_path
from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.views import SpectacularAPIView

from accounts.api.base import NoSuchDoor
from accounts.api.institutions import InstitutionDetail, InstitutionList
from accounts.api.people import (
    GuardianshipDetail,
    GuardianshipList,
    MembershipDetail,
    PersonDetail,
    PersonList,
    PersonSuspension,
)
from accounts.api.permissions import RecordingPermissionDetail
from attendance.api import EngagementSums, Intervals, RegisterDetail, Trends
from classroom.api.courses import CourseDetail, CourseList, RosterLine, RosterList
from classroom.api.lessons import JoinLinkDetail, JoinLinks, LessonCancellation, LessonDetail, LessonList
from recordings.api.ledger import RecordingLedger
from recordings.api.recordings import RecordingDetail, RecordingLinks, RecordingList

V1 = "api/v1/"
INSTITUTION = f"{V1}institutions/<uuid:institution_id>"
PERSON = f"{INSTITUTION}/people/<uuid:person_id>"
COURSE = f"{V1}courses/<uuid:course_id>"
LESSON = f"{V1}lessons/<uuid:lesson_id>"
RECORDING = f"{V1}recordings/<uuid:recording_id>"

doors = [
    path(f"{V1}institutions", InstitutionList.as_view(), name="api_institutions"),
    path(INSTITUTION, InstitutionDetail.as_view(), name="api_institution"),
    path(f"{INSTITUTION}/people", PersonList.as_view(), name="api_people"),
    path(PERSON, PersonDetail.as_view(), name="api_person"),
    path(f"{PERSON}/suspension", PersonSuspension.as_view(), name="api_suspension"),
    path(f"{PERSON}/roles/<slug:role>", MembershipDetail.as_view(), name="api_role"),
    path(
        f"{PERSON}/guardians/<uuid:guardian_id>",
        GuardianshipDetail.as_view(),
        name="api_guardianship",
    ),
    path(
        f"{PERSON}/recording-permission",
        RecordingPermissionDetail.as_view(),
        name="api_recording_permission",
    ),
    path(f"{INSTITUTION}/guardianships", GuardianshipList.as_view(), name="api_guardianships"),
    path(f"{V1}courses", CourseList.as_view(), name="api_courses"),
    path(COURSE, CourseDetail.as_view(), name="api_course"),
    path(f"{COURSE}/roster", RosterList.as_view(), name="api_roster"),
    path(f"{COURSE}/roster/<uuid:person_id>", RosterLine.as_view(), name="api_roster_line"),
    path(f"{V1}lessons", LessonList.as_view(), name="api_lessons"),
    path(LESSON, LessonDetail.as_view(), name="api_lesson"),
    path(f"{LESSON}/cancellation", LessonCancellation.as_view(), name="api_cancellation"),
    path(f"{LESSON}/join-links", JoinLinks.as_view(), name="api_join_links"),
    path(f"{LESSON}/join-links/<uuid:join_link_id>", JoinLinkDetail.as_view(), name="api_join_link"),
    path(f"{LESSON}/register", RegisterDetail.as_view(), name="api_register"),
    path(f"{LESSON}/register/intervals", Intervals.as_view(), name="api_intervals"),
    path(f"{LESSON}/engagement", EngagementSums.as_view(), name="api_engagement"),
    path(f"{COURSE}/trends", Trends.as_view(), name="api_trends"),
    path(f"{INSTITUTION}/recording-ledger", RecordingLedger.as_view(), name="api_recording_ledger"),
    path(f"{V1}recordings", RecordingList.as_view(), name="api_recordings"),
    path(RECORDING, RecordingDetail.as_view(), name="api_recording"),
    path(f"{RECORDING}/links", RecordingLinks.as_view(), name="api_recording_links"),
]


class Schema(SpectacularAPIView):
    """The description, for everybody: it holds no data."""

    renderer_classes = [OpenApiJsonRenderer]
    authentication_classes: list[type] = []
    permission_classes: list[type] = []
    urlconf = "config.api"
    schema = None


urlpatterns = [
    *doors,
    path(f"{V1}schema", Schema.as_view(), name="api_schema"),
    # With line breaks too, which `<path:…>` would leave to the pages.
    re_path(rf"^{V1}(?P<rest>[\s\S]*)$", NoSuchDoor.as_view(), name="api_nowhere"),
]
