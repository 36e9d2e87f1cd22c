"""Knocking on a task by its name. The job itself lives in PostgreSQL; Celery is the doorbell."""

from functools import cache, partial
from typing import Any

from celery import Task, current_app
from django.db import transaction


@cache
def find_task(name: str) -> Task[Any, Any]:
    """The task called `app.verb`; KeyError at the call when there is none, so that a typo shows at once."""
    if name not in current_app.tasks:  # a worker has them all; to import them anew would set up Django twice
        current_app.loader.import_default_modules()
    task: Task[Any, Any] = current_app.tasks[name]
    return task


def enqueue_on_commit(name: str, *ids: object) -> None:
    """Send task `name` after this transaction commits; at once when there is none. Ids travel as strings."""
    task = find_task(name)
    transaction.on_commit(partial(_send, task, [str(one) for one in ids]), robust=True)


def _send(task: Task[Any, Any], ids: list[str]) -> None:
    # A broker that is away must not fail the request: the sweep finds the work in the rows.
    task.apply_async(args=tuple(ids), retry=False, ignore_result=True)
