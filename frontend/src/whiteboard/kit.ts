import { Emitter } from "../common/emitter.ts";

export const TOOLS = [
  "select",
  "pen",
  "highlighter",
  "line",
  "arrow",
  "rectangle",
  "ellipse",
  "text",
  "eraser",
  "area_eraser",
  "laser",
] as const;
export type Tool = (typeof TOOLS)[number];
export type ShapeTool = "line" | "arrow" | "rectangle" | "ellipse";

/** Each is readable on white. */
export const PALETTE = [
  ["black", "#1b1b1f"],
  ["blue", "#2a46b8"],
  ["red", "#c4161c"],
  ["green", "#00703a"],
  ["orange", "#b35300"],
  ["purple", "#7b2d8e"],
] as const;

/** Through these ink stays readable. */
export const HIGHLIGHTS = [
  ["yellow", "#ffd400"],
  ["lime", "#7ddc3c"],
  ["sky", "#4cc3ff"],
  ["pink", "#ff7ac2"],
] as const;

export const WIDTHS = [
  ["thin", 3],
  ["medium", 6],
  ["thick", 14],
] as const;

const HIGHLIGHT_TIMES = 5;
const LETTERS_TIMES = 3;

export function isShapeTool(tool: Tool): tool is ShapeTool {
  return tool === "line" || tool === "arrow" || tool === "rectangle" || tool === "ellipse";
}

/** What the hand holds. */
export class Kit extends Emitter<{ changed: undefined }> {
  tool: Tool = "pen";
  ink: string = PALETTE[0][1];
  highlight: string = HIGHLIGHTS[0][1];
  width: number = WIDTHS[0][1];
  isFilled = false;

  get colour(): string {
    return this.tool === "highlighter" ? this.highlight : this.ink;
  }

  get lineWidth(): number {
    return this.tool === "highlighter" ? Math.min(64, this.width * HIGHLIGHT_TIMES) : this.width;
  }

  /** Letters that go with the line: 24, 33, 57. */
  get letterSize(): number {
    return 15 + this.width * LETTERS_TIMES;
  }

  /** A lighter shade of the line's colour, so that what is written inside stays readable. */
  get fill(): string | null {
    return this.isFilled ? lighten(this.ink) : null;
  }

  choose(tool: Tool): void {
    this.tool = tool;
    this.emit("changed", undefined);
  }

  setColour(colour: string): void {
    if (this.tool === "highlighter") this.highlight = colour;
    else this.ink = colour;
    if (["eraser", "area_eraser", "laser"].includes(this.tool)) this.tool = "pen";
    this.emit("changed", undefined);
  }

  setWidth(width: number): void {
    this.width = width;
    this.emit("changed", undefined);
  }

  setFilled(isFilled: boolean): void {
    this.isFilled = isFilled;
    this.emit("changed", undefined);
  }
}

export function lighten(colour: string): string {
  const mix = (from: number): string => {
    const value = Number.parseInt(colour.slice(from, from + 2), 16);
    return Math.round(value + (255 - value) * 0.75).toString(16).padStart(2, "0");
  };
  return `#${mix(1)}${mix(3)}${mix(5)}`;
}
