from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("classroom", "0022_guests_answer"),
    ]

    operations = [
        migrations.AddField(
            model_name="presence",
            name="media_at",
            field=models.DateTimeField(
                blank=True, help_text="When it was told last what is sent from here; null: never.", null=True
            ),
        ),
        migrations.AddField(
            model_name="presence",
            name="told_seq",
            field=models.PositiveBigIntegerField(
                default=0,
                help_text="The number of the room's last word about it; null when the version before this column wrote it.",
                null=True,
            ),
        ),
    ]
