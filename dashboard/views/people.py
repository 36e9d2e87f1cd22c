"""Signing in and out."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.views import LoginView
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import Resolver404, resolve
from django.views.decorators.http import require_POST

from accounts.models import Person
from accounts.queries import providers_for
from dashboard.demo.cast import PERSONAS
from dashboard.forms import SignInForm

MOST_BUTTONS, MOST_FOUND = 5, 20
# Who follows one of these pays for each byte: its page is as small as the companion behind it.
WAYS_IN = frozenset({"follow_code", "join_in_app", "room"})


class SignIn(LoginView):
    """Django's own; in the demo with a button for each of the cast."""

    template_name = "dashboard/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        personas = PERSONAS if settings.DARASA_DEMO else ()
        given = {
            "personas": personas,
            "layout": f"dashboard/{self._layout()}.html",
            **ways_in(self.request.GET.get("school", "").strip()),
        }
        return super().get_context_data(**kwargs) | given

    def _layout(self) -> str:
        try:
            page = resolve(urlsplit(self.get_redirect_url()).path).url_name
        except Resolver404:
            return "base"
        return "way_in" if page in WAYS_IN else "base"

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        return speak(response, form.get_user())


def ways_in(school: str) -> dict[str, Any]:
    """The schools' own sign-ins as buttons; when there are many, only those that fit what was typed."""
    found = list(providers_for(school)[:MOST_FOUND])
    are_many = bool(school) or len(found) > MOST_BUTTONS
    shown = found if school or not are_many else []
    return {"providers": shown, "are_many": are_many, "school": school}


@require_POST
def enter_as(request: HttpRequest, key: str) -> HttpResponse:
    """The demo's buttons; this door does not exist anywhere else."""
    persona = next((one for one in PERSONAS if one.key == key), None)
    person = Person.objects.filter(email=persona.email).first() if persona and settings.DARASA_DEMO else None
    if person is None:
        raise Http404
    login(request, person, backend="django.contrib.auth.backends.ModelBackend")
    return speak(redirect(settings.LOGIN_REDIRECT_URL), person)


def speak(response: HttpResponse | HttpResponseRedirect, person: Person) -> HttpResponse:
    """Pages in the person's own language from now on, when they have chosen one."""
    if person.language:
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, person.language, samesite="Lax")
    return response
