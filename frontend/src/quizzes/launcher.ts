import { make, setText } from "../common/dom.ts";
import { say } from "../common/texts.ts";
import { makeCompose } from "./compose.ts";
import { showTime, type BankQuestion } from "./quiz.ts";
import type { QuizSession } from "./session.ts";

const SECONDS = [15, 30, 60, 120, 300, 600];
const SEARCH_MS = 250;

type Launch = Parameters<QuizSession["launch"]>[0];

/** From the room to the class in two clicks: the panel, and "Ask now" beside a question; the question itself opens its options. */
export class Launcher {
  readonly element = make("div", { class: "launcher" });
  private readonly query = make("input", { type: "search", maxlength: 200, "aria-label": say("quiz.search"), placeholder: say("quiz.search") });
  private readonly list = make("ul", { class: "bank" });
  private readonly empty = make("p", { class: "quiet-text", hidden: true }, say("quiz.bank_empty"));
  private readonly more = make("button", { type: "button", class: "quiet", hidden: true }, say("quiz.more"));
  private page = 1;
  private timer = 0;

  constructor(private readonly session: QuizSession) {
    this.query.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.search(1), SEARCH_MS) as unknown as number;
    });
    this.more.addEventListener("click", () => this.search(this.page + 1));
    session.on("found", ({ questions, more }) => this.showFound(questions, more));
    this.showBank();
  }

  /** The bank as it is now. */
  refresh(): void {
    this.showBank();
    this.search(1);
  }

  private search(page: number): void {
    this.page = page;
    this.session.search(this.query.value, page);
  }

  private showBank(): void {
    const write = make("button", { type: "button", class: "quiet" }, say("quiz.write"));
    write.addEventListener("click", () => this.compose());
    this.element.replaceChildren(this.query, this.list, this.empty, this.more, write);
  }

  private showFound(questions: BankQuestion[], more: boolean): void {
    if (this.page === 1) this.list.replaceChildren();
    this.list.append(...questions.map((question) => this.makeLine(question)));
    this.more.hidden = !more;
    this.empty.hidden = this.list.children.length > 0;
    setText(this.empty, say(this.query.value === "" ? "quiz.bank_empty" : "quiz.nothing_found"));
  }

  private makeLine(question: BankQuestion): HTMLElement {
    const about = [say(`quiz.kind.${question.kind}`), ...question.tags].join(" · ");
    const id = `bank-${question.id}`;
    const button = make("button", { type: "button", class: "quiet bank-question" }, make("bdi", { id }, question.text), make("small", {}, about));
    button.addEventListener("click", () => this.confirm(question.text, question.seconds, question.kind === "opinion", { questions: [question.id] }, makeBack("quiz.back", () => this.refresh())));
    const ask = make("button", { type: "button", class: "bank-ask", "aria-describedby": id }, say("quiz.ask_now"));
    ask.addEventListener("click", (event) => {
      // The second click of a double one would ask again.
      if (event.detail < 2) this.session.launch(usually(question));
    });
    return make("li", {}, button, ask);
  }

  private compose(): void {
    const form = makeCompose(
      (written, keep) => this.confirm(written.text, 60, written.kind === "opinion", { written, keep }, makeBack("quiz.change", show)),
      () => this.refresh(),
    );
    const show = (): void => {
      this.element.replaceChildren(form);
      form.querySelector("select")?.focus();
    };
    show();
  }

  /** `back` leads to where it was chosen, or written: there as it was. */
  private confirm(text: string, seconds: number, isPoll: boolean, what: Launch, back: HTMLElement): void {
    const time = make("select", {}, ...choicesOf(seconds).map((one) => make("option", { value: one, selected: one === seconds }, showTime(one))));
    const anonymous = make("input", { type: "checkbox", checked: isPoll });
    const shared = make("input", { type: "checkbox", checked: isPoll });
    const final = make("input", { type: "checkbox" });
    const ask = make("button", { type: "submit", class: "ask-now" }, say("quiz.ask_now"));
    const form = make(
      "form",
      { class: "compose" },
      make("p", { class: "quiz-text" }, make("bdi", {}, text)),
      make("label", {}, say("quiz.time"), time),
      make("label", {}, shared, " ", say("quiz.show_all")),
      make("label", {}, anonymous, " ", say("quiz.anonymous")),
      make("label", {}, final, " ", say("quiz.final")),
      make("div", { class: "quiz-acts" }, ask, back),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.session.launch({ ...what, seconds: Number(time.value), anonymous: anonymous.checked, shared: shared.checked, may_change: !final.checked });
    });
    this.element.replaceChildren(form);
    ask.focus();
  }
}

function makeBack(label: "quiz.back" | "quiz.change", act: () => void): HTMLElement {
  const back = make("button", { type: "button", class: "quiet" }, say(label));
  back.addEventListener("click", act);
  return back;
}

/** In its own time; of a poll everybody sees the counts, and nobody who answered what. */
function usually({ id, kind, seconds }: BankQuestion): Launch {
  const isPoll = kind === "opinion";
  return { questions: [id], seconds, anonymous: isPoll, shared: isPoll, may_change: true };
}

function choicesOf(seconds: number): number[] {
  return [...new Set([...SECONDS, seconds])].sort((one, other) => one - other);
}
