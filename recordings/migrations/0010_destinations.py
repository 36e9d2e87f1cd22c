import uuid

import django.db.models.deletion
from django.db import migrations, models

from accounts import tenancy


class Migration(migrations.Migration):
    dependencies = [
        ("classroom", "0016_streams"),
        ("recordings", "0009_broadcasts"),
    ]

    operations = [
        migrations.CreateModel(
            name="Destination",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("address", models.CharField(max_length=500)),
                ("key_sealed", models.TextField()),
                ("is_wanted", models.BooleanField(default=False)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("off", "Off"),
                            ("connecting", "Connecting …"),
                            ("sending", "Sending"),
                            ("interrupted", "Interrupted"),
                        ],
                        default="off",
                        max_length=20,
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("address_refused", "The address leads into a private network."),
                            ("unknown_host", "No server has this name."),
                            ("timeout", "No answer came in time."),
                            ("tls", "The server’s certificate is not valid for its name."),
                            ("no_connection", "Nobody answers at this address."),
                            ("refused", "The other side does not take it. Is the key right?"),
                            ("lost", "The other side ended the connection."),
                            ("stalled", "The other side takes nothing more."),
                            ("protected", "Somebody takes part who must not be recorded."),
                        ],
                        default="",
                        max_length=20,
                    ),
                ),
                ("state_at", models.DateTimeField()),
                (
                    "lesson",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="destination",
                        to="classroom.lesson",
                    ),
                ),
            ],
        ),
        tenancy.carry("recordings_destination", via="lesson_id", parent="classroom_lesson"),
    ]
