import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from accounts import tenancy


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0010_permissions"),
        ("classroom", "0016_streams"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Register",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("fact_count", models.PositiveIntegerField()),
                ("settled_at", models.DateTimeField()),
                (
                    "rules",
                    models.JSONField(default=dict, help_text="The institution's rules as they were then."),
                ),
                (
                    "lesson",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="register",
                        to="classroom.lesson",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RegisterEntry",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "standing",
                    models.CharField(
                        choices=[
                            ("teacher", "Teacher"),
                            ("co_teacher", "Co-teacher"),
                            ("student", "Student"),
                            ("guest", "Guest"),
                            ("observer", "Observer"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("present", "Present"),
                            ("late", "Late"),
                            ("left_early", "Left early"),
                            ("absent", "Absent"),
                            ("excused", "Excused"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "reckoned",
                    models.CharField(
                        choices=[
                            ("present", "Present"),
                            ("late", "Late"),
                            ("left_early", "Left early"),
                            ("absent", "Absent"),
                            ("excused", "Excused"),
                        ],
                        max_length=20,
                    ),
                ),
                ("first_joined_at", models.DateTimeField(blank=True, null=True)),
                ("last_left_at", models.DateTimeField(blank=True, null=True)),
                ("seconds", models.PositiveIntegerField(default=0, help_text="Inside.")),
                (
                    "active_seconds",
                    models.PositiveIntegerField(
                        blank=True, help_text="Really active; null where nothing could measure it.", null=True
                    ),
                ),
                ("late_seconds", models.PositiveIntegerField(default=0)),
                ("early_seconds", models.PositiveIntegerField(default=0)),
                ("rejoins", models.PositiveSmallIntegerField(default=0)),
                ("reckoned_at", models.DateTimeField()),
                (
                    "lesson",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="register_entries",
                        to="classroom.lesson",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="register_entries",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Correction",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("present", "Present"),
                            ("late", "Late"),
                            ("left_early", "Left early"),
                            ("absent", "Absent"),
                            ("excused", "Excused"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "before",
                    models.CharField(
                        choices=[
                            ("present", "Present"),
                            ("late", "Late"),
                            ("left_early", "Left early"),
                            ("absent", "Absent"),
                            ("excused", "Excused"),
                        ],
                        max_length=20,
                    ),
                ),
                ("reason", models.CharField(max_length=300)),
                ("at", models.DateTimeField()),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "undone_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="corrections",
                        to="attendance.registerentry",
                    ),
                ),
            ],
            options={
                "ordering": ["-at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="WatchEntry",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("closed", "Closed")], default="open", max_length=20
                    ),
                ),
                ("signs", models.JSONField(default=list)),
                ("week_on", models.DateField(help_text="The last week that was looked at.")),
                ("opened_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "closed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "course",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="watch_entries",
                        to="classroom.course",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="watch_entries",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "watch entries",
            },
        ),
        migrations.CreateModel(
            name="ContactNote",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "way",
                    models.CharField(
                        choices=[
                            ("talk", "In person"),
                            ("call", "By telephone"),
                            ("writing", "In writing"),
                            ("other", "Another way"),
                        ],
                        max_length=20,
                    ),
                ),
                ("text", models.TextField(max_length=2000)),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="contacts",
                        to="attendance.watchentry",
                    ),
                ),
            ],
            options={
                "ordering": ["-at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="WeeklyLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("week_on", models.DateField()),
                ("lessons", models.PositiveSmallIntegerField(default=0)),
                (
                    "present",
                    models.PositiveSmallIntegerField(
                        default=0, help_text="Also those who came late or left early."
                    ),
                ),
                ("late", models.PositiveSmallIntegerField(default=0)),
                ("left_early", models.PositiveSmallIntegerField(default=0)),
                ("absent", models.PositiveSmallIntegerField(default=0)),
                ("excused", models.PositiveSmallIntegerField(default=0)),
                ("lesson_seconds", models.PositiveIntegerField(default=0)),
                ("seconds", models.PositiveIntegerField(default=0)),
                ("active_seconds", models.PositiveIntegerField(blank=True, null=True)),
                (
                    "score",
                    models.PositiveSmallIntegerField(
                        blank=True, help_text="The mean of the lessons'.", null=True
                    ),
                ),
                (
                    "answer_ms",
                    models.PositiveIntegerField(
                        blank=True, help_text="The mean of the lessons' medians.", null=True
                    ),
                ),
                ("answers", models.PositiveIntegerField(default=0)),
                (
                    "board_edits",
                    models.PositiveIntegerField(
                        blank=True, help_text="null: no board to draw on.", null=True
                    ),
                ),
                ("messages", models.PositiveIntegerField(default=0)),
                (
                    "rough_links",
                    models.PositiveSmallIntegerField(default=0, help_text="Lessons with a bad connection."),
                ),
                (
                    "course",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="weekly_lines",
                        to="classroom.course",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="weekly_lines",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["week_on"],
            },
        ),
        migrations.CreateModel(
            name="EngagementLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("score", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("signals", models.JSONField(default=list)),
                (
                    "measures",
                    models.JSONField(default=dict, help_text="What was counted: the next lessons' baseline."),
                ),
                ("reckoned_at", models.DateTimeField()),
                (
                    "lesson",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="engagement_lines",
                        to="classroom.lesson",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="engagement_lines",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["person", "lesson"], name="engagement_of_person")],
                "constraints": [
                    models.UniqueConstraint(fields=("lesson", "person"), name="one_engagement_line_a_person")
                ],
            },
        ),
        migrations.CreateModel(
            name="Excuse",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("reason", models.CharField(max_length=300)),
                ("at", models.DateTimeField()),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "lesson",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="excuses",
                        to="classroom.lesson",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="excuses",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("withdrawn_at__isnull", True)),
                        fields=("lesson", "person"),
                        name="one_excuse_a_lesson",
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="registerentry",
            index=models.Index(fields=["person", "lesson"], name="register_entries_of_person"),
        ),
        migrations.AddConstraint(
            model_name="registerentry",
            constraint=models.UniqueConstraint(
                fields=("lesson", "person"), name="one_register_entry_a_person"
            ),
        ),
        migrations.AddConstraint(
            model_name="watchentry",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "open")),
                fields=("course", "person"),
                name="one_open_watch_entry",
            ),
        ),
        migrations.AddIndex(
            model_name="weeklyline",
            index=models.Index(fields=["person", "week_on"], name="weeks_of_person"),
        ),
        migrations.AddConstraint(
            model_name="weeklyline",
            constraint=models.UniqueConstraint(
                fields=("course", "person", "week_on"), name="one_weekly_line_a_week"
            ),
        ),
        tenancy.carry("attendance_register", via="lesson_id", parent="classroom_lesson"),
        tenancy.carry("attendance_registerentry", via="lesson_id", parent="classroom_lesson"),
        tenancy.carry("attendance_excuse", via="lesson_id", parent="classroom_lesson"),
        tenancy.carry("attendance_engagementline", via="lesson_id", parent="classroom_lesson"),
        tenancy.carry("attendance_weeklyline", via="course_id", parent="classroom_course"),
        tenancy.carry("attendance_watchentry", via="course_id", parent="classroom_course"),
        tenancy.be_parent("attendance_registerentry"),
        tenancy.be_parent("attendance_watchentry"),
        tenancy.carry("attendance_correction", via="entry_id", parent="attendance_registerentry"),
        tenancy.carry("attendance_contactnote", via="entry_id", parent="attendance_watchentry"),
        tenancy.tie_person("attendance_registerentry", "person_id"),
        tenancy.tie_person("attendance_excuse", "person_id"),
        tenancy.tie_person("attendance_excuse", "by_id"),
        tenancy.tie_person("attendance_engagementline", "person_id"),
        tenancy.tie_person("attendance_weeklyline", "person_id"),
        tenancy.tie_person("attendance_watchentry", "person_id"),
        tenancy.tie_person("attendance_watchentry", "closed_by_id"),
        tenancy.tie_person("attendance_correction", "by_id"),
        tenancy.tie_person("attendance_correction", "undone_by_id"),
        tenancy.tie_person("attendance_contactnote", "by_id"),
    ]
