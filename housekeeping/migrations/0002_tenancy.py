from django.db import migrations

from accounts import tenancy


class Migration(migrations.Migration):
    dependencies = [
        ("housekeeping", "0001_initial"),
        ("classroom", "0008_tenancy"),
    ]

    operations = [
        tenancy.pin("housekeeping_hold"),
        tenancy.pin("housekeeping_datarequest"),
        tenancy.tie("housekeeping_hold", "lesson_id", parent="classroom_lesson"),
        tenancy.tie_person("housekeeping_hold", "person_id"),
        tenancy.tie_person("housekeeping_datarequest", "person_id"),
        tenancy.tie_actor("housekeeping_hold", "set_by_id"),
        tenancy.tie_actor("housekeeping_hold", "released_by_id"),
        tenancy.tie_actor("housekeeping_datarequest", "requested_by_id"),
    ]
