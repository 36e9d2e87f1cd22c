"""The description of the API, for reading: Swagger UI from our own server."""

from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
@csp_update({"style-src-attr": ["'unsafe-inline'"]})
def api_docs(request: HttpRequest) -> HttpResponse:
    """Swagger UI writes style attributes into its own elements; scripts stay as strict as anywhere."""
    return render(request, "dashboard/api_docs.html")
