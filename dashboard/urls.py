from django.contrib.auth.views import LogoutView
from django.urls import path
from django.views.i18n import set_language

from dashboard.views import health, home, lessons, people, register, replay, room, search, statistics

urlpatterns = [
    path("", home.home, name="home"),
    path("desk", home.choose_desk, name="choose_desk"),
    path("search", search.search, name="search"),
    path("statistics", statistics.statistics, name="statistics"),
    path("statistics.csv", statistics.statistics_csv, name="statistics_csv"),
    path("lessons", lessons.lessons, name="lessons"),
    path("lessons/new", lessons.schedule, name="schedule"),
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
