import { make } from "../common/dom.ts";
import { say } from "../common/texts.ts";
import type { Desk } from "./act.ts";
import { FileTrouble, type FileDoor } from "./files.ts";

const PICTURES = "image/png,image/jpeg,image/webp";

/** Pictures from a button, the clipboard or another window, and slides. */
export class Bringing {
  constructor(
    private readonly desk: Desk,
    readonly door: FileDoor | null,
    private readonly tell: (sentence: string) => void,
  ) {}

  get isPossible(): boolean {
    return this.door !== null;
  }

  pickImage(): void {
    pick(PICTURES, (file) => void this.bringImage(file));
  }

  /** They come to the board by themselves; `done` when they did, or could not. */
  pickSlides(told: (percent: number) => void, done: () => void): void {
    const { door, desk } = this;
    if (door === null) return;
    pick("application/pdf", (file) => void this.attempt(async () => (await import("./carry.ts")).upload(door, file, file.name, desk.session.page, told), done));
  }

  listen(surface: HTMLElement, isShown: () => boolean): void {
    surface.addEventListener("dragover", (event) => {
      if (this.desk.session.mayDraw && event.dataTransfer?.types.includes("Files") === true) event.preventDefault();
    });
    surface.addEventListener("drop", (event) => {
      if (this.take(event.dataTransfer)) event.preventDefault();
    });
    document.addEventListener("paste", (event) => {
      const isWriting = event.target instanceof Element && event.target.closest("input, textarea") !== null;
      if (!isWriting && isShown() && this.take(event.clipboardData)) event.preventDefault();
    });
  }

  /** What the server refuses is said, whatever it was. */
  async attempt<Value>(act: () => Promise<Value>, done: () => void): Promise<Value | null> {
    try {
      return await act();
    } catch (error) {
      const key = `file.${error instanceof FileTrouble ? error.code : "unknown"}`;
      const sentence = say(key);
      this.tell(sentence === key ? say("file.unknown") : sentence);
      return null;
    } finally {
      done();
    }
  }

  private take(transfer: DataTransfer | null): boolean {
    const file = [...(transfer?.files ?? [])].find((one) => PICTURES.includes(one.type) && one.type !== "");
    if (file === undefined || !this.desk.session.mayDraw || this.door === null) return false;
    void this.bringImage(file);
    return true;
  }

  private async bringImage(file: File): Promise<void> {
    const { door, desk } = this;
    if (door === null) return;
    this.tell(say("board.image_comes"));
    await this.attempt(async () => (await import("./carry.ts")).bringPicture(desk, door, file), () => undefined);
  }
}

function pick(accept: string, chosen: (file: File) => void): void {
  const input = make("input", { type: "file", accept });
  input.addEventListener("change", () => {
    const file = input.files?.[0];
    if (file !== undefined) chosen(file);
  });
  input.click();
}
