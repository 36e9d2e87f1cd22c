"""What goes because its time is over."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import Institution
from accounts.policy import read_policy
from attendance.models import EngagementLine
from classroom.facts import ACTIVITY_CHANGED
from classroom.models import Fact


@transaction.atomic
def forget_raw_activity(*, institution: Institution, now: datetime) -> int:
    """Signals and what pages said of themselves; the week's sums stay."""
    until = now - timedelta(days=read_policy(institution.policy).engagement_days)
    over = {"lesson__institution": institution, "lesson__ended_at__lt": until}
    Fact.objects.filter(type=ACTIVITY_CHANGED, **over).delete()
    gone, _ = EngagementLine.objects.filter(**over).delete()
    return gone
