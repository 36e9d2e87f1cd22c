import { makeId } from "../common/identity.ts";
import type { DrawRight, DurableBoardCommands, ItemPatch, Part } from "../wire/words.ts";
import { splitByWeight } from "./portions.ts";
import { BoardSight } from "./sight.ts";

/** What this person wants of the board; each is kept until it is answered. */
export abstract class BoardWishes extends BoardSight {
  protected abstract command<T extends keyof DurableBoardCommands>(type: T, data: DurableBoardCommands[T], ref?: string): void;

  eraseItems(items: string[]): void {
    for (const some of splitByWeight(items)) this.command("item.erase", { items: some });
  }

  changeItems(items: ItemPatch[]): void {
    for (const some of splitByWeight(items, 200)) this.command("item.change", { items: some });
  }

  /** What is left of each; nothing is left of those without parts. */
  divideItems(sources: ReadonlyMap<string, Part["points"][]>): void {
    for (const some of splitByWeight([...sources])) {
      const parts = some.flatMap(([source, pieces]) => pieces.map((points) => ({ source, points })));
      this.command("item.divide", { items: some.map(([source]) => source), parts });
    }
  }

  undo(): void {
    this.command("edit.undo", {});
  }

  redo(): void {
    this.command("edit.redo", {});
  }

  addPage(title: string, after?: string): void {
    const page = makeId();
    this.command("page.add", after === undefined ? { page, title } : { page, title, after });
    this.command("page.turn", { page });
  }

  duplicatePage(source: string, title: string): void {
    this.command("page.duplicate", { page: makeId(), source, title });
  }

  movePage(page: string, position: number): void {
    this.command("page.move", { page, position });
  }

  renamePage(page: string, title: string): void {
    this.command("page.rename", { page, title });
  }

  removePage(page: string): void {
    this.command("page.remove", { page });
  }

  clearPage(page: string): void {
    this.command("page.clear", { page });
  }

  turnPage(page: string): void {
    this.command("page.turn", { page });
  }

  changeRights(draw: DrawRight, named: readonly string[] = []): void {
    this.command("rights.change", { draw, named: [...named] });
  }

  changeFollow(on: boolean): void {
    this.command("follow.change", { on });
  }

  openAnswers(): void {
    this.command("answers.open", {});
  }

  closeAnswers(): void {
    this.command("answers.close", {});
  }

  revealAnswers(persons: string[] | "all"): void {
    this.command("answers.reveal", { persons });
  }
}
