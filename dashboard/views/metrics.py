"""`/metrics`, for whoever bears METRICS_TOKEN; without that setting there is no such door."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe

from common.exposition import CONTENT_TYPE, expose
from dashboard.metrics import metrics_of


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    if not settings.METRICS_TOKEN:
        raise Http404
    if not constant_time_compare(
        request.headers.get("Authorization", ""), f"Bearer {settings.METRICS_TOKEN}"
    ):
        return HttpResponse("Unauthorized\n", status=401, headers={"WWW-Authenticate": "Bearer"})
    return HttpResponse(expose(metrics_of(timezone.now())), content_type=CONTENT_TYPE)
