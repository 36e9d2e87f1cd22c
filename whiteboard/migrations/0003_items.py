from django.db import migrations

FORTH = """
UPDATE whiteboard_edit SET type = 'item.added', data = data || '{"kind": "pen", "layer": ""}'
 WHERE type = 'stroke.added';
UPDATE whiteboard_edit SET type = 'item.erased', data = jsonb_build_object('items', data -> 'strokes')
 WHERE type = 'stroke.erased';
UPDATE whiteboard_edit SET data = jsonb_set(data, '{restored}', (
    SELECT jsonb_agg(one || jsonb_build_object('kind', 'pen', 'layer', '', 'order', one -> 'seq') ORDER BY place)
      FROM jsonb_array_elements(data -> 'restored') WITH ORDINALITY AS restored (one, place)))
 WHERE type IN ('edit.undone', 'edit.redone') AND jsonb_array_length(data -> 'restored') > 0;
UPDATE whiteboard_edit SET data = data || '{"background": null}' WHERE type = 'page.added';
UPDATE whiteboard_edit SET data = data || '{"named": []}' WHERE type = 'rights.changed';
"""
# For a board that has seen nothing but pens since.
BACK = """
UPDATE whiteboard_edit SET type = 'stroke.added', data = data - 'kind' - 'layer' WHERE type = 'item.added';
UPDATE whiteboard_edit SET type = 'stroke.erased', data = jsonb_build_object('strokes', data -> 'items')
 WHERE type = 'item.erased';
UPDATE whiteboard_edit SET data = jsonb_set(data, '{restored}', (
    SELECT jsonb_agg(one - 'kind' - 'layer' - 'order' ORDER BY place)
      FROM jsonb_array_elements(data -> 'restored') WITH ORDINALITY AS restored (one, place)))
 WHERE type IN ('edit.undone', 'edit.redone') AND jsonb_array_length(data -> 'restored') > 0;
UPDATE whiteboard_edit SET data = data - 'background' WHERE type = 'page.added';
UPDATE whiteboard_edit SET data = data - 'named' WHERE type = 'rights.changed';
"""


class Migration(migrations.Migration):
    dependencies = [
        ("whiteboard", "0002_tenancy"),
    ]

    operations = [
        migrations.RunSQL(FORTH, BACK),
    ]
