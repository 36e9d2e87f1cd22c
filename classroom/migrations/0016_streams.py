from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("classroom", "0015_protection"),
    ]

    operations = [
        migrations.AddField(
            model_name="lesson",
            name="is_streamed",
            field=models.BooleanField(
                default=False, help_text="Also shown as a live stream, beside the room."
            ),
        ),
        migrations.AddField(
            model_name="lesson",
            name="room_seats",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="Of a streamed lesson: so many in the room, everybody else watches.",
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="presence",
            name="door",
            field=models.CharField(
                choices=[("page", "page"), ("jitsi", "jitsi"), ("hls", "hls")], default="page", max_length=20
            ),
        ),
    ]
