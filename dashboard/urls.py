from django.contrib.auth.views import LogoutView
from django.urls import path
from django.views.i18n import set_language

from dashboard.views import (
    api_docs,
    api_keys,
    health,
    join,
    lessons,
    people,
    register,
    replay,
    room,
)

urlpatterns = [
    path("", lessons.home, name="home"),
    path("lessons/new", lessons.schedule, name="schedule"),
    path("lessons/<uuid:lesson_id>/", lessons.lesson, name="lesson"),
    path("lessons/<uuid:lesson_id>/room", room.room, name="room"),
    path("lessons/<uuid:lesson_id>/replay", replay.replay, name="replay"),
    path("lessons/<uuid:lesson_id>/register", register.register, name="register"),
    path("lessons/<uuid:lesson_id>/register.csv", register.register_csv, name="register_csv"),
    path("join/<slug:token>", join.join_link, name="join_link"),
    path("institutions/<uuid:institution_id>/api-keys", api_keys.api_keys, name="api_keys"),
    path(
        "institutions/<uuid:institution_id>/api-keys/<uuid:key_id>/revoke",
        api_keys.revoke_key,
        name="revoke_api_key",
    ),
    path("api/v1/docs", api_docs.api_docs, name="api_docs"),
    path("sign-in", people.SignIn.as_view(), name="sign_in"),
    path("sign-out", LogoutView.as_view(), name="sign_out"),
    path("enter-as/<slug:key>", people.enter_as, name="enter_as"),
    path("language", set_language, name="set_language"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
