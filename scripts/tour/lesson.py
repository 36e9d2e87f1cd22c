"""One lesson from the timetable to the replay. Figures, not assertions: it fails only when a step cannot be walked."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser

from scripts.headless import PHONE, Visitor, circle, wave
from scripts.tour.attendance import look_at_register, see_heatmap, see_register, watch_attention
from scripts.tour.classmates import arrive_flaky, come_by_app, go_away, leave_app, prosody
from scripts.tour.ground import PATIENCE_SECONDS, PICTURES, ROOT, say
from scripts.tour.house import room_and_people
from scripts.tour.pages import Album
from scripts.tour.together import ask_the_class, divide

LESSON = "Fractions, live now"
SECONDS = 30


# Longer than the minute that the rule allows, which the head has set.
LATE_SECONDS = 61


@dataclass(slots=True)
class Party:
    """The teacher at a laptop, Amina at a telephone and late, Bilal at a laptop; Hassan comes and goes."""

    teacher: Visitor
    amina: Visitor
    bilal: Visitor
    hassan: Visitor

    @property
    def everybody(self) -> tuple[Visitor, ...]:
        return (self.teacher, self.amina, self.bilal)

    @property
    def students(self) -> tuple[Visitor, ...]:
        return (self.amina, self.bilal)


def walk_lesson(browser: Browser, base: str, env: dict[str, str], album: Album) -> dict[str, Any]:
    """The whole way; the figures of the last line."""
    party = Party(
        Visitor.arrive(browser, base, "teacher"),
        Visitor.arrive(browser, base, "amina", size=PHONE),
        Visitor.arrive(browser, base, "bilal"),
        arrive_flaky(browser, base, env),
    )
    for visitor in (*party.everybody, party.hassan):
        decline_offers(visitor)
    path, where = find_lesson(party), room_and_people(env, LESSON)
    with prosody(base, env["JITSI_EVENT_SECRET"]) as rooms:
        pair = draw_in_a_pair(party, path)
        come_by_app(rooms, where)
        taken = take_part(party, path, len(pair))
        see_heatmap(browser, base, album, path)
        leave_app(rooms, where)
        ended = end_lesson(party)
    ready_seconds = wait_for_replay(party.teacher, path, ended)
    played = watch(party, path)
    told = look_at_register(party.teacher, party.amina, path)
    see_register(browser, base, album, path)
    truth = ask_the_house(env)
    for visitor in (*party.everybody, party.hassan):
        for trouble in visitor.troubles:
            say(f"trouble: {trouble}")
    figures = {
        "joined": truth["joined"],
        "pair_stroke_p95_ms": round(percentile(pair, 95), 1),
        "pair_strokes_measured": len(pair),
        **taken,
        **told,
        "recorded_seconds": round(played["duration"], 2),
        "lesson_seconds": round(truth["lesson_seconds"], 2),
        "chapters": truth["chapters"],
        "ready_seconds": round(ready_seconds, 1),
        "replay_played": played["played"],
    }
    say(f"the lesson: {json.dumps(figures)}")
    return figures


def decline_offers(visitor: Visitor) -> None:
    """A busy machine is like a bad network: the room offers to save, and the offer lies above the tools."""
    leave_it = visitor.page.locator(".network-offer button.quiet")
    visitor.page.add_locator_handler(leave_it, lambda button: button.click())


def take_part(party: Party, path: str, measured: int) -> dict[str, Any]:
    """The lesson itself, once its beginning is drawn: Bilal's screen has been measured `measured` times by then."""
    begun = time.monotonic()
    enter(party.hassan, path)
    wait_seconds(begun, LATE_SECONDS)
    go_away(party.hassan)
    enter(party.amina, path)
    remote_video = see_each_other(party)
    hold_lesson(party)
    latencies = party.amina.latencies(party.teacher, party.bilal)
    latencies += party.bilal.latencies(party.teacher)[measured:]
    # Afterwards: the pages of breakout rooms have marks of their own.
    answers = ask_the_class(party.teacher, party.students)
    divided = divide(party.teacher, party.students)
    return {
        "remote_video": remote_video,
        "stroke_p95_ms": round(percentile(latencies, 95), 1),
        "stroke_median_ms": round(statistics.median(latencies), 1),
        "strokes_measured": len(latencies),
        "quiz_answers": answers,
        **divided,
        **watch_attention(party.teacher, party.bilal, party.hassan, path),
    }


def find_lesson(party: Party) -> str:
    """Through the timetable to the lesson's page; its path."""
    party.teacher.go("/sign-in")
    party.teacher.shoot(PICTURES, "01-sign-in")
    for visitor, persona in zip(party.everybody, ("teacher", "student", "student-2"), strict=True):
        visitor.enter_as(persona)
    party.teacher.shoot(PICTURES, "02-timetable")
    party.amina.shoot(PICTURES, "03-timetable-phone")
    party.teacher.page.get_by_role("link", name=LESSON, exact=True).click()
    party.teacher.page.wait_for_load_state()
    party.teacher.shoot(PICTURES, "04-lesson")
    return party.teacher.page.url.removeprefix(party.teacher.base)


def enter(visitor: Visitor, path: str) -> None:
    visitor.go(f"{path}room")
    visitor.page.locator(".lobby-join").wait_for()
    visitor.shoot(PICTURES, f"05-lobby-{visitor.name}")
    visitor.join()
    say(f"{visitor.name} is inside")


def draw_in_a_pair(party: Party, path: str) -> list[float]:
    """Milliseconds from the teacher's hand to Bilal's screen with only these two browsers on this machine."""
    for visitor in (party.teacher, party.bilal):
        enter(visitor, path)
        wait_for_recorder(visitor)
    party.bilal.wait_for_state(lambda state: state["remoteVideoTracks"] >= 1, 30, "the teacher's picture")
    for height in (0.75, 0.8, 0.85, 0.9):
        party.teacher.draw(wave(height))
    return party.bilal.latencies(party.teacher)


def wait_for_recorder(visitor: Visitor) -> None:
    visitor.wait_for_state(lambda state: state["recording"] == "recording", 20, "the recorder")


def see_each_other(party: Party) -> bool:
    """Whether moving pictures of both others reach everybody."""
    try:
        for visitor in party.everybody:
            visitor.wait_for_state(lambda state: state["remoteVideoTracks"] >= 2, 30, "the others' pictures")
    except TimeoutError as late:
        say(str(late))
        return False
    return True


def hold_lesson(party: Party) -> None:
    """Drawing, two page turns, a student at the board; about half a minute in all."""
    begun, teacher = time.monotonic(), party.teacher
    wait_for_recorder(teacher)
    teacher.draw(circle(0.4, 0.45, 0.25))
    teacher.draw(wave(0.2))
    teacher.shoot(PICTURES, "06-room-teacher")
    party.amina.shoot(PICTURES, "07-room-phone")
    teacher.let_students_draw()
    wait_seconds(begun, 9)
    turn_to_new_page(party)
    party.bilal.wait_for(lambda: party.bilal.page.locator(".tools .tool").first.is_visible(), 5, "the pen")
    party.bilal.draw(wave(0.5))
    teacher.draw(circle(0.6, 0.6, 0.15))
    party.bilal.shoot(PICTURES, "08-room-student")
    wait_seconds(begun, 18)
    turn_to_new_page(party)
    for height in (0.3, 0.45, 0.6):
        teacher.draw(wave(height))
    teacher.click("Undo")
    wait_seconds(begun, SECONDS - 2)
    for visitor in party.everybody:
        visitor.wait_for_state(lambda state: state["pending"] == 0, 5, "the acknowledgements")


def turn_to_new_page(party: Party) -> None:
    before = party.teacher.state()["page"]
    party.teacher.click("Add a page")
    for visitor in party.everybody:
        visitor.wait_for_state(lambda state: state["page"] != before, 5, "the page turn")


def wait_seconds(begun: float, seconds: float) -> None:
    time.sleep(max(0.0, begun + seconds - time.monotonic()))


def end_lesson(party: Party) -> float:
    """Monotonic seconds at which the teacher ended it."""
    party.teacher.click("End lesson")
    party.teacher.shoot(PICTURES, "09-end-dialog")
    party.teacher.page.locator("dialog button.danger").click()
    ended = time.monotonic()
    party.amina.page.locator("main.panel").wait_for(timeout=10_000)
    party.amina.shoot(PICTURES, "10-ended-phone")
    return ended


def wait_for_replay(teacher: Visitor, path: str, ended: float) -> float:
    """Seconds from the end of the lesson to a player on the replay page, which was open all the time."""
    teacher.go(f"{path}replay")
    teacher.shoot(PICTURES, "11-replay-in-the-making")
    teacher.page.locator("video").wait_for(timeout=PATIENCE_SECONDS * 1000)
    return time.monotonic() - ended


def watch(party: Party, path: str) -> dict[str, Any]:
    """Play it as a student: does time pass in the picture?"""
    student = party.bilal
    student.go(f"{path}replay")
    student.page.locator("video").wait_for()
    student.page.evaluate("document.querySelector('video').play()")
    film = "(v => ({at: v.currentTime, duration: v.duration, wide: v.videoWidth}))(document.querySelector('video'))"
    student.wait_for(lambda: student.page.evaluate(film)["at"] > 2, 20, "the replay to play")
    seen = student.page.evaluate(film)
    student.shoot(PICTURES, "12-replay")
    party.amina.go(f"{path}replay")
    party.amina.page.locator("video").wait_for()
    party.amina.shoot(PICTURES, "13-replay-phone")
    return {"played": seen["at"] > 2 and seen["wide"] > 0, "duration": seen["duration"]}


def ask_the_house(env: dict[str, str]) -> dict[str, Any]:
    """What the server knows: how many joined, how long somebody was inside, how many chapters."""
    command = [sys.executable, "manage.py", "lesson_figures", LESSON]
    answer = subprocess.run(command, cwd=ROOT, env=env, check=True, capture_output=True, text=True)
    return dict(json.loads(answer.stdout))


def percentile(values: list[float], share: int) -> float:
    return statistics.quantiles(values, n=100)[share - 1] if len(values) > 1 else float("nan")
