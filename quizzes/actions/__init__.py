"""What can be done with questions, quizzes and answers."""

from quizzes.actions.answers import (
    Outcome,
    Submission,
    accept_variant,
    answer_quiz,
    take_answers,
)
from quizzes.actions.counts import record_open_counts
from quizzes.actions.questions import (
    archive_question,
    import_questions,
    restore_question,
    try_import,
    write_question,
)
from quizzes.actions.quizzes import (
    close_overdue_quizzes,
    close_quiz,
    launch_quiz,
    reveal_quiz,
    share_results,
)

__all__ = [
    "Outcome",
    "Submission",
    "accept_variant",
    "answer_quiz",
    "archive_question",
    "close_overdue_quizzes",
    "close_quiz",
    "import_questions",
    "launch_quiz",
    "record_open_counts",
    "restore_question",
    "reveal_quiz",
    "share_results",
    "take_answers",
    "try_import",
    "write_question",
]
