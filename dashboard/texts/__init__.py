"""Every sentence that TypeScript says, by key, in the language of the request.

The templates hand them over as JSON (`texts`). `{name}` is filled in by the browser. A test in
`frontend/tests/texts.test.ts` finds keys that are said but not written here.
"""

from dashboard.texts import board, breakouts, companion, network, quizzes, replay, room, talk


def room_texts() -> dict[str, str]:
    return (
        room.refusals()
        | room.roles()
        | board.colours()
        | board.board()
        | room.lobby()
        | room.devices()
        | room.room()
        | room.people()
        | room.keys()
        | room.pupils()
        | room.door()
        | quizzes.quizzes()
        | talk.talk()
        | breakouts.breakouts()
        | network.network()
        | room.endings()
    )


def companion_texts() -> dict[str, str]:
    """Without lobby, devices and door: a telephone pays for each sentence."""
    return (
        room.refusals()
        | room.roles()
        | board.colours()
        | board.board()
        | room.room()
        | quizzes.quizzes()
        | talk.talk()
        | breakouts.breakouts()
        | room.endings()
        | companion.companion()
    )


def connection_texts() -> dict[str, str]:
    return room.lobby() | room.devices() | room.room_switches() | network.profiles() | network.connection()


def replay_texts() -> dict[str, str]:
    return replay.player() | replay.progress() | replay.states() | replay.reasons()
