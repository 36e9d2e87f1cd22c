"""The authorisation table can fail: each rule in turn says yes to everybody, and a door must be found open.

The rule's own code is exchanged, wherever it was imported to, and put back.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import FunctionType
from typing import Any

import pytest
from django.test import override_settings

import accounts.rules
import attendance.rules
import classroom.rules
import housekeeping.rules
import quizzes.rules
import recordings.rules
import whiteboard.rules
from tests.architecture import bare
from tests.architecture.scene import Scene
from tests.architecture.test_authorisation import cells_of, scene
from tests.tiers import sampled

__all__ = ["scene"]
MODULES = (
    accounts.rules,
    attendance.rules,
    classroom.rules,
    housekeeping.rules,
    quizzes.rules,
    recordings.rules,
    whiteboard.rules,
)
# Each rule and a door that finds out.
FOUND_AT = {
    "may_create_institution": "institutions",
    "may_see_institution": "people",
    "may_administer": "people",
    "may_read_audit": "audit",
    "may_read_platform_audit": "platform_audit",
    "may_manage_people": "api_people",
    "may_read_person": "api_person",
    "may_lock_accounts": "account_lock",
    "may_review_hooks": "put_aside",
    "may_manage_api_keys": "api_keys",
    "may_schedule": "course",
    "may_change_lesson": "lesson_cancel",
    "may_plan_holidays": "holiday",
    "may_enter_room": "room",
    "may_decide_at_the_door": "doors",
    "may_moderate": "let_back_in",
    "may_run_fleet": "bridges",
    "may_read_fleet": "recorders",
    "may_manage_fleet": "recorder_drain",
    "may_start_meeting": "start_meeting",
    "may_read_register": "register",
    "may_run_courses": "courses",
    "may_read_roster": "course",
    "caller_may_run_courses": "api_roster_line",
    "may_change_course": "api_course",
    "caller_may_read_roster": "api_roster",
    "may_link_in": "api_join_links",
    "may_manage_join_links": "api_join_link",
    "may_fetch_register": "api_register",
    "may_correct_register": "register_correct",
    "may_open_watch_list": "watch",
    "may_look_after": "watch_entry",
    "may_fetch_trends": "api_trends",
    "may_manage_notes": "school_notes",
    "may_read_report": "report",
    "may_keep_house": "retention",
    "may_follow_request": "cancel_request",
    "may_follow_recording": "recording_progress",
    "may_watch": "recording_video",
    "may_watch_as_guardian": "recording_video",
    "may_keep_questions": "questions",
    "may_read_results": "quiz_results",
    "may_continue_board": "continue_board",
    "may_bring_images": "board_files",
    "may_read_chat": "lesson_chat",
    "may_read_own_ledger": "recording_ledger",
    "may_fetch_ledger": "api_recording_ledger",
    "may_repair_recordings": "recording_again",
    "may_keep_permissions": "recording_permissions",
    "may_import_permissions": "api_recording_permission",
    "may_edit_recording": "recording_edit",
    "may_look_through": "course_recordings",
    "may_plan_stream": "stream_settings",
    "may_send_stream": "stream_destination",
    "may_watch_stream": "stream_pass",
    "may_read_results_of": "pupil_results",
    "may_read_concerns": "concerns",
}
# Not about who opens a door, but about what they do or see behind it.
FOUND_ELSEWHERE = {
    "may_grant_role": "tests/dashboard/test_school_pages.py",
    "may_grant": "tests/api/test_who_may.py",
    "may_change_member": "tests/dashboard/test_school_pages.py",
    "may_manage_person": "tests/api/test_who_may.py",
    "may_vouch_for_providers": "tests/dashboard/test_providers.py",
    "may_enter_through": "tests/accounts/test_identities.py",
    "may_see_lesson": "tests/dashboard/test_pages.py",
    "may_enter_now": "tests/wire/test_guest_sockets.py",
    "may_read_line": "tests/dashboard/test_register_lines.py",
    "may_watch_heatmap": "tests/wire/test_authorisation.py",
    "may_write_more": "tests/wire/test_talk_socket.py",
    "may_end_lesson": "tests/wire/test_authorisation.py",
    "may_read_audience": "tests/wire/test_audience.py",
    "may_divide": "tests/wire/test_breakouts.py",
    "may_go_into": "tests/wire/test_breakouts.py",
    "may_go_into_each": "tests/wire/test_breakouts.py",
    "may_enter_each": "tests/wire/test_guest_sockets.py",
    "may_read_addresses": "tests/api/test_speech.py",
    "may_bring_slides": "tests/whiteboard/test_files.py",
    "may_take_along": "tests/whiteboard/test_exports.py",
}
# The door looks only among what the person may see anyway, so that the rule is the second to say no.
GUARDED_TWICE = {"may_request_export", "may_fetch_recording", "may_decide_for_child"}
RULES = {
    name: rule
    for module in MODULES
    for name, rule in vars(module).items()
    if isinstance(rule, FunctionType) and rule.__module__ == module.__name__ and "may_" in name
}


@contextmanager
def saying_yes(rule: FunctionType) -> Iterator[None]:
    def yes(*args: Any, **kwargs: Any) -> bool:
        return True

    before, rule.__code__ = rule.__code__, yes.__code__
    try:
        yield
    finally:
        rule.__code__ = before


def test_every_rule_is_found_somewhere() -> None:
    assert set(RULES) == set(FOUND_AT) | set(FOUND_ELSEWHERE) | GUARDED_TWICE


@pytest.mark.django_db
@pytest.mark.parametrize("name", sampled(FOUND_AT, every=12))
def test_a_rule_that_says_yes_to_everybody_is_found(name: str, scene: Scene) -> None:
    with override_settings(TEMPLATES=bare.TEMPLATES), saying_yes(RULES[name]):
        assert any(cell.complaint() for cell in cells_of(scene, FOUND_AT[name], every_one=True))
