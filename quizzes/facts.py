"""The quizzes' words in the timeline. `answer.submitted` is one a person and question, and none of an anonymous quiz."""

QUIZ_OPENED = "quiz.opened"
QUIZ_CLOSED = "quiz.closed"
# With the counts as everybody was shown them: what a recording may draw.
QUIZ_SHARED = "quiz.shared"
ANSWER_SUBMITTED = "answer.submitted"
