"""The Celery application: a doorbell, see common/queue.py."""

import os
from typing import Any

from celery import Celery
from celery.signals import task_prerun, worker_process_init, worker_process_shutdown

from common.about import begin
from config import tracing

OF_ONE_RECORDING = frozenset({"recordings.advance", "recordings.make_chunks"})

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("darasa")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@task_prerun.connect
def name_task(task_id: str, task: Any, args: Any, **_: Any) -> None:
    """For the log: which task this is, and of what. Our tasks take ids alone, and one recording's is its first."""
    noun = "recording" if task.name in OF_ONE_RECORDING else "subject"
    begin(task=task.name, run=task_id, **({noun: str(args[0])} if args else {}))


@worker_process_init.connect
def begin_traces(**_: Any) -> None:
    tracing.begin("worker")


@worker_process_shutdown.connect
def end_traces(**_: Any) -> None:
    """Of a pool's process; one that is its own pool sends what waits when Python ends."""
    tracing.end()
