"""Which worker does what: nothing waits behind somebody else's slow server, and nothing waits for ever."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from config.celery import app

ROOT = Path(__file__).resolve().parent.parent.parent
LETTERS = {
    "accounts.send_invitation",
    "accounts.sweep_invitations",
    "accounts.send_password_letter",
    "dashboard.send_letters",
}


def queue_of(task: str) -> str:
    routes: dict[str, dict[str, str | int]] = settings.TASK_QUEUES
    return str(routes.get(task, {}).get("queue", "celery"))


def test_what_waits_for_another_server_is_outward() -> None:
    assert {queue_of(task) for task in {*LETTERS, "accounts.deliver_webhooks"}} == {"outward"}


def test_every_route_is_of_a_task_that_there_is() -> None:
    app.loader.import_default_modules()
    assert set(settings.TASK_QUEUES) <= set(app.tasks)


def test_every_queue_is_listened_to_by_the_demo_and_stands_in_the_manual() -> None:
    started = (ROOT / "dashboard/management/commands/demo.py").read_text(encoding="utf-8")
    manual = (ROOT / "docs/operations/running.md").read_text(encoding="utf-8")
    for queue in {"celery", *(route["queue"] for route in settings.TASK_QUEUES.values())}:
        assert f'"-Q", "{queue}"' in started, queue
        assert f"-Q {queue}`" in manual, queue
