from django.urls import path
from django.views.i18n import set_language

from dashboard.views import account, health, lessons, oidc, people, providers, register, replay, room

urlpatterns = [
    path("", lessons.home, name="home"),
    path("lessons/new", lessons.schedule, name="schedule"),
    path("lessons/<uuid:lesson_id>/", lessons.lesson, name="lesson"),
    path("lessons/<uuid:lesson_id>/room", room.room, name="room"),
    path("lessons/<uuid:lesson_id>/replay", replay.replay, name="replay"),
    path("lessons/<uuid:lesson_id>/register", register.register, name="register"),
    path("lessons/<uuid:lesson_id>/register.csv", register.register_csv, name="register_csv"),
    path("sign-in", people.SignIn.as_view(), name="sign_in"),
    path("sign-in/<slug:slug>", oidc.start, name="sign_in_with"),
    path("sign-in/<slug:slug>/callback", oidc.callback, name="sign_in_callback"),
    path("sign-in/<slug:slug>/logout", oidc.backchannel_logout, name="backchannel_logout"),
    path("sign-out", oidc.sign_out, name="sign_out"),
    path("account", account.account, name="account"),
    path("account/password", account.ChangePassword.as_view(), name="change_password"),
    path("account/sign-ins/<uuid:identity_id>", account.disconnect, name="disconnect_identity"),
    path("password", account.password_forgotten, name="password_forgotten"),
    path("password/letter", account.password_letter, name="password_letter"),
    path("password/<str:uidb64>/<str:token>", account.NewPassword.as_view(), name="new_password"),
    path("providers/", providers.providers, name="providers"),
    path("providers/new", providers.add_provider, name="add_provider"),
    path("providers/<uuid:provider_id>", providers.provider, name="provider"),
    path("providers/<uuid:provider_id>/check", providers.check_provider, name="check_provider"),
    path("enter-as/<slug:key>", people.enter_as, name="enter_as"),
    path("language", set_language, name="set_language"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
