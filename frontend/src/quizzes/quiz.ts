/** What docs/wire.md calls a quiz, and the small arithmetic around it. */

export type Kind = "single" | "multiple" | "true_false" | "numeric" | "short_text" | "opinion";
export type Value = string | number | string[];

export interface Question {
  id: string;
  kind: Kind;
  text: string;
  choices: { id: string; text: string }[];
}

export interface Tally {
  question: string;
  answered: number;
  bars: [what: string, times: number][];
}

export interface Key {
  question: string;
  choices: string[];
  number: number | null;
  tolerance: number;
  variants: string[];
  explanation: string;
}

export interface Mine {
  value: Value;
  correct?: boolean | null;
  score?: number;
}

export interface Quiz {
  id: string;
  state: "open" | "closed" | "revealed";
  anonymous: boolean;
  may_change: boolean;
  shared: boolean;
  opened_at: number;
  closes_at: number;
  questions: Question[];
  tally: Tally[] | null;
  key: Key[] | null;
  mine: Record<string, Mine>;
}

export interface QuizYou {
  person: string;
  may_run: boolean;
  may_answer: boolean;
}

export interface BankQuestion {
  id: string;
  kind: Kind;
  text: string;
  tags: string[];
  seconds: number;
}

const WITH_CHOICES: ReadonlySet<Kind> = new Set(["single", "multiple", "true_false", "opinion"]);

export function hasChoices(kind: Kind): boolean {
  return WITH_CHOICES.has(kind);
}

export function tallyOf(quiz: Quiz, question: string): Tally | null {
  return quiz.tally?.find((one) => one.question === question) ?? null;
}

export function keyOf(quiz: Quiz, question: string): Key | null {
  return quiz.key?.find((one) => one.question === question) ?? null;
}

/** Whole seconds that are left by the server's clock; `offset` is what the server's clock is ahead of ours. */
export function secondsLeft(quiz: Quiz, offset: number, now: number): number {
  return Math.max(0, Math.ceil((quiz.closes_at - now - offset) / 1000));
}

export function showTime(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** A number as people type it, in any digits, with comma or point; null for anything else. */
export function readNumber(text: string): number | null {
  const plain = text
    .trim()
    .replace(/[٠-٩]/g, (digit) => String(digit.charCodeAt(0) - 0x660))
    .replace(/[۰-۹]/g, (digit) => String(digit.charCodeAt(0) - 0x6f0))
    .replace(/[٫,]/, ".");
  return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(plain) ? Number(plain) : null;
}

/** What somebody wrote and what counts as right are compared here only to colour a bar; the server judges. */
export function isRight(key: Key, question: Question, what: string): boolean {
  if (hasChoices(question.kind)) return key.choices.includes(what);
  if (question.kind === "numeric") return key.number !== null && Math.abs(Number(what) - key.number) <= key.tolerance + 1e-9;
  const plain = normalise(what);
  return key.variants.some((one) => normalise(one) === plain);
}

function normalise(text: string): string {
  const plain = text.normalize("NFKC").replace(/[\u0640\u064b-\u0652\u0670]/g, "").toLowerCase();
  return plain.split(/\s+/).join(" ").replace(/^[\s.,;:!?¿¡"'«»“”‘’…،؛؟。、！？]+|[\s.,;:!?¿¡"'«»“”‘’…،؛؟。、！？]+$/g, "");
}
