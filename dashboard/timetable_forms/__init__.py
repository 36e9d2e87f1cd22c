"""Forms of the timetable: a lesson or a series, an edit, a cancellation, a holiday."""

from dashboard.timetable_forms.edits import CancelForm, LessonEditForm
from dashboard.timetable_forms.fields import SCOPES, blame
from dashboard.timetable_forms.holidays import HolidayForm
from dashboard.timetable_forms.schedule import ScheduleForm

__all__ = ["SCOPES", "CancelForm", "HolidayForm", "LessonEditForm", "ScheduleForm", "blame"]
