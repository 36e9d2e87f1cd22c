import { make, setText } from "../common/dom.ts";
import { say, sayRefusal } from "../common/texts.ts";
import { nameChoice } from "./chart.ts";
import { hasChoices, readNumber, type Mine, type Question, type Quiz, type Value } from "./quiz.ts";

export interface AnswerCard {
  element: HTMLElement;
  /** How it stands with my answer: kept, on its way, refused, or not given yet. */
  note(mine: Mine | undefined, isWaiting: boolean, code: string | null): void;
}

/** One question with what a student needs to answer it; by keyboard it is a form like any other. */
export function makeAnswerCard(quiz: Quiz, question: Question, answer: (value: Value) => void): AnswerCard {
  const field = hasChoices(question.kind) ? makeChoices(question) : makeText(question);
  const status = make("p", { class: "answer-status", role: "status" });
  const send = make("button", { type: "submit" }, say("quiz.send"));
  const legend = make("legend", {}, make("bdi", {}, question.text));
  const form = make("form", { class: "answer", novalidate: true }, make("fieldset", {}, legend, ...field.elements), send, status);
  let wasGiven = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const value = field.read();
    if (value === null) return setText(status, say(question.kind === "numeric" ? "quiz.not_a_number" : "quiz.choose_first"));
    answer(value);
  });

  function note(mine: Mine | undefined, isWaiting: boolean, code: string | null): void {
    if (mine !== undefined && !wasGiven) field.write(mine.value);
    wasGiven ||= mine !== undefined;
    const isFinal = mine !== undefined && !quiz.may_change;
    for (const input of form.elements) if (input instanceof HTMLInputElement) input.disabled = isFinal;
    send.hidden = isFinal;
    setText(send, say(mine === undefined ? "quiz.send" : "quiz.send_again"));
    setText(status, sayHow(mine, isWaiting, code, isFinal));
    status.dataset["state"] = code !== null ? "refused" : isWaiting ? "waiting" : mine !== undefined ? "kept" : "";
  }
  return { element: form, note };
}

function sayHow(mine: Mine | undefined, isWaiting: boolean, code: string | null, isFinal: boolean): string {
  if (code !== null) return sayRefusal(code);
  if (isWaiting) return say("quiz.on_its_way");
  return mine === undefined ? "" : say(isFinal ? "quiz.sent_final" : "quiz.sent");
}

interface Field {
  elements: HTMLElement[];
  read(): Value | null;
  write(value: Value): void;
}

function makeChoices(question: Question): Field {
  const type = question.kind === "multiple" ? "checkbox" : "radio";
  const inputs = question.choices.map(({ id }) => make("input", { type, name: question.id, value: id }));
  const labels = inputs.map((input) => make("label", { class: "answer-choice" }, input, make("bdi", {}, nameChoice(question, input.value))));
  const hint = question.kind === "multiple" ? [make("small", {}, say("quiz.several"))] : [];
  return {
    elements: [...hint, ...labels],
    read: () => {
      const chosen = inputs.filter((input) => input.checked).map((input) => input.value);
      if (chosen.length === 0) return null;
      return question.kind === "multiple" ? chosen : (chosen[0] ?? null);
    },
    write: (value) => {
      for (const input of inputs) input.checked = Array.isArray(value) ? value.includes(input.value) : input.value === value;
    },
  };
}

function makeText(question: Question): Field {
  const isNumber = question.kind === "numeric";
  const label = say(isNumber ? "quiz.your_number" : "quiz.your_answer");
  const input = make("input", { type: "text", inputmode: isNumber ? "decimal" : "text", maxlength: 200, autocomplete: "off", dir: "auto", "aria-label": label });
  return {
    elements: [input],
    read: () => (isNumber ? readNumber(input.value) : input.value.trim() || null),
    write: (value) => (input.value = String(value)),
  };
}
