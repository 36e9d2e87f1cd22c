"""The quizzes' words in the timeline. `answer.submitted` is one a person and question, and none of an anonymous quiz."""

QUIZ_OPENED = "quiz.opened"
QUIZ_CLOSED = "quiz.closed"
# With the counts as everybody was shown them: what a recording may draw.
QUIZ_SHARED = "quiz.shared"
# What was asked, from when on everybody sees its counts while it is open; and those counts, at most one a second: bars
# alone, neither words nor persons. `counts` is null from when on they are seen no more.
QUIZ_SHOWN = "quiz.shown"
QUIZ_COUNTED = "quiz.counted"
ANSWER_SUBMITTED = "answer.submitted"
