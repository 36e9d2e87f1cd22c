from django.db import migrations

from accounts import tenancy


class Migration(migrations.Migration):
    dependencies = [
        ("recordings", "0002_expiry"),
        ("classroom", "0008_tenancy"),
    ]

    operations = [
        tenancy.carry("recordings_recording", via="lesson_id", parent="classroom_lesson"),
        tenancy.be_parent("recordings_recording"),
        tenancy.carry("recordings_capture", via="recording_id", parent="recordings_recording"),
        tenancy.carry("recordings_chapter", via="recording_id", parent="recordings_recording"),
        tenancy.carry("recordings_watch", via="recording_id", parent="recordings_recording"),
        tenancy.tie_person("recordings_watch", "person_id"),
    ]
