from django.contrib.auth.views import LogoutView
from django.urls import path
from django.views.i18n import set_language

from dashboard.views import calendar, health, holidays, lessons, people, register, replay, room, schedule

urlpatterns = [
    path("", lessons.home, name="home"),
    path("calendar/", calendar.calendar, name="calendar"),
    path("holidays/", holidays.holidays, name="holidays"),
    path("holidays/<uuid:holiday_id>/", holidays.holiday, name="holiday"),
    path("holidays/<uuid:holiday_id>/cancel-lessons", holidays.cancel_lessons, name="holiday_cancel_lessons"),
    path("holidays/<uuid:holiday_id>/remove", holidays.remove, name="holiday_remove"),
    path("lessons/new", schedule.schedule, name="schedule"),
    path("lessons/<uuid:lesson_id>/edit", schedule.edit_lesson, name="lesson_edit"),
    path("lessons/<uuid:lesson_id>/cancel", schedule.cancel_lesson, name="lesson_cancel"),
    path("lessons/<uuid:lesson_id>/", lessons.lesson, name="lesson"),
    path("lessons/<uuid:lesson_id>/room", room.room, name="room"),
    path("lessons/<uuid:lesson_id>/replay", replay.replay, name="replay"),
    path("lessons/<uuid:lesson_id>/register", register.register, name="register"),
    path("lessons/<uuid:lesson_id>/register.csv", register.register_csv, name="register_csv"),
    path("sign-in", people.SignIn.as_view(), name="sign_in"),
    path("sign-out", LogoutView.as_view(), name="sign_out"),
    path("enter-as/<slug:key>", people.enter_as, name="enter_as"),
    path("language", set_language, name="set_language"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
