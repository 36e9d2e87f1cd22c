import { make, setText } from "../common/dom.ts";
import { say, sayRefusal } from "../common/texts.ts";
import type { Panels } from "../room/side_panel.ts";
import { storage } from "../wire/storage.ts";
import { makeAnswerCard, type AnswerCard } from "./answer_card.ts";
import { makeChart, nameChoice, type Chart } from "./chart.ts";
import { makeCountdown } from "./countdown.ts";
import type { Launcher } from "./launcher.ts";
import { hasChoices, keyOf, tallyOf, type Key, type Mine, type Question, type Quiz, type Value } from "./quiz.ts";
import type { QuizSession } from "./session.ts";

const NAME = "quiz";
const TICK_MS = 250;

/** The quiz panel: for the teacher the bank, the chart and the acts; for a student the question and their answer. */
export class QuizPanel {
  private readonly element = make("div", { class: "quiz" });
  private readonly status = make("p", { class: "quiz-status", role: "status" });
  private readonly body = make("div");
  private readonly acts = make("div", { class: "quiz-acts" });
  private readonly next = make("div", { class: "quiz-next" });
  private readonly countdown = makeCountdown();
  private readonly charts = new Map<string, Chart>();
  private readonly cards = new Map<string, AnswerCard>();
  private launcher: Launcher | null = null;
  private shown = "";

  constructor(
    private readonly session: QuizSession,
    private readonly side: Panels,
    private readonly resultsUrl: string | null,
    /** Where it is put, when its panel was added before. */
    host: HTMLElement | null = null,
  ) {
    this.element.append(this.status, this.countdown.element, this.body, this.acts, this.next);
    if (host !== null) host.append(this.element);
    else side.add({ name: NAME, title: say("quiz.title"), icon: "quiz", element: this.element });
  }

  start(): () => void {
    const { session } = this;
    const timer = setInterval(() => this.tick(), TICK_MS);
    const stops = [
      session.on("changed", () => this.show()),
      session.on("counted", () => this.showCounts()),
      session.on("answered", ({ question, code }) => {
        this.noteAnswer(question);
        this.showStatus();
        if (code !== null) this.side.note(NAME, true);
      }),
      session.on("asked", () => this.showStatus()),
      session.on("refused", (code) => setText(this.status, sayRefusal(code))),
      session.on("status", () => this.noteAll()),
      storage.on("changed", () => this.showStatus()),
    ];
    this.show();
    // It was refused before this panel's code had come.
    if (session.refusal !== null) this.side.note(NAME, true);
    return () => {
      clearInterval(timer);
      for (const stop of stops) stop();
    };
  }

  private show(): void {
    const { quiz } = this.session;
    const isNew = quiz !== null && quiz.state === "open" && !this.shown.startsWith(quiz.id);
    // What is being answered stays as it is: only another quiz, or another state of it, is drawn anew.
    const wanted = quiz === null ? `none ${this.session.you.may_run}` : `${quiz.id} ${quiz.state} ${this.session.you.may_run} ${this.session.you.may_answer}`;
    const hadFocus = this.element.contains(document.activeElement);
    if (wanted !== this.shown) this.draw(quiz);
    this.shown = wanted;
    this.showActs();
    if (hadFocus && !this.element.contains(document.activeElement)) this.focusQuestion();
    this.showCounts();
    this.noteAll();
    this.tick();
    if (isNew) this.side.open(NAME);
  }

  /** What had the keyboard is gone: it goes on at what has come instead, not at the page's beginning. Not on a button, where
   * the second of two presses would close what the first one asked. */
  private focusQuestion(): void {
    const place = this.body.querySelector<HTMLElement>(".quiz-text, legend") ?? this.status;
    place.tabIndex = -1;
    place.focus();
  }

  private draw(quiz: Quiz | null): void {
    this.charts.clear();
    this.cards.clear();
    if (quiz === null) return this.drawNothing();
    this.body.replaceChildren(...quiz.questions.map((question) => this.drawQuestion(quiz, question)));
    this.drawLauncher(quiz);
  }

  private drawNothing(): void {
    if (!this.session.you.may_run) return this.body.replaceChildren(make("p", { class: "quiet-text" }, say("quiz.nothing_yet")));
    this.body.replaceChildren();
    this.drawLauncher(null);
  }

  /** The next question is two clicks away at any time but while one is open. */
  private drawLauncher(quiz: Quiz | null): void {
    this.next.replaceChildren();
    if (!this.session.you.may_run || quiz?.state === "open") return;
    if (quiz !== null) this.next.append(make("h3", {}, say("quiz.another")));
    const isStale = !this.shown.startsWith(quiz?.id ?? "none") || this.shown.includes(" open ");
    void this.findLauncher(isStale).then((launcher) => {
      if (this.session.quiz?.state !== "open") this.next.append(launcher.element);
    });
  }

  /** Its code comes with the first teacher: a student's telephone never loads it. */
  private async findLauncher(isStale: boolean): Promise<Launcher> {
    if (this.launcher !== null) {
      if (isStale) this.launcher.refresh();
      return this.launcher;
    }
    const { Launcher } = await import("./launcher.ts");
    this.launcher ??= new Launcher(this.session);
    this.launcher.refresh();
    return this.launcher;
  }

  private drawQuestion(quiz: Quiz, question: Question): HTMLElement {
    const { you } = this.session;
    const section = make("section", { class: "quiz-question" });
    const isAnswering = you.may_answer && quiz.state === "open";
    if (isAnswering) {
      const card = makeAnswerCard(quiz, question, (value) => this.session.answer(question.id, value));
      this.cards.set(question.id, card);
      section.append(card.element);
    } else section.append(make("h3", { class: "quiz-text" }, make("bdi", {}, question.text)));
    const chart = makeChart(question, you.may_run ? (text) => this.session.acceptVariant(question.id, text) : null);
    this.charts.set(question.id, chart);
    section.append(chart.element);
    if (!isAnswering && !you.may_run && quiz.tally === null && hasChoices(question.kind)) section.append(listChoices(question, quiz.mine[question.id]?.value));
    return section;
  }

  private showActs(): void {
    const { quiz, you } = this.session;
    const buttons: HTMLElement[] = [];
    if (you.may_run && quiz !== null) buttons.push(...this.makeActs(quiz));
    const held = document.activeElement instanceof HTMLElement && this.acts.contains(document.activeElement) ? document.activeElement.dataset["act"] : undefined;
    this.acts.replaceChildren(...buttons);
    if (held !== undefined) (this.acts.querySelector<HTMLElement>(`[data-act="${held}"]`) ?? this.acts.querySelector<HTMLElement>("button"))?.focus();
  }

  private makeActs(quiz: Quiz): HTMLElement[] {
    const { session } = this;
    const attempt = (act: () => boolean) => () => {
      if (!act()) setText(this.status, say("room.not_connected"));
    };
    const share = makeAct("share", say(quiz.shared ? "quiz.unshare" : "quiz.share"), attempt(() => session.share(!quiz.shared)), "quiet");
    if (quiz.state === "open") return [makeAct("close", say("quiz.close"), attempt(() => session.closeQuiz())), share];
    const hasKey = (quiz.key ?? []).length > 0;
    const reveal = quiz.state === "closed" && hasKey ? [makeAct("reveal", say("quiz.reveal"), attempt(() => session.reveal()))] : [];
    const results = this.resultsUrl === null ? [] : [make("a", { href: this.resultsUrl, target: "_blank", rel: "noopener" }, say("quiz.results"))];
    return [...reveal, share, ...results];
  }

  /** What is right stays out of sight while it is answered: the teacher may be sharing this very screen. */
  private showCounts(): void {
    const { quiz } = this.session;
    if (quiz === null) return;
    for (const question of quiz.questions) this.charts.get(question.id)?.show(tallyOf(quiz, question.id), quiz.state === "open" ? null : keyOf(quiz, question.id));
    if (quiz.state === "revealed") this.showKeys(quiz);
  }

  private showKeys(quiz: Quiz): void {
    for (const question of quiz.questions) {
      const key = keyOf(quiz, question.id);
      const section = this.charts.get(question.id)?.element.parentElement;
      if (key === null || section == null) continue;
      section.querySelector(".quiz-key")?.remove();
      section.append(makeKey(question, key, quiz.mine[question.id]));
    }
  }

  private noteAll(): void {
    for (const question of this.cards.keys()) this.noteAnswer(question);
    this.showStatus();
  }

  private noteAnswer(question: string): void {
    const { session } = this;
    this.cards.get(question)?.note(session.quiz?.mine[question], session.isWaiting(question), session.refusalOf(question));
  }

  private showStatus(): void {
    setText(this.status, this.sayStatus());
  }

  /** What is refused stands on its card; without one, because the quiz is closed or another, it stands here. */
  private sayStatus(): string {
    const { quiz, refusal, status, isAsking, wasNotAsked } = this.session;
    if (wasNotAsked) return say("quiz.not_asked");
    if (isAsking) return say("quiz.on_its_way");
    if (refusal !== null && refusal.quiz !== quiz?.id) return say("quiz.earlier", { why: sayRefusal(refusal.code) });
    if (refusal !== null && !this.cards.has(refusal.question)) return sayRefusal(refusal.code);
    if (quiz === null) return "";
    if (quiz.state !== "open") return say("quiz.is_closed");
    if (status !== "online" && [...this.cards.keys()].some((question) => this.session.isWaiting(question))) return say(storage.isFailing ? "room.not_kept" : "quiz.waits_here");
    return quiz.anonymous ? say("quiz.is_anonymous") : "";
  }

  private tick(): void {
    const { quiz, offset } = this.session;
    if (quiz === null) this.countdown.element.hidden = true;
    else this.countdown.show(quiz, offset);
  }
}

function makeAct(name: string, label: string, act: () => void, kind = ""): HTMLButtonElement {
  const button = make("button", { type: "button", class: kind, "data-act": name }, label);
  button.addEventListener("click", act);
  return button;
}

function listChoices(question: Question, mine: Value | undefined): HTMLElement {
  const chosen = Array.isArray(mine) ? mine : [mine];
  const mark = (id: string): HTMLElement[] => (chosen.includes(id) ? [make("small", {}, say("quiz.your_answer"))] : []);
  return make("ul", { class: "quiz-choices" }, ...question.choices.map(({ id }) => make("li", {}, make("bdi", {}, nameChoice(question, id)), ...mark(id))));
}

function makeKey(question: Question, key: Key, mine: Mine | undefined): HTMLElement {
  const right = question.kind === "numeric" ? [sayNumber(key)] : hasChoices(question.kind) ? key.choices.map((id) => nameChoice(question, id)) : key.variants;
  const lines: HTMLElement[] = [];
  if (mine?.correct != null) lines.push(make("p", { class: "quiz-result", "data-right": mine.correct }, sayResult(mine)));
  lines.push(make("p", {}, say("quiz.right_is"), " ", make("bdi", {}, right.join(" · "))));
  if (key.explanation !== "") lines.push(make("p", { class: "quiet-text" }, make("bdi", {}, key.explanation)));
  return make("div", { class: "quiz-key" }, ...lines);
}

function sayResult(mine: Mine): string {
  if (mine.correct === true) return say("quiz.you_right");
  return (mine.score ?? 0) > 0 ? say("quiz.you_partly") : say("quiz.you_wrong");
}

function sayNumber(key: Key): string {
  const lang = document.documentElement.lang;
  const show = (number: number): string => number.toLocaleString(lang, { maximumSignificantDigits: 10 });
  return key.tolerance > 0 ? `${show(key.number ?? 0)} ± ${show(key.tolerance)}` : show(key.number ?? 0);
}
