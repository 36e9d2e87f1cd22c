"""A school's logo: shown, changed, removed."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.models import Institution
from common.refusals import Refused
from dashboard.doors import find_administered, find_institution, person_of
from dashboard.findings import say_refusal
from dashboard.institution_forms import LogoForm
from dashboard.views.institutions import show_settings
from recordings import actions
from recordings.branding import MOST_BYTES, logo_of, read_logo


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def institution_logo(request: HttpRequest, institution_id: UUID) -> HttpResponse:
    """The picture; a POST brings another one, or takes it down, as the button says."""
    if request.method != "POST":
        return _show(find_institution(person_of(request), institution_id))
    school = find_administered(request, institution_id)
    if "remove" in request.POST:
        actions.remove_logo(institution=school, by=person_of(request))
        messages.success(request, _("The logo is removed."))
        return redirect("institution_settings", school.pk)
    form = LogoForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            data = form.cleaned_data["picture"].read(MOST_BYTES + 1)
            actions.change_logo(institution=school, data=data, by=person_of(request), now=timezone.now())
        except Refused as refusal:
            form.add_error("picture", say_refusal(refusal))
        else:
            messages.success(request, _("The logo is there. Videos that are composed from now on bear it."))
            return redirect("institution_settings", school.pk)
    return show_settings(request, school, logo_form=form, status=400)


def _show(school: Institution) -> HttpResponse:
    logo = logo_of(school)
    if logo is None:
        raise Http404
    try:
        picture = read_logo(school, logo.key)
    except Refused as refusal:
        raise Http404 from refusal
    response = HttpResponse(picture, content_type="image/png")
    response["Cache-Control"] = "private, no-cache"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
