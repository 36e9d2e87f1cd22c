"""Every door and the row of `accounts/authorisation.py` that it asks. A door without a line here fails the tests."""

from __future__ import annotations

from collections.abc import Mapping

# Open to anybody: they show nothing that belongs to a school.
PUBLIC = "public"
# For machines of the platform: each has a secret of its own, opens to no person, and is tried by tests of its own.
MACHINE = "machine"

# The name of a URL → the row for reading, and for writing where that is another one.
URLS: Mapping[str, str | tuple[str, str]] = {
    # Everybody.
    **dict.fromkeys(("healthz", "readyz", "sign_in", "sign_out", "set_language"), PUBLIC),
    **dict.fromkeys(("sign_in_with", "sign_in_callback", "backchannel_logout"), PUBLIC),
    **dict.fromkeys(("password_forgotten", "password_letter", "new_password"), PUBLIC),
    # The address itself is the secret; it opens one thing and is asked again.
    **dict.fromkeys(("guest", "guest_room", "join_link", "invitation_accept"), PUBLIC),
    **dict.fromkeys(("calendar_feed", "unsubscribe", "enter_as"), PUBLIC),
    **dict.fromkeys(("outside_stream", "outside_pass"), PUBLIC),
    # Asked by Jitsi's own page, with the name of a room that nobody can guess.
    "jitsi_branding": PUBLIC,
    # Keys that Jitsi verifies our tokens with.
    **dict.fromkeys(("jitsi_key_set", "jitsi_asap_key"), PUBLIC),
    **dict.fromkeys(("api_docs", "api_schema", "api_nowhere"), PUBLIC),
    # One's own.
    **dict.fromkeys(("home", "search", "lessons", "calendar", "calendar_settings"), "signed_in"),
    **dict.fromkeys(("account", "change_password", "disconnect_identity"), "signed_in"),
    "withdraw_join_link": "signed_in",
    **dict.fromkeys(("my_data", "own_audit", "own_results"), "signed_in"),
    "choose_desk": "desk.choose",
    "request_export": "person.export",
    **dict.fromkeys(("cancel_request", "download_export"), "export.follow"),
    "statistics": "statistics.read",
    "statistics_csv": "statistics.read",
    # Lessons.
    "lesson": "lesson.read",
    "schedule": "lesson.schedule",
    "lesson_edit": "lesson.schedule",
    "recording_look": "lesson.schedule",
    "lesson_cancel": "lesson.schedule",
    **dict.fromkeys(("holidays", "holiday", "holiday_cancel_lessons", "holiday_remove"), "holiday.manage"),
    "start_meeting": "meeting.start",
    "room": "room.join",
    "waiting": "room.join",
    "join_in_app": "room.join",
    # The address leads to a lesson and opens nothing: whoever follows it signs in and is asked there.
    "follow_code": PUBLIC,
    "room_code": "room.admit",
    **dict.fromkeys(("connection", "connection_sample"), "signed_in"),
    **dict.fromkeys(("doors", "decide_knocks", "guest_links", "revoke_guest_link"), "room.admit"),
    **dict.fromkeys(("join_links", "revoke_join_link"), "room.unlink"),
    **dict.fromkeys(("stream", "stream_pass"), "stream.watch"),
    **dict.fromkeys(("stream_settings", "stream_start"), "room.admit"),
    **dict.fromkeys(("stream_destination", "stream_links", "revoke_stream_link"), "stream.send"),
    # Opened by a signed word that `stream_pass` gives: tests/recordings/test_streams.py tries them with and without.
    **dict.fromkeys(("stream_piece", "stream_gate"), MACHINE),
    # Opened by METRICS_TOKEN: tests/dashboard/test_metrics.py.
    "metrics": MACHINE,
    "replay": "recording.view",
    "recording_progress": "recording.view",
    "recording_position": "recording.view",
    "recording_video": "recording.view",
    "recording_poster": "recording.view",
    "recording_chapters": "recording.view",
    **dict.fromkeys(
        ("recording_board", "recording_picture", "recording_captions", "recording_ladder"), "recording.view"
    ),
    **dict.fromkeys(("recording_thumbnails", "recording_thumbnail_sheet"), "recording.view"),
    **dict.fromkeys(("recording_notes", "recording_note", "recording_notes_text"), "recording.view"),
    **dict.fromkeys(("recording_pack", "recording_pack_file", "course_recordings"), "recording.view"),
    **dict.fromkeys(("recording_edit", "captions_remove"), "recording.edit"),
    **dict.fromkeys(("board_snapshot", "board_page", "board_current_page", "lesson_board"), "board.read"),
    "continue_board": "board.manage",
    # Jibri's own words; the secret is in the address.
    **dict.fromkeys(("jibri_status", "jibri_session_status", "jibri_finalized"), MACHINE),
    "board_files": ("room.join", "board.draw"),
    **dict.fromkeys(("board_file", "board_picture"), "room.join"),
    "board_file_cancel": "board.manage",
    **dict.fromkeys(("board_exports", "board_export", "board_export_file"), "board.read"),
    "recorders": "fleet.read",
    "capacity": ("fleet.read", "fleet.manage"),
    "costs": "fleet.read",
    "recorder_drain": "fleet.manage",
    **dict.fromkeys(("orphan_assign", "orphan_discard"), "fleet.manage"),
    **dict.fromkeys(("recording_ledger", "recording_ledger_csv"), "recording.ledger"),
    "recording_again": "recording.repair",
    **dict.fromkeys(("recording_permissions", "api_recording_permission"), "recording.permissions"),
    "children_recordings": "signed_in",
    "child_recording": "recording.permit_child",
    # The link names the file; the person behind it is asked again.
    "media": "recording.view",
    **dict.fromkeys(("register", "lesson_summary"), "register.read"),
    "register_csv": "register.read",
    "heatmap": "heatmap.watch",
    "register_line": "register.read_own",
    **dict.fromkeys(("register_correct", "register_undo", "register_excuse"), "register.correct"),
    "attendance": "signed_in",
    "watch": "watch.list",
    **dict.fromkeys(("watch_entry", "watch_contact", "watch_close"), "watch.manage"),
    "notes": "signed_in",
    "reports": ("signed_in", "report.read"),
    "report_plan_end": "signed_in",
    **dict.fromkeys(("report", "report_csv", "report_pdf", "report_link", "report_cancel"), "report.read"),
    **dict.fromkeys(("school_notes", "note_rules", "note_words"), "notes.manage"),
    "let_back_in": "room.moderate",
    **dict.fromkeys(("quiz_results", "quiz_results_csv"), "quiz.results"),
    "pupil_results": "quiz.results_of",
    **dict.fromkeys(("lesson_chat", "lesson_chat_csv"), "chat.read"),
    **dict.fromkeys(("concerns", "concern_seen"), "concern.read"),
    **dict.fromkeys(("questions", "question_new", "question", "questions_import"), "question.manage"),
    **dict.fromkeys(("questions_export", "question_archive", "question_restore"), "question.manage"),
    # What all schools share.
    "bridges": "fleet.read",
    **dict.fromkeys(("bridge_drain", "bridge_undrain", "fronts", "front"), "fleet.manage"),
    # People and courses.
    **dict.fromkeys(("institutions", "institution_new"), "institution.create"),
    "institution_settings": "institution.settings",
    "institution_logo": ("institution.read", "institution.settings"),
    **dict.fromkeys(("people", "people_csv", "person", "person_rename", "person_expiry"), "people.manage"),
    **dict.fromkeys(("person_suspend", "person_reactivate", "person_remove"), "people.manage"),
    **dict.fromkeys(("invitations", "invitation_resend", "invitation_revoke"), "people.manage"),
    **dict.fromkeys(("accounts", "account_lock"), "account.lock"),
    **dict.fromkeys(("role_grant", "role_revoke"), "role.grant"),
    **dict.fromkeys(("guardian_link", "child_link", "guardian_unlink"), "guardian.link"),
    **dict.fromkeys(("roster_import", "roster_example", "roster_check"), "course.create"),
    "courses": "course.create",
    "course": "course.edit",
    "course_csv": "course.create",
    **dict.fromkeys(("course_change", "course_archive", "course_restore"), "course.create"),
    **dict.fromkeys(("enrol", "unenrol", "standing", "group_new", "group_delete"), "course.create"),
    "group": "course.create",
    # The Jitsi stack, by secrets of its own.
    **dict.fromkeys(("jitsi_events", "jitsi_event_sync", "jitsi_reservations"), MACHINE),
    **dict.fromkeys(("jitsi_reservation", "jitsi_recording_wanted"), MACHINE),
    **dict.fromkeys(("put_aside", "put_aside_retry", "put_aside_dismiss"), "hook.review"),
    # The house.
    **dict.fromkeys(("audit", "audit_csv", "audit_check"), "audit.read"),
    "platform_audit": "audit.platform",
    "retention": "retention.manage",
    **dict.fromkeys(("holds", "release_hold"), "recording.hold"),
    **dict.fromkeys(("data_requests", "erase_person"), "person.erase"),
    **dict.fromkeys(("api_keys", "revoke_api_key"), "integration.manage"),
    **dict.fromkeys(("providers", "add_provider", "provider", "check_provider"), "integration.manage"),
    **dict.fromkeys(
        ("webhooks", "webhook_new", "webhook", "webhook_secret", "webhook_test"), "webhook.manage"
    ),
    **dict.fromkeys(("webhook_replay", "webhook_delete", "webhook_delivery"), "webhook.manage"),
    "delivery_replay": "webhook.manage",
    # The API.
    "api_institutions": "api.lists",
    "api_institution": "institution.read",
    "api_people": "people.manage",
    "api_person": ("person.read", "people.manage"),
    # Systems that import people also say what they are and who guards them; heads stay the platform's to appoint.
    **dict.fromkeys(("api_suspension", "api_role", "api_guardianship", "api_guardianships"), "people.manage"),
    "api_courses": ("api.lists", "course.create"),
    "api_course": ("course.read", "course.edit"),
    "api_roster": "roster.read",
    "api_roster_line": "course.create",
    "api_lessons": ("api.lists", "lesson.schedule"),
    "api_lesson": ("lesson.read", "lesson.schedule"),
    "api_cancellation": "lesson.schedule",
    "api_join_links": ("room.unlink", "room.link"),
    "api_join_link": "room.unlink",
    **dict.fromkeys(("api_register", "api_intervals"), "register.read"),
    **dict.fromkeys(("api_engagement", "api_trends"), "engagement.sums"),
    "api_recordings": "api.lists",
    "api_recording_ledger": "recording.ledger",
    **dict.fromkeys(("api_recording", "api_recording_links"), "recording.fetch"),
}

# What a client says on a socket → the row.
WORDS: Mapping[str, str] = {
    "room.resync": "room.join",
    "room.ping": "room.join",
    "media.change": "room.join",
    "peer.signal": "room.join",
    "token.renew": "room.join",
    "connection.ping": "signed_in",
    "lesson.end": "lesson.end",
    **dict.fromkeys(("participant.remove", "participant.promote"), "room.moderate"),
    **dict.fromkeys(("microphone.mute", "microphone.mute_all"), "room.moderate"),
    "link.tell": "room.join",
    "audience.list": "audience.read",
    **dict.fromkeys(("knock.admit", "knock.refuse", "knock.admit_all"), "room.admit"),
    **dict.fromkeys(("breakouts.plan", "breakouts.open", "breakouts.move"), "breakout.assign"),
    **dict.fromkeys(("breakouts.note", "breakouts.extend", "breakouts.close"), "breakout.assign"),
    "breakouts.save": "breakout.assign",
    "help.ask": "breakout.help",
    "board.ping": "room.join",
    **dict.fromkeys(("item.add", "item.change", "item.erase", "item.divide", "stroke.extend"), "board.draw"),
    **dict.fromkeys(("pointer.move", "laser.move"), "board.draw"),
    "view.move": "board.manage",
    **dict.fromkeys(("edit.undo", "edit.redo"), "board.draw"),
    **dict.fromkeys(("page.add", "page.duplicate", "page.move", "page.rename"), "board.manage"),
    **dict.fromkeys(("page.remove", "page.clear", "page.turn"), "board.manage"),
    **dict.fromkeys(("rights.change", "follow.change"), "board.manage"),
    **dict.fromkeys(("answers.open", "answers.reveal", "answers.close"), "board.manage"),
    "quizzes.ping": "room.join",
    "answer.submit": "quiz.answer",
    **dict.fromkeys(("quiz.launch", "quiz.close", "quiz.reveal", "quiz.share"), "quiz.run"),
    **dict.fromkeys(("variant.accept", "bank.search"), "quiz.run"),
    "heatmap.ping": "heatmap.watch",
    **dict.fromkeys(("talk.ping", "chat.earlier"), "room.join"),
    **dict.fromkeys(("chat.send", "reaction.send"), "chat.send"),
    **dict.fromkeys(("chat.delete", "chat.set_mode"), "chat.moderate"),
    "concern.raise": "concern.raise",
    **dict.fromkeys(("hand.raise", "hand.lower", "pulse.set"), "hand.raise"),
    **dict.fromkeys(("hand.dismiss", "hand.lower_all", "hand.call"), "hand.call"),
}


# Rows that are asked behind the door of another row: of a part of what it does, or of what is asked for.
BEHIND: Mapping[str, str] = {
    "integration.content": "`api_keys`, by what the key may do",
    "breakout.enter": "the sockets of a breakout room, its board and its quizzes: members and staff alone",
    "recording.follow": "`replay` and `recording_progress`, while there is no video",
    "recording.ingest": "the recorder, by its pass",
}
# Rows without a door, decided before anything stands there. Nothing tries them; whoever builds the door takes its row
# out of here.
NO_DOOR_YET = frozenset(
    {
        *("engagement.read", "people.read"),
    }
)


def rows_of(url_name: str) -> tuple[str, str]:
    """The rows for reading and for writing; KeyError for a URL that nobody placed."""
    placed = URLS[url_name]
    return (placed, placed) if isinstance(placed, str) else placed
