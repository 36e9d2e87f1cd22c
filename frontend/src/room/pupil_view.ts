import { make, setText } from "../common/dom.ts";
import { say } from "../common/texts.ts";
import type { Thumb } from "../whiteboard/thumb.ts";
import type { Sessions } from "./sessions.ts";
import type { Panel } from "./side_panel.ts";

/** For those who hold the lesson: what pupils have before them right now, and what they may do with it. */
export class PupilView implements Panel {
  readonly name = "pupils";
  readonly title = say("pupils.title");
  readonly icon = "eye";
  readonly element = make("div", { class: "pupil-view" });
  private readonly lines = make("ul", {});

  constructor(
    private readonly sessions: Pick<Sessions, "board" | "quizzes">,
    preview: Thumb,
  ) {
    const figure = make("figure", {}, preview.element, make("figcaption", { class: "quiet-text" }, say("pupils.page")));
    this.element.append(figure, this.lines);
  }

  start(): () => void {
    const { board, quizzes } = this.sessions;
    const show = (): void => this.show();
    const stops = [board.on("opened", show), board.on("noted", show), quizzes.on("changed", show)];
    show();
    return () => {
      for (const stop of stops) stop();
    };
  }

  private show(): void {
    const said = [this.sayWhere(), this.sayPen(), this.sayQuiz()];
    for (const [place, sentence] of said.entries()) setText(this.line(place), sentence);
  }

  private line(place: number): HTMLElement {
    while (this.lines.children.length <= place) this.lines.append(make("li", {}));
    return this.lines.children[place] as HTMLElement;
  }

  private sayWhere(): string {
    return say(this.sessions.board.state.follow ? "pupils.follow" : "pupils.wander");
  }

  private sayPen(): string {
    const { state } = this.sessions.board;
    if (state.isolated) return say("pupils.answering");
    return say(`pupils.draw_${state.draw}`);
  }

  private sayQuiz(): string {
    const { quiz } = this.sessions.quizzes;
    if (quiz === null) return say("pupils.no_quiz");
    if (quiz.state === "open") return say(quiz.shared ? "pupils.quiz_open_shared" : "pupils.quiz_open");
    return say(quiz.state === "revealed" ? "pupils.quiz_revealed" : quiz.shared ? "pupils.quiz_closed_shared" : "pupils.quiz_closed");
  }
}
