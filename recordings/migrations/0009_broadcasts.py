import uuid

import django.db.models.deletion
from django.db import migrations, models

import recordings.models.broadcasts
from accounts import tenancy


class Migration(migrations.Migration):
    dependencies = [
        ("classroom", "0016_streams"),
        ("recordings", "0008_replay"),
    ]

    operations = [
        migrations.AddField(
            model_name="capture",
            name="is_streamed",
            field=models.BooleanField(
                default=False,
                help_text="It sends a stream instead of writing a file; our own end of it writes that.",
            ),
        ),
        migrations.CreateModel(
            name="Broadcast",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("wanted", "About to begin"),
                            ("listening", "Waiting for the picture"),
                            ("live", "Live"),
                            ("interrupted", "Interrupted"),
                            ("over", "Over"),
                        ],
                        default="wanted",
                        max_length=20,
                    ),
                ),
                ("state_at", models.DateTimeField()),
                (
                    "nonce",
                    models.CharField(
                        default=recordings.models.broadcasts.make_nonce, editable=False, max_length=40
                    ),
                ),
                ("host", models.CharField(blank=True, default="", max_length=120)),
                ("address", models.CharField(blank=True, default="", max_length=120)),
                ("port", models.PositiveIntegerField(blank=True, null=True)),
                ("seen_at", models.DateTimeField(blank=True, null=True)),
                ("shown_at", models.DateTimeField(blank=True, null=True)),
                ("interruptions", models.PositiveIntegerField(default=0)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "lesson",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="broadcast",
                        to="classroom.lesson",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["wanted", "listening", "live", "interrupted"])),
                        fields=["seen_at"],
                        name="open_broadcasts",
                    )
                ],
            },
        ),
        tenancy.carry("recordings_broadcast", via="lesson_id", parent="classroom_lesson"),
    ]
