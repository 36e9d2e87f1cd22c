from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("classroom", "0023_catching_up"),
    ]

    operations = [
        migrations.AddField(
            model_name="presence",
            name="media_said_at",
            field=models.DateTimeField(
                blank=True,
                help_text="When Prosody saw it so: what it tells of earlier changes nothing.",
                null=True,
            ),
        ),
    ]
