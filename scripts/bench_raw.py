"""What a page asks of PostgreSQL, asked again by psycopg alone: the least that the page could take.

For `make bench-pages`: reads `{"times", "pages": [[role, name, path, session key]]}`, prints milliseconds as JSON.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.conf import settings  # noqa: E402  Django must stand first
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402

Question = tuple[str, Any]


def main() -> None:
    asked = json.load(sys.stdin)
    told = {
        f"{role} {name}": milliseconds(questions_of(path, key), asked["times"])
        for role, name, path, key in asked["pages"]
    }
    print(json.dumps(told))


def questions_of(path: str, key: str) -> list[Question]:
    """The SQL of one visit, after one that fills what is filled once."""
    client = Client(SERVER_NAME="127.0.0.1")
    client.cookies[settings.SESSION_COOKIE_NAME] = key
    heard: list[Question] = []

    def listen(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        heard.append((sql, params))
        return execute(sql, params, many, context)

    client.get(path)
    with connection.execute_wrapper(listen):
        answer = client.get(path)
    if answer.status_code != 200:
        raise SystemExit(f"{path} answered {answer.status_code}")
    return heard


def milliseconds(questions: list[Question], times: int) -> float:
    """The median of asking them all and reading every row; what they write is taken back."""
    connection.ensure_connection()
    raw, took = connection.connection, []
    for _ in range(times):
        begun = time.perf_counter()
        with raw.transaction(force_rollback=True), raw.cursor() as cursor:
            for sql, params in questions:
                cursor.execute(sql, params)
                if cursor.description:
                    cursor.fetchall()
        took.append((time.perf_counter() - begun) * 1000)
    return round(statistics.median(took), 1)


if __name__ == "__main__":
    main()
