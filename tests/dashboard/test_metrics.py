"""`/metrics`: for the bearer alone, about nobody, and every rule and drawing asks for what it tells."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from classroom.models import Bridge, BridgeState, Lesson, MachinePool
from common.exposition import Metric, Sample, expose
from recordings.chips import count_failed_chip
from recordings.models import Recorder
from tests.conftest import Cast
from tests.dashboard.test_pages import client_of

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
MONITORING = ROOT / "jitsi_config" / "monitoring"
TOKEN = "m" * 40
NAME = re.compile(r"\bdarasa_[a-z_]+")
LINE = re.compile(r'([a-z_]+)(?:\{((?:[a-z]+="(?:[^"\\]|\\.)*",?)*)\})? (NaN|[+-]?Inf|-?[0-9.e+-]+)')


def scrape(settings: Any) -> str:
    settings.METRICS_TOKEN = TOKEN
    answer = Client().get(reverse("metrics"), headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain; version=0.0.4")
    return answer.content.decode()


def busy_platform(lesson: Lesson) -> None:
    now = timezone.now()
    Bridge.objects.create(name='jvb"1', url="http://jvb1", region="eu", state=BridgeState.UP, stress=0.25)
    Recorder.objects.create(name="jibri", state="idle", state_at=now, next_poll_at=now)
    MachinePool.objects.create(kind="recorders", zone="eu", asked_for=3, needed=9, most=5, looked_at=now)
    Lesson.objects.filter(pk=lesson.pk).update(status="live")


def test_without_the_setting_there_is_no_door(cast: Cast) -> None:
    assert Client().get(reverse("metrics")).status_code == 404


def test_only_the_bearer_reads_them_whoever_else_is_signed_in(cast: Cast, settings: Any) -> None:
    settings.METRICS_TOKEN = TOKEN
    for client in (Client(), client_of(cast.head), client_of(cast.stranger)):
        assert client.get(reverse("metrics")).status_code == 401
        wrong = {"Authorization": f"Bearer {TOKEN[1:]}é".encode().decode("latin-1")}
        assert client.get(reverse("metrics"), headers=wrong).status_code == 401


def test_they_tell_numbers_and_nobodys_name(lesson: Lesson, settings: Any) -> None:
    busy_platform(lesson)
    cache.clear()
    count_failed_chip()
    told = scrape(settings)
    for line in told.splitlines():
        assert line.startswith("# ") or LINE.fullmatch(line), line
    for expected in (
        "darasa_lessons_live 1",
        'darasa_recorders{state="idle"} 1',
        'darasa_recorders{state="silent"} 0',
        'darasa_bridge_stress{bridge="jvb\\"1",region="eu"} 0.25',
        'darasa_pool_short{kind="recorders",zone="eu"} 4',
        "darasa_reconciler_age_seconds +Inf",
        "darasa_encoder_failures_total 1",
    ):
        assert expected in told.splitlines()
    for secret in (
        lesson.title,
        lesson.institution.name,
        lesson.created_by.name,
        lesson.institution.slug + '"',
    ):
        assert secret not in told


def test_rules_and_drawings_ask_for_what_is_told(lesson: Lesson, settings: Any) -> None:
    busy_platform(lesson)
    told = set(NAME.findall(scrape(settings)))
    files = [MONITORING / "alerts.yaml", *sorted((MONITORING / "dashboards").glob("*.json"))]
    asked = {name for file in files for name in NAME.findall(file.read_text())}
    assert len(files) == 3
    assert asked - told == set()


def test_every_alert_has_a_runbook_and_every_runbook_an_alert() -> None:
    groups = yaml.safe_load((MONITORING / "alerts.yaml").read_text())["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    page = (ROOT / "docs" / "operations" / "alerts.md").read_text()
    headings = re.findall(r"^## (\w+)$", page, re.MULTILINE)
    assert [rule["alert"] for rule in rules] == headings
    for rule in rules:
        assert rule["annotations"]["runbook"] == f"docs/operations/alerts.md#{rule['alert'].lower()}"
        assert rule["labels"]["severity"] in {"page", "warn"}


def test_drawings_are_whole() -> None:
    for file in (MONITORING / "dashboards").glob("*.json"):
        panels = json.loads(file.read_text())["panels"]
        assert len({panel["id"] for panel in panels}) == len(panels)
        assert all(target["expr"] for panel in panels for target in panel["targets"])


def test_labels_are_quoted_and_numbers_exact() -> None:
    samples = [Sample(1e9 + 7, {"b": 'a"\\\n'}), Sample(0.1), Sample(float("nan"))]
    assert expose([Metric("x", "gauge", "A\nB", samples)]).splitlines() == [
        "# HELP x A\\nB",
        "# TYPE x gauge",
        'x{b="a\\"\\\\\\n"} 1000000007',
        "x 0.1",
        "x NaN",
    ]


def test_a_backup_is_late_only_where_there_are_backups(lesson: Lesson, settings: Any, tmp_path: Path) -> None:
    settings.BACKUP_DIR = tmp_path / "backups"
    assert "darasa_backup_age_seconds NaN" in scrape(settings)
    settings.BACKUP_DIR.mkdir()
    assert "darasa_backup_age_seconds +Inf" in scrape(settings)
