"""What is kept of a person, table by table: what a copy of their data holds, and what an erasure does with it.

Every foreign key to a person stands here; a test finds the one that does not.
"""

from __future__ import annotations

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.db.models import Model

from housekeeping.belongings.acts import ACTS
from housekeeping.belongings.attendance import ATTENDANCE
from housekeeping.belongings.belonging import Belonging, Fate
from housekeeping.belongings.lessons import LESSONS
from housekeeping.belongings.person import PERSON

__all__ = ["BELONGINGS", "SIGN_INS", "Belonging", "Fate"]
# The person comes last: their memberships are what rows of no institution are found through.
BELONGINGS: tuple[Belonging, ...] = (*LESSONS, *ATTENDANCE, *ACTS, *PERSON)

# Kept by user name, for the lock after too many wrong passwords; of no institution.
SIGN_INS: tuple[type[Model], ...] = (AccessAttempt, AccessFailureLog, AccessLog)
