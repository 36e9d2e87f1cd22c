import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from accounts import tenancy


class Migration(migrations.Migration):
    dependencies = [
        ("whiteboard", "0003_items"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="BoardExport",
            fields=[
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("working", "Working"),
                            ("ready", "Ready"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="waiting",
                        max_length=12,
                    ),
                ),
                ("percent", models.PositiveSmallIntegerField(default=0)),
                ("error", models.CharField(blank=True, max_length=40)),
                ("asked_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("lease_owner", models.CharField(blank=True, max_length=120)),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "format",
                    models.CharField(choices=[("pdf", "Pdf"), ("png", "Png"), ("svg", "Svg")], max_length=3),
                ),
                ("layer", models.CharField(max_length=40)),
                ("seq", models.PositiveBigIntegerField(default=0)),
                ("key", models.CharField(blank=True, max_length=250)),
                ("size_bytes", models.PositiveBigIntegerField(blank=True, null=True)),
                (
                    "board",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="exports",
                        to="whiteboard.board",
                    ),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["asked_at", "pk"],
                "indexes": [models.Index(fields=["state"], name="board_exports_by_state")],
            },
        ),
        migrations.CreateModel(
            name="BoardFile",
            fields=[
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("working", "Working"),
                            ("ready", "Ready"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="waiting",
                        max_length=12,
                    ),
                ),
                ("percent", models.PositiveSmallIntegerField(default=0)),
                ("error", models.CharField(blank=True, max_length=40)),
                ("asked_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("lease_owner", models.CharField(blank=True, max_length=120)),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("kind", models.CharField(choices=[("slides", "Slides"), ("image", "Image")], max_length=12)),
                ("title", models.CharField(max_length=100)),
                ("media_type", models.CharField(max_length=60)),
                ("size_bytes", models.PositiveBigIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("folder", models.CharField(help_text="Where its objects lie in the store.", max_length=200)),
                (
                    "has_upload",
                    models.BooleanField(
                        default=True, help_text="Whether the store may still have the upload."
                    ),
                ),
                (
                    "after_page",
                    models.UUIDField(
                        blank=True, help_text="Slides come behind it, or at the end.", null=True
                    ),
                ),
                ("pages", models.PositiveSmallIntegerField(default=0)),
                (
                    "pictures",
                    models.JSONField(
                        default=list,
                        help_text="One a page: [name, width, height]; written before the object.",
                    ),
                ),
                (
                    "board",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="files",
                        to="whiteboard.board",
                    ),
                ),
                (
                    "uploaded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["asked_at", "pk"],
                "indexes": [models.Index(fields=["state"], name="board_files_by_state")],
            },
        ),
        tenancy.carry("whiteboard_boardfile", via="board_id", parent="whiteboard_board"),
        tenancy.tie_person("whiteboard_boardfile", "uploaded_by_id"),
        tenancy.carry("whiteboard_boardexport", via="board_id", parent="whiteboard_board"),
        tenancy.tie_person("whiteboard_boardexport", "requested_by_id"),
    ]
