"""Webhooks of a school, for its heads."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import actions
from accounts.actions.deliveries import body_of
from accounts.models import TEST_EVENT, DeliveryState, EventType, Webhook, WebhookDelivery
from accounts.queries import institutions_of
from accounts.rules import may_administer
from common.refusals import Refused
from dashboard.doors import person_of
from dashboard.forms_outward import ReplayForm, WebhookForm, headed_by
from dashboard.views.lessons import use_zone_of

PAGE_SIZE = 20
SHOWN_ONCE = "webhook_secret"


@require_safe
@login_required
def webhooks(request: HttpRequest) -> HttpResponse:
    headed = _headed(request)
    query = request.GET.get("q", "").strip()
    waiting = Count("deliveries", filter=Q(deliveries__state=DeliveryState.PENDING))
    found = Webhook.objects.filter(institution__in=headed, url__icontains=query).annotate(waiting=waiting)
    page = Paginator(found.order_by("url", "pk"), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "dashboard/webhooks.html", {"page_obj": page, "q": query})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def webhook_new(request: HttpRequest) -> HttpResponse:
    headed = _headed(request)
    form = WebhookForm(headed, request.POST if request.method == "POST" else None)
    del form.fields["is_active"]
    if request.method == "POST" and form.is_valid():
        made = actions.create_webhook(**form.cleaned_data, by=person_of(request))
        return _show_secret(request, made, made.secret)
    context = {"form": form, "several": len(headed) > 1}
    return render(request, "dashboard/webhook_new.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def webhook(request: HttpRequest, webhook_id: UUID) -> HttpResponse:
    found = _find(request, webhook_id)
    current = {"url": found.url, "event_types": found.event_types, "is_active": found.is_active}
    form = WebhookForm(
        [found.institution], request.POST if request.method == "POST" else None, initial=current
    )
    if request.method == "POST" and form.is_valid():
        data = {name: form.cleaned_data[name] for name in current}
        actions.change_webhook(webhook=found, **data, by=person_of(request))
        messages.success(request, _("Saved."))
        return redirect("webhook", webhook_id=found.pk)
    context = _deliveries(request, found) | {
        "webhook": found,
        "form": form,
        "replay": ReplayForm(initial={"since": timezone.localtime() - timedelta(days=1)}),
        "secret": request.session.pop(SHOWN_ONCE + str(found.pk), ""),
        "both_until": found.former_secret_until,
        "both": bool(found.former_secret_until and found.former_secret_until > timezone.now()),
    }
    return render(request, "dashboard/webhook.html", context, status=400 if form.errors else 200)


def _deliveries(request: HttpRequest, found: Webhook) -> dict[str, Any]:
    filters = {name: request.GET.get(name, "").strip() for name in ("state", "type", "q")}
    deliveries: QuerySet[WebhookDelivery] = found.deliveries.select_related("event")
    if filters["state"] in DeliveryState.values:
        deliveries = deliveries.filter(state=filters["state"])
    if filters["type"] in (*EventType.values, TEST_EVENT):
        deliveries = deliveries.filter(event__type=filters["type"])
    if filters["q"]:
        deliveries = deliveries.filter(event__in=_ids_in(filters["q"]))
    page = Paginator(deliveries.order_by("-queued_at", "pk"), PAGE_SIZE).get_page(request.GET.get("page"))
    return {
        "page_obj": page,
        "filters": filters,
        "filtered": any(filters.values()),
        "states": DeliveryState.choices,
        "types": [*EventType.values, TEST_EVENT],
    }


def _ids_in(query: str) -> list[UUID]:
    try:
        return [UUID(query)]
    except ValueError:
        return []


@require_POST
@login_required
def webhook_secret(request: HttpRequest, webhook_id: UUID) -> HttpResponse:
    found = _find(request, webhook_id)
    return _show_secret(request, found, actions.rotate_secret(webhook=found, by=person_of(request)))


def _show_secret(request: HttpRequest, found: Webhook, secret: str) -> HttpResponse:
    """On the next page and on no other."""
    request.session[SHOWN_ONCE + str(found.pk)] = secret
    return redirect("webhook", webhook_id=found.pk)


@require_POST
@login_required
def webhook_test(request: HttpRequest, webhook_id: UUID) -> HttpResponse:
    found = _find(request, webhook_id)
    try:
        delivery = actions.send_test_event(webhook=found, by=person_of(request))
    except Refused as refusal:
        return _say_no(request, refusal, found.pk)
    messages.success(request, _("A test event is on its way."))
    return redirect("webhook_delivery", webhook_id=found.pk, delivery_id=delivery.pk)


@require_POST
@login_required
def webhook_replay(request: HttpRequest, webhook_id: UUID) -> HttpResponse:
    found = _find(request, webhook_id)
    form = ReplayForm(request.POST)
    if not form.is_valid():
        messages.error(request, str(form.errors["since"][0]))
        return redirect("webhook", webhook_id=found.pk)
    try:
        count = actions.replay_since(webhook=found, since=form.cleaned_data["since"], by=person_of(request))
    except Refused as refusal:
        return _say_no(request, refusal, found.pk)
    said = ngettext("%(count)s event will be sent again.", "%(count)s events will be sent again.", count)
    messages.success(request, said % {"count": count})
    return redirect("webhook", webhook_id=found.pk)


@require_POST
@login_required
def webhook_delete(request: HttpRequest, webhook_id: UUID) -> HttpResponse:
    actions.delete_webhook(webhook=_find(request, webhook_id), by=person_of(request))
    messages.success(request, _("The webhook is deleted."))
    return redirect("webhooks")


@require_safe
@login_required
def webhook_delivery(request: HttpRequest, webhook_id: UUID, delivery_id: UUID) -> HttpResponse:
    delivery = _find_delivery(request, webhook_id, delivery_id)
    body = json.dumps(json.loads(body_of(delivery)), indent=2, ensure_ascii=False)
    context = {"delivery": delivery, "webhook": delivery.webhook, "body": body}
    return render(request, "dashboard/webhook_delivery.html", context)


@require_POST
@login_required
def delivery_replay(request: HttpRequest, webhook_id: UUID, delivery_id: UUID) -> HttpResponse:
    delivery = _find_delivery(request, webhook_id, delivery_id)
    try:
        actions.replay_delivery(delivery=delivery, by=person_of(request))
    except Refused as refusal:
        return _say_no(request, refusal, webhook_id)
    messages.success(request, _("The event will be sent again."))
    return redirect("webhook_delivery", webhook_id=webhook_id, delivery_id=delivery_id)


def _headed(request: HttpRequest) -> list[Any]:
    person = person_of(request)
    use_zone_of(person)
    headed = headed_by(person)
    if not headed:
        raise PermissionDenied
    return headed


def _find(request: HttpRequest, webhook_id: UUID) -> Webhook:
    """The webhook for its heads; 403 for others of the school, and for everybody else the 404 of none."""
    person = person_of(request)
    use_zone_of(person)
    here = Webhook.objects.filter(institution__in=institutions_of(person)).select_related("institution")
    found = here.filter(pk=webhook_id).first()
    if found is None:
        raise Http404
    if not may_administer(person, found.institution):
        raise PermissionDenied
    return found


def _find_delivery(request: HttpRequest, webhook_id: UUID, delivery_id: UUID) -> WebhookDelivery:
    found = _find(request, webhook_id)
    delivery = found.deliveries.select_related("event", "webhook__institution").filter(pk=delivery_id).first()
    if delivery is None:
        raise Http404
    return delivery


def _say_no(request: HttpRequest, refusal: Refused, webhook_id: UUID) -> HttpResponse:
    sentences = {
        "webhook_off": _("This webhook is turned off. Turn it on first."),
        "already_waiting": _("This event is waiting to be sent already."),
    }
    messages.error(request, sentences[refusal.code])
    return redirect("webhook", webhook_id=webhook_id)
