"""Every sentence that TypeScript says, by key, in the language of the request.

The templates hand them over as JSON (`texts`). `{name}` is filled in by the browser. A test in
`frontend/tests/texts.test.ts` finds keys that are said but not written here.
"""

from dashboard.texts import board, breakouts, companion, heatmap, live, network, quizzes, replay, room, talk


def room_texts() -> dict[str, str]:
    return (
        room.refusals()
        | room.roles()
        | board.colours()
        | board.board()
        | board.continuing()
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
        | heatmap.heatmap()
        | room.endings()
        | room.leading()
    )


def companion_texts() -> dict[str, str]:
    """Without lobby, devices, door and what divides a class: a telephone pays for each sentence."""
    return (
        room.refusals()
        | room.roles()
        | board.colours()
        | board.board()
        | room.around()
        | quizzes.quizzes()
        | talk.talk()
        | breakouts.for_everybody()
        | room.endings()
        | companion.companion()
    )


def left_behind_texts() -> dict[str, str]:
    return breakouts.left_behind()


def lesson_board_texts() -> dict[str, str]:
    return room.refusals() | room.around() | board.colours() | board.board() | board.reading()


def outside_texts() -> dict[str, str]:
    """For viewers who take part in nothing."""
    return live.stage()


def live_texts() -> dict[str, str]:
    return companion_texts() | live.live()


def connection_texts() -> dict[str, str]:
    return room.lobby() | room.devices() | room.room_switches() | network.profiles() | network.connection()


def replay_texts() -> dict[str, str]:
    return (
        replay.player()
        | replay.beside()
        | replay.notes()
        | replay.pack()
        | replay.progress()
        | replay.states()
        | replay.reasons()
    )
