/** Text in its box: lines as whiteboard/drawing/letters.py breaks them, shaped and ordered by the browser. */
import type { BoardCommands } from "../wire/words.ts";

export type TextShape = Extract<BoardCommands["item.add"], { kind: "text" }>;

export const LINE_HEIGHT = 1.25;
const BASELINE = 0.98;
export const FONT = '"DejaVu Sans", "Noto Sans", "Noto Sans Arabic", system-ui, sans-serif';

interface Line {
  text: string;
  isRtl: boolean;
}

type Measure = (text: string) => number;

const laidOut = new WeakMap<object, Line[]>();
let ruler: CanvasRenderingContext2D | null = null;

export function drawText(pen: CanvasRenderingContext2D, shape: TextShape): void {
  const [x, y, width] = shape.box;
  pen.font = `${shape.size}px ${FONT}`;
  pen.fillStyle = shape.colour;
  pen.textAlign = "start";
  pen.textBaseline = "alphabetic";
  for (const [index, { text, isRtl }] of linesOf(shape).entries()) {
    pen.direction = isRtl ? "rtl" : "ltr";
    pen.fillText(text, isRtl ? x + width : x, y + (index * LINE_HEIGHT + BASELINE) * shape.size);
  }
}

/** How high its box must be. */
export function heightOf(text: string, size: number, width: number): number {
  return Math.ceil(breakLines(text, width, measureAt(size)).length * size * LINE_HEIGHT);
}

function linesOf(shape: TextShape): Line[] {
  const known = laidOut.get(shape);
  if (known !== undefined) return known;
  const lines = breakLines(shape.text, shape.box[2], measureAt(shape.size));
  laidOut.set(shape, lines);
  return lines;
}

function measureAt(size: number): Measure {
  ruler ??= document.createElement("canvas").getContext("2d");
  const pen = ruler;
  if (pen === null) throw new Error("This browser has no canvas.");
  pen.font = `${size}px ${FONT}`;
  return (text) => pen.measureText(text).width;
}

/** Words as long as they fit; a word that is longer than a line is cut. Each paragraph has its own direction. */
export function breakLines(text: string, width: number, measure: Measure): Line[] {
  return text.split("\n").flatMap((paragraph) => {
    const isRtl = isRightToLeft(paragraph);
    return breakParagraph(paragraph, width, measure).map((line) => ({ text: line, isRtl }));
  });
}

function breakParagraph(paragraph: string, width: number, measure: Measure): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of paragraph.match(/\S+\s*/gu) ?? []) {
    if (line === "" || measure((line + word).trimEnd()) <= width) line += word;
    else {
      lines.push(line.trimEnd());
      line = word;
    }
    while (measure(line.trimEnd()) > width && [...line.trimEnd()].length > 1) {
      const cut = fitting(line, width, measure);
      lines.push(line.slice(0, cut));
      line = line.slice(cut);
    }
  }
  return [...lines, line.trimEnd()];
}

/** How much of it fits, at least one letter. */
function fitting(word: string, width: number, measure: Measure): number {
  let length = 0;
  for (const letter of word) {
    if (length > 0 && measure(word.slice(0, length + letter.length)) > width) break;
    length += letter.length;
  }
  return length;
}

/** The first letter decides. */
export function isRightToLeft(text: string): boolean {
  const first = /\p{L}/u.exec(text)?.[0];
  return first !== undefined && /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u.test(first);
}

/** How wide its longest line is. */
export function widthOf(text: string, size: number, width: number): number {
  const measure = measureAt(size);
  return Math.max(0, ...breakLines(text, width, measure).map((line) => measure(line.text)));
}
