import { say } from "../common/texts.ts";
import { PAGE_HEIGHT, PAGE_WIDTH, type ViewMoved } from "../wire/words.ts";
import type { BoardCanvas } from "./canvas.ts";
import type { BoardSession } from "./session.ts";

const VIEW_MS = 100;

/** Pages, zoom, and who leads whom. */
export class Looking {
  /** Set by the page bar, which shows how large the page is seen. */
  zoomed: () => void = () => undefined;
  private timer = 0;
  private page = "";

  constructor(
    private readonly session: BoardSession,
    private readonly canvas: BoardCanvas,
  ) {
    session.on("viewed", (view) => this.follow(view));
  }

  /** Nobody leads this person: pages, zoom and pan are theirs. */
  get mayLook(): boolean {
    return !this.session.isLed;
  }

  get isZoomed(): boolean {
    return this.canvas.lens.zoom > 1;
  }

  pan(left: number, top: number): void {
    if (!this.mayLook) return;
    this.canvas.lens.pan(left, top);
    this.changed();
  }

  /** `left` and `top` are pixels of the sheet: what lies there stays there. */
  zoomAt(left: number, top: number, factor: number): void {
    if (!this.mayLook) return;
    this.canvas.lens.zoomAt(left, top, factor);
    this.changed();
  }

  zoomBy(factor: number): void {
    const { fit } = this.canvas.lens;
    this.zoomAt((PAGE_WIDTH * fit) / 2, (PAGE_HEIGHT * fit) / 2, factor);
  }

  reset(): void {
    if (!this.mayLook) return;
    this.canvas.lens.reset();
    this.changed();
  }

  /** Staff turn the page for everybody, everybody else only their own. */
  goTo(page: string): void {
    if (this.session.mayLead) this.session.turnPage(page);
    else this.session.lookAtPage(page);
  }

  turn(step: number): void {
    const { pages } = this.session.state;
    const target = pages[pages.findIndex((page) => page.id === this.session.page) + step];
    if (target !== undefined && this.mayLook) this.goTo(target.id);
  }

  addPage(): void {
    const { session } = this;
    session.addPage(say("board.page_title", { n: session.state.pages.length + 1 }), session.page === "" ? undefined : session.page);
  }

  shiftPage(page: string, step: number): void {
    const { pages } = this.session.state;
    const position = pages.findIndex((one) => one.id === page) + step;
    if (this.session.mayLead && position >= 0 && position < pages.length) this.session.movePage(page, position);
  }

  setFollow(on: boolean): void {
    this.session.changeFollow(on);
    if (on) this.tell();
  }

  /** Another page begins with all of it. True when it is another one. */
  noticePage(): boolean {
    const { page } = this.session;
    if (page === this.page) return false;
    this.page = page;
    if (this.canvas.lens.zoom !== 1) {
      this.canvas.lens.reset();
      this.changed();
    }
    return true;
  }

  private follow(view: ViewMoved | null): void {
    if (view === null || !this.session.isLed || view.page !== this.session.page) return;
    this.canvas.lens.set(view);
    this.canvas.moved();
    this.zoomed();
  }

  private changed(): void {
    this.canvas.moved();
    this.zoomed();
    if (this.session.mayLead && this.session.state.follow && this.timer === 0) {
      this.timer = setTimeout(() => this.tell(), VIEW_MS) as unknown as number;
    }
  }

  private tell(): void {
    this.timer = 0;
    const { x, y, zoom } = this.canvas.lens;
    this.session.moveView({ page: this.session.page, x, y, zoom });
  }
}
