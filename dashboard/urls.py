from django.contrib.auth.views import LogoutView
from django.urls import path
from django.views.i18n import set_language

from dashboard.views import doors, guests, health, lessons, meetings, people, register, replay, room

urlpatterns = [
    path("", lessons.home, name="home"),
    path("lessons/new", lessons.schedule, name="schedule"),
    path("lessons/<uuid:lesson_id>/", lessons.lesson, name="lesson"),
    path("lessons/<uuid:lesson_id>/room", room.room, name="room"),
    path("lessons/<uuid:lesson_id>/replay", replay.replay, name="replay"),
    path("lessons/<uuid:lesson_id>/register", register.register, name="register"),
    path("lessons/<uuid:lesson_id>/register.csv", register.register_csv, name="register_csv"),
    path("lessons/<uuid:lesson_id>/waiting", doors.waiting, name="waiting"),
    path("lessons/<uuid:lesson_id>/doors", doors.doors, name="doors"),
    path("lessons/<uuid:lesson_id>/knocks", doors.decide_knocks, name="decide_knocks"),
    path("lessons/<uuid:lesson_id>/guest-links", doors.guest_links, name="guest_links"),
    path(
        "lessons/<uuid:lesson_id>/guest-links/<uuid:link_id>/revoke",
        doors.revoke_guest_link,
        name="revoke_guest_link",
    ),
    path("meetings/start", meetings.start_meeting, name="start_meeting"),
    path("g/<str:token>", guests.guest, name="guest"),
    path("g/<str:token>/room", guests.guest_room, name="guest_room"),
    path("sign-in", people.SignIn.as_view(), name="sign_in"),
    path("sign-out", LogoutView.as_view(), name="sign_out"),
    path("enter-as/<slug:key>", people.enter_as, name="enter_as"),
    path("language", set_language, name="set_language"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
