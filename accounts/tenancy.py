"""The second net: PostgreSQL itself keeps the rows of two institutions apart, whatever Python does.

Migrations are made of these. What one has done must never change its meaning: a new wish is a new function.
The table and the link that none of them holds is found by tests/architecture/test_tenancy.py; why it is done
this way stands in docs/decisions/0011-postgresql-keeps-schools-apart.md.
"""

from __future__ import annotations

from django.db.migrations import RunSQL

# Deferred like Django's own foreign keys: a transaction may write in any order and is judged at its end.
DEFERRED = "DEFERRABLE INITIALLY DEFERRED"

_FOUNDATION = """
CREATE FUNCTION refuse_to_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a row of % never moves to another institution', TG_TABLE_NAME
    USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
END $$;
INSERT INTO accounts_acquaintance (institution_id, person_id)
  SELECT DISTINCT institution_id, person_id FROM accounts_membership;
CREATE FUNCTION acquaint_member() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO accounts_acquaintance (institution_id, person_id)
    VALUES (NEW.institution_id, NEW.person_id) ON CONFLICT DO NOTHING;
  RETURN NEW;
END $$;
CREATE TRIGGER members_are_acquainted BEFORE INSERT ON accounts_membership
  FOR EACH ROW EXECUTE FUNCTION acquaint_member();
SET CONSTRAINTS ALL IMMEDIATE;
"""
_NO_FOUNDATION = """
DROP TRIGGER members_are_acquainted ON accounts_membership;
DROP FUNCTION acquaint_member();
DROP FUNCTION refuse_to_move();
"""

_PIN = """
CREATE TRIGGER {table}_never_moves BEFORE UPDATE OF institution_id ON {table}
  FOR EACH ROW WHEN (OLD.institution_id IS DISTINCT FROM NEW.institution_id)
  EXECUTE FUNCTION refuse_to_move();
"""
_NO_PIN = "DROP TRIGGER {table}_never_moves ON {table};"

_PARENT = "ALTER TABLE {table} ADD CONSTRAINT {table}_of_institution UNIQUE (id, institution_id);"
_NO_PARENT = "ALTER TABLE {table} DROP CONSTRAINT {table}_of_institution;"

_TIE = """
ALTER TABLE {table} ADD CONSTRAINT {table}_{column}_of_institution
  FOREIGN KEY ({column}, institution_id) REFERENCES {parent} (id, institution_id) {deferred};
"""
_NO_TIE = "ALTER TABLE {table} DROP CONSTRAINT {table}_{column}_of_institution;"

# What nobody can see in the rows any more is whether somebody who left had been a member: rows that
# stand when the net is drawn are believed.
_TIE_PERSON = """
INSERT INTO accounts_acquaintance (institution_id, person_id)
  SELECT DISTINCT institution_id, {column} FROM {table} WHERE {column} IS NOT NULL
  ON CONFLICT DO NOTHING;
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE {table} ADD CONSTRAINT {table}_{column}_acquainted
  FOREIGN KEY (institution_id, {column}) REFERENCES accounts_acquaintance (institution_id, person_id)
  {deferred};
"""
_NO_TIE_PERSON = "ALTER TABLE {table} DROP CONSTRAINT {table}_{column}_acquainted;"

# Judged by the row as it stands at the end of the transaction, which may have changed hands once more.
_TIE_ACTOR = """
CREATE FUNCTION {table}_{column}_known() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM {table} AS act
    WHERE act.id = NEW.id AND act.{column} = NEW.{column}
      AND NOT EXISTS (SELECT FROM accounts_acquaintance AS known
        WHERE known.institution_id = act.institution_id AND known.person_id = act.{column})
      AND NOT EXISTS (SELECT FROM accounts_person AS person
        WHERE person.id = act.{column} AND person.is_platform_admin)
  ) THEN
    RAISE EXCEPTION '{table}.{column} names somebody whom the institution does not know'
      USING ERRCODE = 'foreign_key_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = '{table}_{column}_known';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER {table}_{column}_known AFTER INSERT ON {table} {deferred}
  FOR EACH ROW WHEN (NEW.{column} IS NOT NULL) EXECUTE FUNCTION {table}_{column}_known();
CREATE CONSTRAINT TRIGGER {table}_{column}_still_known AFTER UPDATE ON {table} {deferred}
  FOR EACH ROW WHEN (NEW.{column} IS NOT NULL AND NEW.{column} IS DISTINCT FROM OLD.{column})
  EXECUTE FUNCTION {table}_{column}_known();
"""
_NO_TIE_ACTOR = """
DROP TRIGGER {table}_{column}_still_known ON {table};
DROP TRIGGER {table}_{column}_known ON {table};
DROP FUNCTION {table}_{column}_known();
"""

_CARRY = """
ALTER TABLE {table} ADD COLUMN institution_id uuid;
UPDATE {table} SET institution_id = parent.institution_id FROM {parent} AS parent
  WHERE parent.id = {table}.{via};
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE {table} ALTER COLUMN institution_id SET NOT NULL;
CREATE FUNCTION {table}_take_institution() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.institution_id := (SELECT institution_id FROM {parent} WHERE id = NEW.{via});
  RETURN NEW;
END $$;
CREATE TRIGGER {table}_takes_institution BEFORE INSERT ON {table}
  FOR EACH ROW WHEN (NEW.institution_id IS NULL) EXECUTE FUNCTION {table}_take_institution();
"""
_NO_CARRY = """
DROP TRIGGER {table}_takes_institution ON {table};
DROP FUNCTION {table}_take_institution();
ALTER TABLE {table} DROP COLUMN institution_id;
"""


def lay_foundation() -> RunSQL:
    """Every member is an acquaintance from the moment of joining, whoever writes the membership."""
    return RunSQL(_FOUNDATION, _NO_FOUNDATION)


def pin(table: str) -> RunSQL:
    """No row of `table`, which has its own `institution_id`, ever moves to another institution."""
    return _run(_PIN, _NO_PIN, table=table)


def carry(table: str, *, via: str, parent: str) -> RunSQL:
    """`table` bears the institution of the row that its column `via` leads to, for good.

    The column belongs to PostgreSQL: models do not know it, so that no code can forget or forge it.
    """
    does = _CARRY + _PIN + _TIE.replace("{column}", "{via}")
    undoes = _NO_TIE.replace("{column}", "{via}") + _NO_PIN + _NO_CARRY
    return _run(does, undoes, table=table, via=via, parent=parent)


def be_parent(table: str) -> RunSQL:
    """Others may be tied to rows of `table` together with its institution."""
    return _run(_PARENT, _NO_PARENT, table=table)


def tie(table: str, column: str, *, parent: str) -> RunSQL:
    """`column` leads to a row of the same institution."""
    return _run(_TIE, _NO_TIE, table=table, column=column, parent=parent)


def tie_person(table: str, column: str) -> RunSQL:
    """`column` names somebody whom the institution knows: a member, a former one, or its guest."""
    return _run(_TIE_PERSON, _NO_TIE_PERSON, table=table, column=column)


def tie_actor(table: str, column: str) -> RunSQL:
    """`column` says who did it: somebody whom the institution knows, or an admin of the platform."""
    return _run(_TIE_ACTOR, _NO_TIE_ACTOR, table=table, column=column)


def _run(does: str, undoes: str, **names: str) -> RunSQL:
    return RunSQL(does.format(deferred=DEFERRED, **names), undoes.format(deferred=DEFERRED, **names))
