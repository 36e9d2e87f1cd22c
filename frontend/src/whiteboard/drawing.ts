/** One renderer for each kind. What is drawn here is drawn in recordings and exports by whiteboard/drawing. */
import { PAGE_HEIGHT, PAGE_WIDTH, type Background } from "../wire/words.ts";
import { drawHalo, isLater } from "./later.ts";
import { drawText, type TextShape } from "./letters.ts";
import { inkLine } from "./packed_ink.ts";
import { isDense, lineOf, partOf, traceCoarse, tracePath, type Line } from "./path.ts";
import type { Pictures } from "./pictures.ts";
import { headOf, type Ink, type Shape } from "./shape.ts";

type Pen = CanvasRenderingContext2D;
type Kind<Name> = Extract<Shape, { kind: Name }>;

const HIGHLIGHT = 0.4;
const HARDLY_WIDER = 1.3;
/** Device pixels: between points that lie closer together than this a curve and a straight line are the same. */
const GRAIN = 1.5;
const WAITING = "#8b96ad";

/** Line ends and corners are round already (`aimPen`). `hair` is how wide one device pixel is: a pen that is hardly wider is drawn as a hairline, for a fifth of the work. */
export function drawShape(pen: Pen, shape: Shape, pictures: Pictures, hair = 0): void {
  if (isLater(shape)) drawHalo(pen, shape);
  switch (shape.kind) {
    case "pen":
      return drawPen(pen, shape, hair);
    case "highlighter":
      return drawHighlighter(pen, shape);
    case "line":
      return drawLine(pen, shape);
    case "arrow":
      return drawArrow(pen, shape);
    case "rectangle":
    case "ellipse":
      return drawFrame(pen, shape);
    case "text":
      return drawText(pen, shape satisfies TextShape);
    case "image":
      return drawPicture(pen, shape.file, 1, shape.box, pictures);
  }
}

export function drawBackground(pen: Pen, background: Background, pictures: Pictures): void {
  const { file, page, width, height } = background;
  const share = Math.min(PAGE_WIDTH / width, PAGE_HEIGHT / height);
  const [wide, high] = [width * share, height * share];
  drawPicture(pen, file, page, [(PAGE_WIDTH - wide) / 2, (PAGE_HEIGHT - high) / 2, wide, high], pictures);
}

function drawPen(pen: Pen, ink: Ink, hair: number): void {
  const { colour, width } = ink;
  const line = inkLine(ink);
  pen.strokeStyle = colour;
  if (width > hair && width < hair * HARDLY_WIDER) return strokeThrough(pen, line, hair * 0.99, hair * GRAIN);
  if (line.pressures === null) return strokeThrough(pen, line, width, hair * GRAIN);
  const widths = Array.from({ length: line.count }, (_, n) => widthAt(line, n, width));
  let begins = 0;
  for (let place = 1; place <= line.count; place += 1) {
    if (place < line.count && widths[place] === widths[begins]) continue;
    strokeThrough(pen, partOf(line, begins, place + 1), widths[begins] ?? width);
    begins = place;
  }
}

/** 0.5 to 1.5 of its width, in steps of half a unit. */
function widthAt({ pressures, from }: Line, n: number, width: number): number {
  const pressure = Math.max(0, Math.min(1, pressures?.[from / 2 + n] ?? 0.5));
  return Math.max(0.5, Math.round(width * (0.5 + pressure) * 2) / 2);
}

function strokeThrough(pen: Pen, line: Line, width: number, grain = 0): void {
  pen.lineWidth = width;
  pen.beginPath();
  if (grain > 0 && isDense(line, grain)) traceCoarse(pen, line, grain);
  else tracePath(pen, line);
  pen.stroke();
}

/** Darkens what lies under it, so that ink stays as black as it was. */
function drawHighlighter(pen: Pen, ink: Ink): void {
  pen.save();
  pen.globalAlpha = HIGHLIGHT;
  pen.globalCompositeOperation = "multiply";
  pen.strokeStyle = ink.colour;
  strokeThrough(pen, inkLine(ink), ink.width);
  pen.restore();
}

function drawLine(pen: Pen, { colour, width, from, to }: Kind<"line">): void {
  pen.strokeStyle = colour;
  strokeThrough(pen, lineOf(from[0] === to[0] && from[1] === to[1] ? [from] : [from, to]), width);
}

function drawArrow(pen: Pen, { colour, width, from, to }: Kind<"arrow">): void {
  const far = Math.hypot(to[0] - from[0], to[1] - from[1]);
  pen.strokeStyle = pen.fillStyle = colour;
  if (far < 0.01) return strokeThrough(pen, lineOf([from]), width);
  const head = headOf(width);
  const [x, y] = [((to[0] - from[0]) / far) * head, ((to[1] - from[1]) / far) * head];
  if (far > head / 2) strokeThrough(pen, lineOf([from, [to[0] - x / 2, to[1] - y / 2]]), width);
  pen.beginPath();
  pen.moveTo(to[0], to[1]);
  pen.lineTo(to[0] - x - y / 2, to[1] - y + x / 2);
  pen.lineTo(to[0] - x + y / 2, to[1] - y - x / 2);
  pen.closePath();
  pen.fill();
}

function drawFrame(pen: Pen, { kind, colour, width, fill, box: [x, y, wide, high] }: Kind<"rectangle"> | Kind<"ellipse">): void {
  pen.beginPath();
  if (kind === "rectangle") pen.rect(x, y, wide, high);
  else pen.ellipse(x + wide / 2, y + high / 2, wide / 2, high / 2, 0, 0, 2 * Math.PI);
  pen.lineWidth = width;
  pen.strokeStyle = colour;
  if (fill !== null) {
    pen.fillStyle = fill;
    pen.fill();
  }
  pen.stroke();
}

type Frame = readonly [number, number, number, number];

/** A grey frame where a picture is to be; crossed out when it cannot come. */
function drawPicture(pen: Pen, file: string, page: number, [x, y, wide, high]: Frame, pictures: Pictures): void {
  const picture = pictures.find(file, page);
  if (typeof picture !== "string") return pen.drawImage(picture, x, y, wide, high);
  pen.save();
  pen.fillStyle = "#eef1f7";
  pen.fillRect(x, y, wide, high);
  pen.strokeStyle = WAITING;
  pen.lineWidth = 1.5;
  pen.setLineDash([6, 6]);
  pen.strokeRect(x, y, wide, high);
  if (picture === "failed") {
    pen.setLineDash([]);
    pen.beginPath();
    pen.moveTo(x, y);
    pen.lineTo(x + wide, y + high);
    pen.moveTo(x + wide, y);
    pen.lineTo(x, y + high);
    pen.stroke();
  } else drawDots(pen, x + wide / 2, y + high / 2);
  pen.restore();
}

function drawDots(pen: Pen, x: number, y: number): void {
  pen.fillStyle = WAITING;
  for (const step of [-14, 0, 14]) {
    pen.beginPath();
    pen.arc(x + step, y, 4, 0, 2 * Math.PI);
    pen.fill();
  }
}
