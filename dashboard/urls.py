from django.contrib.auth.views import LogoutView
from django.urls import path
from django.views.i18n import set_language

from dashboard.views import audit, health, lessons, people, privacy, register, replay, retention, room

urlpatterns = [
    path("", lessons.home, name="home"),
    path("lessons/new", lessons.schedule, name="schedule"),
    path("lessons/<uuid:lesson_id>/", lessons.lesson, name="lesson"),
    path("lessons/<uuid:lesson_id>/room", room.room, name="room"),
    path("lessons/<uuid:lesson_id>/replay", replay.replay, name="replay"),
    path("lessons/<uuid:lesson_id>/register", register.register, name="register"),
    path("lessons/<uuid:lesson_id>/register.csv", register.register_csv, name="register_csv"),
    path("schools/<slug:school>/audit", audit.audit, name="audit"),
    path("schools/<slug:school>/audit.csv", audit.audit_csv, name="audit_csv"),
    path("schools/<slug:school>/audit/check", audit.audit_check, name="audit_check"),
    path("schools/<slug:school>/retention", retention.retention, name="retention"),
    path("schools/<slug:school>/holds", privacy.holds, name="holds"),
    path("schools/<slug:school>/holds/<uuid:hold_id>/release", privacy.release_hold, name="release_hold"),
    path("schools/<slug:school>/data", privacy.data_requests, name="data_requests"),
    path("schools/<slug:school>/people/<uuid:person_id>/copy", privacy.request_export, name="request_export"),
    path("schools/<slug:school>/people/<uuid:person_id>/erase", privacy.erase_person, name="erase_person"),
    path("my-data", privacy.my_data, name="my_data"),
    path("my-data/log", audit.own_audit, name="own_audit"),
    path("data-requests/<uuid:request_id>/cancel", privacy.cancel_request, name="cancel_request"),
    path("data-requests/<uuid:request_id>/download", privacy.download_export, name="download_export"),
    path("platform/audit", audit.platform_audit, name="platform_audit"),
    path("sign-in", people.SignIn.as_view(), name="sign_in"),
    path("sign-out", LogoutView.as_view(), name="sign_out"),
    path("enter-as/<slug:key>", people.enter_as, name="enter_as"),
    path("language", set_language, name="set_language"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
