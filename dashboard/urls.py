from django.contrib.auth.views import LogoutView
from django.urls import path
from django.views.i18n import set_language

from dashboard.views import calendars, health, lessons, people, register, replay, room, webhooks

urlpatterns = [
    path("", lessons.home, name="home"),
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
    path("calendar/settings", calendars.calendar_settings, name="calendar_settings"),
    path("calendar/<str:token>.ics", calendars.calendar_feed, name="calendar_feed"),
    path("letters/<str:token>", calendars.unsubscribe, name="unsubscribe"),
    path("webhooks", webhooks.webhooks, name="webhooks"),
    path("webhooks/new", webhooks.webhook_new, name="webhook_new"),
    path("webhooks/<uuid:webhook_id>/", webhooks.webhook, name="webhook"),
    path("webhooks/<uuid:webhook_id>/secret", webhooks.webhook_secret, name="webhook_secret"),
    path("webhooks/<uuid:webhook_id>/test", webhooks.webhook_test, name="webhook_test"),
    path("webhooks/<uuid:webhook_id>/replay", webhooks.webhook_replay, name="webhook_replay"),
    path("webhooks/<uuid:webhook_id>/delete", webhooks.webhook_delete, name="webhook_delete"),
    path("webhooks/<uuid:webhook_id>/<uuid:delivery_id>", webhooks.webhook_delivery, name="webhook_delivery"),
    path(
        "webhooks/<uuid:webhook_id>/<uuid:delivery_id>/replay",
        webhooks.delivery_replay,
        name="delivery_replay",
    ),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
