from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("classroom", "0016_streams"),
    ]

    operations = [
        migrations.CreateModel(
            name="CarriedOut",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("carried_out_at", models.DateTimeField(db_index=True)),
            ],
        ),
    ]
