"""Signing in and out."""

from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.views import LoginView
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from accounts.models import Person
from dashboard.demo.cast import PERSONAS
from dashboard.forms import SignInForm


class SignIn(LoginView):
    """Django's own; in the demo with a button for each of the cast."""

    template_name = "dashboard/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        personas = PERSONAS if settings.DARASA_DEMO else ()
        return super().get_context_data(**kwargs) | {"personas": personas}

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        return _speak(response, form.get_user())


@require_POST
def enter_as(request: HttpRequest, key: str) -> HttpResponse:
    """The demo's buttons; this door does not exist anywhere else."""
    persona = next((one for one in PERSONAS if one.key == key), None)
    person = Person.objects.filter(email=persona.email).first() if persona and settings.DARASA_DEMO else None
    if person is None:
        raise Http404
    login(request, person, backend="django.contrib.auth.backends.ModelBackend")
    return _speak(redirect(settings.LOGIN_REDIRECT_URL), person)


def _speak(response: HttpResponse | HttpResponseRedirect, person: Person) -> HttpResponse:
    """Pages in the person's own language from now on, when they have chosen one."""
    if person.language:
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, person.language, samesite="Lax")
    return response
