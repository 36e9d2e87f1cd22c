import { Emitter } from "../common/emitter.ts";
import { makeId } from "../common/identity.ts";
import { Outbox, type Drawer } from "../wire/outbox.ts";
import { LiveSocket, type SocketOptions, type SocketStatus } from "../wire/socket.ts";
import type { Command, Envelope, QuizCommands, QuizFact, Refusal } from "../wire/words.ts";
import type { BankQuestion, Quiz, QuizYou, Tally, Value } from "./quiz.ts";

interface SessionEvents {
  /** The quiz, its state, or what I may do is different. */
  changed: undefined;
  /** Only the counts. */
  counted: undefined;
  /** An answer of mine is kept, waits, or was refused. */
  answered: { question: string; code: string | null };
  found: { questions: BankQuestion[]; more: boolean };
  /** A question of mine is on its way, or could not be sent. */
  asked: undefined;
  refused: string;
  status: SocketStatus;
}

interface Sent {
  quiz: string;
  question: string;
  value: Value;
}

/** An answer of mine that the server did not take, and will not. */
export interface GivenUp {
  quiz: string;
  question: string;
  code: string;
}

export interface SessionOptions {
  address: (lastSeq: number | null) => string;
  drawer: Drawer;
  /** As in `SocketOptions`. */
  open?: SocketOptions["open"];
}

const FACTS: ReadonlySet<string> = new Set<QuizFact>(["quiz.launched", "quiz.closed", "quiz.revealed", "quiz.shared", "variant.accepted"]);

/** The quizzes of one room as this person has them. Answers wait here until the server has kept them. */
export class QuizSession extends Emitter<SessionEvents> {
  you: QuizYou = { person: "", may_run: false, may_answer: false };
  quiz: Quiz | null = null;
  /** Milliseconds that the server's clock is ahead of ours. */
  offset = 0;
  /** The last one, until the next quiz comes or an answer is kept: whoever shows it may come later than the refusal. */
  refusal: GivenUp | null = null;
  /** A question that I asked and that nobody was asked, because there was no connection; until the next one. It is not
   * kept: by the time the network is back the lesson has gone on. */
  wasNotAsked = false;
  /** The quiz that I launch, until the server has launched or refused it. */
  private asked: string | null = null;
  /** Questions that were answered on this page. */
  private readonly answered = new Set<string>();
  private readonly outbox: Outbox;
  private readonly socket: LiveSocket<QuizFact>;

  constructor(options: SessionOptions) {
    super();
    const { drawer } = options;
    this.outbox = new Outbox({ ...drawer, load: () => this.loadLeft(drawer) }, ({ type, data, ref }) => this.socket.send(type, data, ref));
    this.socket = new LiveSocket<QuizFact>({
      address: options.address,
      ping: { type: "quizzes.ping", answer: "quizzes.ponged" },
      snapshots: ["quizzes.opened"],
      hear: (envelope) => this.hear(envelope),
      changed: (status) => this.statusChanged(status),
      ...(options.open === undefined ? {} : { open: options.open }),
    });
  }

  async open(): Promise<void> {
    this.socket.connect(); // what was left unsent goes out as soon as both are there
    await this.outbox.load();
    this.emit("changed", undefined);
  }

  /** What was answered here meanwhile is newer than what an earlier page left. */
  private async loadLeft(drawer: Drawer): Promise<Command[]> {
    const left = await drawer.load();
    const older = left.filter(({ ref, data }) => this.answered.has(placeOf(data as Sent)) && !this.outbox.has(ref));
    for (const { ref } of older) drawer.drop(ref);
    return left.filter((command) => !older.includes(command));
  }

  close(): void {
    this.socket.close();
  }

  hurry(): void {
    this.socket.hurry();
  }

  get status(): SocketStatus {
    return this.socket.status;
  }

  get waiting(): Sent[] {
    return this.outbox.list().map((command) => command.data as Sent);
  }

  isWaiting(question: string): boolean {
    return this.waiting.some((sent) => sent.question === question);
  }

  /** Why my last answer to a question of this quiz was not taken; null when it was, or may be. */
  refusalOf(question: string): string | null {
    const { refusal } = this;
    return refusal !== null && refusal.quiz === this.quiz?.id && refusal.question === question ? refusal.code : null;
  }

  answer(question: string, value: Value): void {
    if (this.quiz === null) return;
    const data = { quiz: this.quiz.id, question, value };
    if (this.refusalOf(question) !== null) this.refusal = null;
    this.answered.add(placeOf(data));
    this.outbox.put("answer.submit" satisfies keyof QuizCommands, data, makeId());
    this.emit("answered", { question, code: null });
  }

  /** Whether a question of mine is on its way to the server. */
  get isAsking(): boolean {
    return this.asked !== null;
  }

  /** One at a time: whoever presses again while it is on its way means the same. */
  launch(launch: Omit<QuizCommands["quiz.launch"], "quiz">): void {
    if (this.asked !== null) return;
    const quiz = makeId();
    const isSent = this.command("quiz.launch", { quiz, ...launch });
    this.asked = isSent ? quiz : null;
    this.wasNotAsked = !isSent;
    this.emit("asked", undefined);
  }

  closeQuiz(): boolean {
    return this.quiz !== null && this.command("quiz.close", { quiz: this.quiz.id });
  }

  reveal(): boolean {
    return this.quiz !== null && this.command("quiz.reveal", { quiz: this.quiz.id });
  }

  share(on: boolean): boolean {
    return this.quiz !== null && this.command("quiz.share", { quiz: this.quiz.id, on });
  }

  acceptVariant(question: string, text: string): boolean {
    return this.quiz !== null && this.command("variant.accept", { quiz: this.quiz.id, question, text });
  }

  search(text: string, page: number): boolean {
    return this.command("bank.search", { text, page });
  }

  private command<Word extends keyof QuizCommands>(type: Word, data: QuizCommands[Word]): boolean {
    return this.socket.send(type, data, makeId());
  }

  private statusChanged(status: SocketStatus): void {
    if (status === "online") this.outbox.connected();
    else this.outbox.disconnected();
    this.emit("status", status);
  }

  private hear({ type, ref, data }: Envelope<QuizFact>): void {
    if (type === "quizzes.opened") return this.opened(data as { you: QuizYou; quiz: Quiz | null; server_at: number });
    if (FACTS.has(type)) return this.replace((data as { quiz: Quiz }).quiz);
    if (type === "tally.moved") return this.count(data as { quiz: string; tally: Tally[] });
    if (type === "answer.counted") return this.kept(ref, data as Sent);
    if (type === "bank.found") return this.emit("found", data as SessionEvents["found"]);
    if (type === "error") this.refused(ref, (data as Refusal).code);
  }

  private opened({ you, quiz, server_at }: { you: QuizYou; quiz: Quiz | null; server_at: number }): void {
    this.you = you;
    this.offset = server_at - Date.now();
    // What was on its way when the connection broke has arrived, or never will.
    if (this.asked !== null) this.wasNotAsked = quiz?.id !== this.asked;
    this.asked = null;
    this.replace(quiz);
  }

  private replace(quiz: Quiz | null): void {
    if (quiz?.id !== this.quiz?.id && quiz?.id !== this.refusal?.quiz) this.refusal = null;
    if (quiz !== null && quiz.id !== this.quiz?.id) this.wasNotAsked = false;
    if (quiz?.id === this.asked) this.asked = null;
    this.quiz = quiz;
    this.emit("changed", undefined);
  }

  private count({ quiz, tally }: { quiz: string; tally: Tally[] }): void {
    if (this.quiz?.id !== quiz) return;
    this.quiz.tally = tally;
    this.emit("counted", undefined);
  }

  private kept(ref: string | undefined, sent: Sent): void {
    if (ref !== undefined) this.outbox.acknowledge(ref);
    if (this.quiz?.id === sent.quiz) this.quiz.mine[sent.question] = { value: sent.value };
    // That another question of the same quiz was not taken stays true.
    if (this.refusal?.quiz !== sent.quiz || this.refusal.question === sent.question) this.refusal = null;
    this.emit("answered", { question: sent.question, code: null });
  }

  private refused(ref: string | undefined, code: string): void {
    const sent = this.outbox.list().find((command) => command.ref === ref);
    if (sent === undefined || ref === undefined) {
      this.asked = null;
      return this.emit("refused", code);
    }
    const { quiz, question } = sent.data as Sent;
    const isGivenUp = this.outbox.refuse(ref, code);
    if (isGivenUp) this.refusal = { quiz, question, code };
    this.emit("answered", { question, code: isGivenUp ? code : null });
  }
}

function placeOf({ quiz, question }: Sent): string {
  return `${quiz} ${question}`;
}
