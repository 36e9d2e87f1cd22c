import { make, setAttribute, setText } from "../common/dom.ts";
import { say } from "../common/texts.ts";
import { isPlaying, play } from "./tiles.ts";

export type View = "board" | "screen";

/** The large place: the board, or the screen that somebody shares; a tab keeps the other one near. */
export class Stage {
  readonly element: HTMLElement;
  private readonly video = make("video", { autoplay: true, playsinline: true, class: "stage-screen" });
  private readonly tabs: Record<View, HTMLButtonElement>;
  private readonly tabList: HTMLElement;
  private view: View = "board";
  private screenOf: string | null = null;

  constructor(
    private readonly board: HTMLElement,
    /** Told when the view changes; an engine with its own picture takes the stage itself. */
    private readonly viewChanged: (view: View) => void,
  ) {
    this.video.muted = true;
    this.tabs = { board: this.makeTab("board"), screen: this.makeTab("screen") };
    setText(this.tabs.board, say("board.name"));
    this.tabList = make("div", { class: "stage-tabs", role: "group", "aria-label": say("room.stage") }, this.tabs.screen, this.tabs.board);
    this.element = make("section", { class: "stage" }, this.tabList, board, this.video);
    this.refresh();
  }

  /** `key` says whose screen it is; a new one takes the stage, its end gives it back to the board. */
  offerScreen(key: string | null, label: string, stream: MediaStream | null, takeStage: boolean): void {
    const isNew = key !== this.screenOf;
    this.screenOf = key;
    setText(this.tabs.screen, label);
    play(this.video, key === null ? null : stream);
    if (isNew) this.show(key !== null && takeStage ? "screen" : "board");
    else this.refresh();
  }

  isPlayingScreenOf(key: string): boolean {
    return this.screenOf === key && isPlaying(this.video);
  }

  private show(view: View): void {
    this.view = view;
    this.refresh();
    this.viewChanged(view);
  }

  private makeTab(view: View): HTMLButtonElement {
    const tab = make("button", { type: "button", class: "stage-tab" });
    tab.addEventListener("click", () => this.show(view));
    return tab;
  }

  private refresh(): void {
    this.tabList.hidden = this.screenOf === null;
    for (const view of ["board", "screen"] as const) setAttribute(this.tabs[view], "aria-pressed", String(view === this.view));
    this.board.hidden = this.view !== "board";
    this.video.hidden = this.view !== "screen" || this.video.srcObject === null;
  }
}
