"""Tables grow within a release: what the version before still uses goes in a later one (CONTRIBUTING.md, "Change a table")."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.db import migrations, models
from django.db.migrations import Migration
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ModelState, ProjectState

from accounts.tenancy import carry
from tests.architecture.expansion import breaking

ROOT = Path(__file__).resolve().parents[2]
# The last one of each app before this rule; whoever ran those versions stopped everything to upgrade.
BEFORE_THE_RULE = {
    "accounts": 10,
    "attendance": 2,
    "classroom": 20,
    "housekeeping": 2,
    "quizzes": 1,
    "recordings": 13,
    "whiteboard": 5,
}
UNRELEASED = re.compile(r"^## (\S+), not released", re.MULTILINE)


def releases() -> list[str]:
    """Those that CHANGELOG.md names; the one that is being made only while there is no other."""
    text = (ROOT / "CHANGELOG.md").read_text()
    named = re.findall(r"^## ([0-9.]+)", text, re.MULTILINE)
    return [name for name in named if name not in UNRELEASED.findall(text)] or named


def is_judged(app: str, name: str) -> bool:
    return app in BEFORE_THE_RULE and int(name[:4]) > BEFORE_THE_RULE[app]


def test_no_new_migration_takes_away_what_the_version_before_still_uses() -> None:
    loader = MigrationLoader(None)
    faults = []
    for key in sorted(key for key in loader.disk_migrations if is_judged(*key)):
        migration = loader.disk_migrations[key]
        if getattr(migration, "unused_since", None) not in releases():
            faults += breaking(migration, loader.project_state(key, at_end=False))
    assert faults == []


def test_what_may_be_named_is_a_release() -> None:
    assert releases()
    known = [getattr(one, "unused_since", None) for one in MigrationLoader(None).disk_migrations.values()]
    assert {name for name in known if name} <= set(releases())


# That it would be found


def a_table(**fields: models.Field[Any, Any]) -> ProjectState:
    own = [("id", models.BigAutoField(primary_key=True)), *fields.items()]
    state = ProjectState()
    state.add_model(ModelState("classroom", "Lesson", own))
    return state


def a_migration(*steps: Any) -> Migration:
    migration = Migration("0099_tomorrow", "classroom")
    setattr(migration, "operations", list(steps))  # noqa: B010  its class says that it is the class's
    return migration


TITLE = models.CharField(max_length=100, null=True)


@pytest.mark.parametrize(
    ("step", "why"),
    [
        (migrations.RemoveField("lesson", "title"), "still uses it"),
        (migrations.RenameField("lesson", "title", "name"), "still uses it"),
        (migrations.RenameModel("Lesson", "Meeting"), "still uses it"),
        (migrations.DeleteModel("Lesson"), "still uses it"),
        (migrations.AlterField("lesson", "title", models.CharField(max_length=100)), "leaves it empty"),
        (migrations.AlterField("lesson", "title", models.IntegerField(null=True)), "another type"),
        (migrations.AlterField("lesson", "title", models.CharField(max_length=9, null=True)), "longer texts"),
        (migrations.AddField("lesson", "kind", models.IntegerField(default=1)), "writes rows without it"),
        (migrations.RunSQL("DROP TABLE classroom_lesson"), "takes from classroom_lesson"),
        (
            migrations.RunSQL("ALTER TABLE classroom_lesson ALTER title SET NOT NULL"),
            "takes from classroom_lesson",
        ),
        (
            migrations.SeparateDatabaseAndState(database_operations=[migrations.DeleteModel("Lesson")]),
            "still uses it",
        ),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else value.replace(" ", "-"),
)
def test_a_step_that_the_version_before_would_not_survive_is_found(step: Any, why: str) -> None:
    [fault] = breaking(a_migration(step), a_table(title=TITLE))
    assert why in fault


@pytest.mark.parametrize(
    "step",
    [
        migrations.AddField("lesson", "kind", models.IntegerField(null=True)),
        migrations.AddField("lesson", "kind", models.IntegerField(db_default=1)),
        migrations.AlterField("lesson", "title", models.CharField(max_length=200, null=True)),
        migrations.AlterField("lesson", "title", models.CharField(max_length=100, db_default="")),
        migrations.CreateModel("Meeting", [("id", models.BigAutoField(primary_key=True))]),
        migrations.RunSQL("CREATE INDEX ON classroom_lesson (title)"),
        migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel("Lesson")]),
    ],
    ids=lambda step: type(step).__name__,
)
def test_what_only_adds_is_welcome(step: Any) -> None:
    assert breaking(a_migration(step), a_table(title=TITLE)) == []


def test_a_table_of_the_same_migration_may_still_change() -> None:
    new = migrations.CreateModel("Meeting", [("id", models.BigAutoField(primary_key=True))])
    later = migrations.AddField("meeting", "lesson", models.IntegerField())
    carried = carry("classroom_meeting", via="lesson_id", parent="classroom_lesson")
    assert breaking(a_migration(new, later, carried), a_table(title=TITLE)) == []
    assert breaking(a_migration(carried), a_table(title=TITLE)) != []
