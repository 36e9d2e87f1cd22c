from django.db import migrations

from accounts import tenancy


class Migration(migrations.Migration):
    dependencies = [
        ("whiteboard", "0001_initial"),
        ("classroom", "0008_tenancy"),
    ]

    operations = [
        tenancy.carry("whiteboard_board", via="room_id", parent="classroom_room"),
        tenancy.be_parent("whiteboard_board"),
        tenancy.carry("whiteboard_edit", via="board_id", parent="whiteboard_board"),
        tenancy.tie_person("whiteboard_edit", "author_id"),
    ]
