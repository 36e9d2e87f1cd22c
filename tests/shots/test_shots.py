from datetime import timedelta
from typing import Any
import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from playwright.sync_api import sync_playwright
from scripts.bootstrap import find_chromium
from accounts import actions
from accounts.models import EventType, WebhookDelivery
from tests.journeys.conftest import *  # noqa
from tests.faults.conftest import build  # noqa

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(200)]


def test_shots(build: Any, cast: Any, tmp_path: Any) -> None:
    import os

    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    house = build()
    house.collect_static()
    house.start_web()
    w = actions.create_webhook(
        institution=cast.school,
        url="https://hooks.unicef.example/darasa/field-office",
        event_types=list(EventType.values)[:3],
        by=cast.head,
    )
    w2 = actions.create_webhook(
        institution=cast.school,
        url="https://sis.school.example:8443/in",
        event_types=["person.changed"],
        by=cast.head,
    )
    actions.turn_off(webhook=w2, reason="gone", now=timezone.now())
    for n in range(4):
        with transaction.atomic():
            actions.publish_event(
                institution=cast.school, type_=EventType.LESSON_ENDED, data={"lesson_id": "1"}
            )
    ds = list(WebhookDelivery.objects.all())
    WebhookDelivery.objects.filter(pk=ds[0].pk).update(
        state="delivered",
        attempts=1,
        last_status=200,
        last_latency_ms=80,
        last_answer="ok",
        last_attempt_at=timezone.now(),
    )
    WebhookDelivery.objects.filter(pk=ds[1].pk).update(
        state="abandoned",
        attempts=14,
        last_error="timeout",
        last_latency_ms=10000,
        last_attempt_at=timezone.now(),
    )

    def cookies(person):
        c = Client()
        c.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        return c.cookies["darasa_session"].value

    pages = [
        ("head", "webhooks", "/webhooks"),
        ("head", "webhook", f"/webhooks/{w.pk}/"),
        ("head", "new", "/webhooks/new"),
        ("head", "delivery", f"/webhooks/{w.pk}/{ds[1].pk}"),
        ("amina", "calendar", "/calendar/settings"),
    ]
    sess = {who: cookies(getattr(cast, who)) for who in ("head", "amina")}
    with sync_playwright() as p:
        b = p.chromium.launch(executable_path=str(find_chromium()))
        for lang in ("en", "ar"):
            for width in (360, 1280):
                for who, name, path in pages:
                    ctx = b.new_context(viewport={"width": width, "height": 800})
                    ctx.add_cookies(
                        [
                            {"name": "darasa_session", "value": sess[who], "url": house.url},
                            {"name": "django_language", "value": lang, "url": house.url},
                        ]
                    )
                    page = ctx.new_page()
                    page.goto(house.url + path)
                    over = page.evaluate(
                        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
                    )
                    print(name, lang, width, "overflow", over)
                    page.screenshot(path=f"/tmp/shots-letters/{name}-{lang}-{width}.png", full_page=True)
                    ctx.close()
        b.close()
