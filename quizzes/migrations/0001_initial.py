import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from accounts import tenancy


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("classroom", "0010_bridges"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Desk",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("seq", models.PositiveBigIntegerField(default=0)),
                (
                    "room",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="quiz_desk",
                        to="classroom.room",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Quiz",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("questions", models.JSONField()),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("closed", "Closed"), ("revealed", "Revealed")],
                        default="open",
                        max_length=20,
                    ),
                ),
                ("anonymous", models.BooleanField(default=False)),
                ("salt", models.CharField(blank=True, default="", max_length=64)),
                (
                    "may_change",
                    models.BooleanField(
                        default=True, help_text="Whether an answer may be replaced until the close."
                    ),
                ),
                (
                    "shared",
                    models.BooleanField(default=False, help_text="Whether everybody sees the counts."),
                ),
                ("opened_at", models.DateTimeField()),
                ("closes_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("revealed_at", models.DateTimeField(blank=True, null=True)),
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
                        related_name="quizzes",
                        to="classroom.lesson",
                    ),
                ),
                (
                    "room",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="quizzes",
                        to="classroom.room",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "quizzes",
                "ordering": ["opened_at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Answer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("question", models.UUIDField()),
                ("who", models.CharField(max_length=64)),
                ("value", models.JSONField()),
                (
                    "refs",
                    models.JSONField(
                        default=list, help_text="Made by the client: the same ref twice is one answer."
                    ),
                ),
                ("answered_at", models.DateTimeField()),
                ("latency_ms", models.PositiveIntegerField()),
                ("correct", models.BooleanField(null=True)),
                ("score", models.FloatField(default=0)),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="answers",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "quiz",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="answers", to="quizzes.quiz"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Question",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("single", "Single choice"),
                            ("multiple", "Multiple choice"),
                            ("true_false", "True or false"),
                            ("numeric", "Number"),
                            ("short_text", "Short text"),
                            ("opinion", "Opinion poll"),
                        ],
                        max_length=20,
                    ),
                ),
                ("text", models.TextField(max_length=2000)),
                ("choices", models.JSONField(blank=True, default=list, help_text="[{id, text, correct}]")),
                ("number", models.FloatField(blank=True, null=True)),
                ("tolerance", models.FloatField(default=0)),
                (
                    "variants",
                    models.JSONField(blank=True, default=list, help_text="Texts that count as right."),
                ),
                ("tags", models.JSONField(blank=True, default=list)),
                ("explanation", models.TextField(blank=True, default="", max_length=2000)),
                ("seconds", models.PositiveSmallIntegerField(default=60)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("archived_at", models.DateTimeField(blank=True, null=True)),
                (
                    "course",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="questions",
                        to="classroom.course",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at", "pk"],
                "indexes": [models.Index(fields=["course", "-created_at"], name="questions_of_a_course")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("seconds__gte", 1), ("seconds__lte", 3600)),
                        name="seconds_of_a_question",
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="quiz",
            index=models.Index(fields=["lesson", "opened_at"], name="quizzes_of_a_lesson"),
        ),
        migrations.AddIndex(
            model_name="quiz",
            index=models.Index(
                condition=models.Q(("state", "open")), fields=["closes_at"], name="open_quizzes"
            ),
        ),
        migrations.AddConstraint(
            model_name="quiz",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "open")), fields=("room",), name="one_open_quiz_a_room"
            ),
        ),
        migrations.AddConstraint(
            model_name="answer",
            constraint=models.UniqueConstraint(
                fields=("quiz", "question", "who"), name="one_answer_a_person"
            ),
        ),
        tenancy.carry("quizzes_question", via="course_id", parent="classroom_course"),
        tenancy.tie_person("quizzes_question", "created_by_id"),
        tenancy.carry("quizzes_desk", via="room_id", parent="classroom_room"),
        tenancy.carry("quizzes_quiz", via="lesson_id", parent="classroom_lesson"),
        tenancy.be_parent("quizzes_quiz"),
        tenancy.tie("quizzes_quiz", "room_id", parent="classroom_room"),
        tenancy.tie_person("quizzes_quiz", "by_id"),
        tenancy.carry("quizzes_answer", via="quiz_id", parent="quizzes_quiz"),
        tenancy.tie_person("quizzes_answer", "person_id"),
    ]
