"""A stored recording bears the zone in which it was stored, and its institution cannot leave that zone any more."""

from django.db import migrations

# The column belongs to PostgreSQL, as `institution_id` does (accounts/tenancy.py): no code can forget or forge it.
STAY = """
ALTER TABLE accounts_institution ADD CONSTRAINT institution_in_region UNIQUE (id, region);
ALTER TABLE recordings_recording ADD COLUMN zone varchar(40);
UPDATE recordings_recording SET zone = school.region FROM accounts_institution AS school
  WHERE school.id = recordings_recording.institution_id AND video_key <> '';
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE recordings_recording ADD CONSTRAINT recording_in_region
  FOREIGN KEY (institution_id, zone) REFERENCES accounts_institution (id, region)
  DEFERRABLE INITIALLY DEFERRED;
CREATE FUNCTION recording_take_zone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.zone := (SELECT region FROM accounts_institution WHERE id = NEW.institution_id);
  RETURN NEW;
END $$;
CREATE TRIGGER zone_is_taken BEFORE INSERT OR UPDATE OF video_key ON recordings_recording
  FOR EACH ROW WHEN (NEW.video_key <> '' AND NEW.zone IS NULL) EXECUTE FUNCTION recording_take_zone();
"""
GO = """
DROP TRIGGER zone_is_taken ON recordings_recording;
DROP FUNCTION recording_take_zone();
ALTER TABLE recordings_recording DROP CONSTRAINT recording_in_region;
ALTER TABLE recordings_recording DROP COLUMN zone;
ALTER TABLE accounts_institution DROP CONSTRAINT institution_in_region;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("recordings", "0011_outside"),
        ("accounts", "0010_permissions"),
    ]

    operations = [migrations.RunSQL(STAY, GO)]
