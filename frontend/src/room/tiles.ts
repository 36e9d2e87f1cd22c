import { make, setAttribute, setText } from "../common/dom.ts";
import { drawIcon } from "../common/icons.ts";
import { say } from "../common/texts.ts";
import type { Participant } from "../wire/words.ts";
import type { RemoteTracks } from "./engine.ts";

const SPEAKING = 0.03;

interface Tile {
  element: HTMLElement;
  video: HTMLVideoElement;
  audio: HTMLAudioElement | null;
  name: HTMLElement;
  /** "Guest", for those who are. */
  guest: HTMLElement;
  initial: HTMLElement;
}

/** One tile a person: their picture or their initial, their name, and whether they speak. */
export class Tiles {
  readonly element = make("aside", { class: "tiles", tabindex: 0, "aria-label": say("room.people") });
  private readonly tiles = new Map<string, Tile>();
  /** Whether others' pictures are shown; over a poor network they are not even sent here. */
  pictures = true;

  constructor(
    private readonly me: string,
    private readonly soundBlocked: () => void,
  ) {}

  show(people: readonly Participant[]): void {
    const here = new Set(people.map((person) => person.occupant));
    for (const [occupant, tile] of this.tiles) if (!here.has(occupant)) this.remove(occupant, tile);
    for (const [index, person] of people.entries()) this.showPerson(person, index);
  }

  receive({ occupant, microphone, camera }: RemoteTracks): void {
    const tile = this.tileOf(occupant);
    play(tile.video, camera);
    if (tile.audio === null) return;
    tile.audio.srcObject = microphone;
    tile.audio.play().catch(() => this.soundBlocked());
  }

  showOwnPicture(picture: MediaStream | null): void {
    play(this.tileOf(this.me).video, picture);
  }

  /** After a touch, sound that the browser held back may begin. */
  unblockSound(): void {
    for (const { audio } of this.tiles.values()) if (audio?.paused === true) void audio.play().catch(() => undefined);
  }

  showLoudness(of: (occupant: string) => number): void {
    for (const [occupant, { element }] of this.tiles) {
      setAttribute(element, "data-speaking", of(occupant) > SPEAKING && !element.hasAttribute("data-muted"));
    }
  }

  /** Remote pictures that really move here: the tour counts them. */
  countPlaying(): number {
    const remote = [...this.tiles].filter(([occupant]) => occupant !== this.me);
    return remote.filter(([, { video }]) => !video.hidden && isPlaying(video)).length;
  }

  private showPerson(person: Participant, index: number): void {
    const tile = this.tileOf(person.occupant);
    const mine = person.occupant === this.me;
    setText(tile.name, mine ? say("room.you", { name: person.name }) : person.name);
    tile.guest.hidden = person.role !== "guest";
    setText(tile.initial, readInitial(person.name));
    setAttribute(tile.element, "data-muted", !person.microphone);
    setAttribute(tile.element, "data-role", person.role);
    const isSeen = person.camera === true && (mine || this.pictures);
    tile.video.hidden = !isSeen;
    tile.initial.hidden = isSeen;
    if (this.element.children[index] !== tile.element) this.element.insertBefore(tile.element, this.element.children[index] ?? null);
  }

  private tileOf(occupant: string): Tile {
    const known = this.tiles.get(occupant);
    if (known !== undefined) return known;
    const tile = makeTile(occupant === this.me);
    this.tiles.set(occupant, tile);
    return tile;
  }

  private remove(occupant: string, tile: Tile): void {
    tile.element.remove();
    tile.video.srcObject = null;
    if (tile.audio !== null) tile.audio.srcObject = null;
    this.tiles.delete(occupant);
  }
}

export function isPlaying(video: HTMLVideoElement): boolean {
  return !video.paused && video.readyState >= 2 && video.videoWidth > 2;
}

export function play(video: HTMLVideoElement, stream: MediaStream | null): void {
  if (video.srcObject === stream) return;
  video.srcObject = stream;
  if (stream !== null) void video.play().catch(() => undefined);
}

function makeTile(mine: boolean): Tile {
  const video = make("video", { autoplay: true, playsinline: true, class: mine ? "mirrored" : undefined });
  video.muted = true;
  const audio = mine ? null : make("audio", { autoplay: true });
  const name = make("bdi", { class: "tile-name" });
  const initial = make("span", { class: "tile-initial", "aria-hidden": "true" });
  const muted = make("span", { class: "tile-muted", title: say("room.is_muted") }, drawIcon("microphone_off"));
  muted.append(make("span", { class: "visually-hidden" }, say("room.is_muted")));
  const guest = make("span", { class: "tile-guest" }, say("role.guest"));
  const foot = make("div", { class: "tile-foot" }, muted, name, guest);
  const element = make("div", { class: "tile" }, initial, video, audio, foot);
  return { element, video, audio, name, guest, initial };
}

const PLAIN_LETTER = /^[\p{Lu}\p{Ll}](?![\p{M}\p{Cf}])/u;

/** Where letters may be of several signs the browser has to load what it knows about that: a tenth of a second. */
function readInitial(name: string): string {
  const plain = PLAIN_LETTER.exec(name.trim());
  if (plain !== null) return plain[0].toLocaleUpperCase();
  const [first] = new Intl.Segmenter().segment(name.trim());
  return (first?.segment ?? "?").toLocaleUpperCase();
}
