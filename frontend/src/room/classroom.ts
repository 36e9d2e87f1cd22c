import { make, setAttribute } from "../common/dom.ts";
import { hasPictures, keepProfile, readProfile, type Profile } from "../common/profile.ts";
import { say, sayRefusal } from "../common/texts.ts";
import { QuizPanel } from "../quizzes/panel.ts";
import type { QuizSession } from "../quizzes/session.ts";
import { addHeatmapPanel } from "../heatmap/panel.ts";
import { makeHandButton } from "../talk/hand_button.ts";
import { addTalkPanels } from "../talk/panels.ts";
import { makeFloats, makeReactionMenu } from "../talk/reactions.ts";
import type { TalkSession } from "../talk/session.ts";
import type { BoardSession } from "../whiteboard/session.ts";
import { findFileDoor } from "../whiteboard/files.ts";
import { makeWhiteboard, type Whiteboard } from "../whiteboard/whiteboard.ts";
import { storage } from "../wire/storage.ts";
import type { Participant, Waiting } from "../wire/words.ts";
import { Attention } from "./attention.ts";
import { BreakoutBanner } from "./breakout_banner.ts";
import { BreakoutPanel } from "./breakout_panel.ts";
import { makeBottomBar } from "./bottom_bar.ts";
import { confirmByDialog } from "./dialog.ts";
import { offerToContinue } from "./continue_offer.ts";
import { makeDoor, type Door } from "./door.ts";
import type { EngineEvents, RemoteTracks, VideoEngine } from "./engine.ts";
import { listenToRoomKeys, ROOM_KEYS } from "./keys.ts";
import { sayTrouble } from "./lobby.ts";
import { measureLevel } from "./levels.ts";
import { LinkJudge, worse, type LinkSample } from "./link_judge.ts";
import { makeNetworkMenu, type NetworkMenu } from "./network.ts";
import type { RoomPage } from "./page.ts";
import { PeoplePanel, type PeopleActs } from "./people_panel.ts";
import type { RoomSession } from "./session.ts";
import { offerStream } from "./stream_offer.ts";
import { PupilView } from "./pupil_view.ts";
import { SidePanel } from "./side_panel.ts";
import { Stage } from "./stage.ts";
import { sortPeople, type RoomState } from "./state.ts";
import { Tiles } from "./tiles.ts";
import { showToast } from "./toast.ts";
import { makeTopBar } from "./top_bar.ts";
import type { DoorActions } from "./waiting_list.ts";

export interface ClassroomParts {
  page: RoomPage;
  /** The main room's session, also in a breakout room. */
  main: RoomSession;
  /** The breakout room where I am; null in the main room. */
  at: string | null;
  /** To a breakout room, for those who may go into each; null is the main room. */
  visit(room: string | null): void;
  room: RoomSession;
  board: BoardSession;
  quizzes: QuizSession;
  talk: TalkSession;
  engine: VideoEngine | null;
  /** Where an engine with its own picture draws it; null when the pictures are tiles. */
  frame: HTMLElement | null;
  /** The address for guests, when a meeting has just begun. */
  invitation: string | null;
  leave(): void;
}

const LOOK_MS = 5_000;

const LOUDNESS_MS = 200;

/** Everything between the lobby and the end, on one screen. */
export class Classroom {
  readonly element: HTMLElement;
  readonly tiles: Tiles;
  private readonly stage: Stage;
  private readonly whiteboard: Whiteboard;
  private readonly top;
  private readonly bar;
  private readonly side = new SidePanel();
  private readonly people: PeoplePanel;
  private readonly attention = new Attention();
  private readonly door: Door | null;
  private readonly network: NetworkMenu;
  private readonly judge = new LinkJudge();
  private profile: Profile = readProfile();
  private readonly screens = new Map<string, MediaStream>();
  private readonly stops: (() => void)[] = [];
  private missing: HTMLElement | null = null;
  private ownLoudness = 0;
  private looks = 0;
  private wasPromoted = false;
  private ownMicrophone: (() => void) | null = null;

  constructor(private readonly parts: ClassroomParts) {
    const { page, board, engine, room, frame } = parts;
    this.tiles = new Tiles(room.occupant, () => showToast(say("room.touch_to_hear")));
    const door = page.may_manage || page.keeps_door === true ? this.makeDoorActions() : null;
    this.door = door === null ? null : makeDoor(door, parts.at === null ? parts.invitation : null);
    this.network = makeNetworkMenu(page, { choose: (profile) => this.choose(profile), reload: this.makeReload() });
    this.people = new PeoplePanel(page.person.id, page.may_moderate === true ? this.makePeopleActs() : null, door, door === null ? null : () => room.askAudience());
    this.top = makeTopBar(page, this.door?.element ?? null, this.network.element, this.side.buttons);
    const { tools, floats } = this.makeTalkTools();
    const maySend = parts.at !== null || page.recorded?.may_send !== false;
    this.bar = makeBottomBar(engine, { leave: parts.leave, end: page.may_manage ? () => void this.end() : null }, tools, maySend);
    const main = make("main", { class: "room-main", "data-engine": engine?.kind ?? "none", "data-view": "board" });
    this.whiteboard = makeWhiteboard(board, findFileDoor(page.board_socket, page.csrf), showToast);
    if (parts.at === null && typeof page.continue_url === "string") {
      this.whiteboard.element.append(offerToContinue(board, { url: page.continue_url, csrf: page.csrf }, showToast));
    }
    this.stage = new Stage(this.whiteboard.element, (view) => (main.dataset["view"] = view));
    main.append(frame ?? this.tiles.element, this.stage.element);
    this.element = make("div", { class: "room" }, this.top.element, make("div", { class: "room-middle" }, main, this.side.element, floats), this.bar.element, this.network.offer);
    this.stops.push(new QuizPanel(this.parts.quizzes, this.side, page.results_url).start());
    this.whiteboard.tellKeys({ title: say("keys.room"), keys: ROOM_KEYS.map(({ label, name }) => ({ keys: [`alt+${label}`], sentence: say(`keys.${name}`) })) });
    this.stops.push(addTalkPanels(parts.talk, this.side, page.may_manage, showToast));
    this.side.add(this.people);
    if (page.heatmap_socket != null) this.stops.push(addHeatmapPanel(this.side, page.heatmap_socket));
    if (page.may_manage) this.addPupilView();
    this.stops.push(this.attention.start(), this.listenToKeys());
    this.connectBreakouts();
    this.showProfile();
    this.connect();
    this.stops.push(offerStream(room, page, this.network, showToast));
    if (parts.at === null && page.recorded !== undefined) showToast(page.recorded.notice);
    if (page.suggested_profile === "saver" && this.profile === "normal") this.network.offerLess("saver", say("room.crowded"));
  }

  stop(): void {
    for (const stop of this.stops.splice(0)) stop();
    this.ownMicrophone?.();
  }

  /** My own microphone's loudness; the engine knows only the others'. */
  watchMicrophone(track: MediaStreamTrack | null): void {
    this.ownMicrophone?.();
    this.ownLoudness = 0;
    this.ownMicrophone = track === null ? null : measureLevel(track, (level) => (this.ownLoudness = level));
  }

  private makeTalkTools(): { tools: HTMLElement[]; floats: HTMLElement } {
    const { talk } = this.parts;
    const parts = [makeHandButton(talk, showToast), makeReactionMenu(talk, showToast), makeFloats(talk)] as const;
    this.stops.push(...parts.map(({ stop }) => stop));
    const [hand, reactions, floats] = parts;
    return { tools: [hand.element, reactions.element], floats: floats.element };
  }

  /** A panel for those who hold the lesson, a banner for everybody. */
  private connectBreakouts(): void {
    const { page, main, at, visit } = this.parts;
    const plans = page.breakout_plans ?? null;
    const banner = new BreakoutBanner(main, at, plans !== null, () => visit(null));
    this.top.element.after(banner.element);
    this.stops.push(banner.start());
    if (plans !== null) this.stops.push(new BreakoutPanel(main, this.side, plans, page.capacity, at, visit).start());
    if (at === null) return;
    this.stops.push(main.on("refused", (code) => showToast(sayRefusal(code))));
  }

  private makeDoorActions(): DoorActions {
    const { room } = this.parts;
    const tell = (isSent: boolean): void => void (isSent || showToast(say("room.not_connected")));
    return {
      admit: (knock: string) => tell(room.admit(knock)),
      refuse: (knock: string) => tell(room.refuse(knock)),
      admitAll: () => tell(room.admitAll()),
    };
  }

  private connect(): void {
    const { room, board, talk, quizzes, engine } = this.parts;
    this.stops.push(
      room.on("changed", (state) => this.show(state)),
      room.on("audience", (listed) => this.people.showAudience(listed)),
      room.on("status", () => this.showStatus()),
      room.on("refused", (code) => showToast(sayRefusal(code))),
      board.on("status", () => this.showStatus()),
      talk.on("status", () => this.showStatus()),
      quizzes.on("status", () => this.showStatus()),
      storage.on("changed", () => this.showStatus()),
      board.on("refused", (code) => showToast(sayRefusal(code))),
    );
    if (engine !== null) this.connectEngine(engine);
    const unblock = (): void => this.tiles.unblockSound();
    addEventListener("pointerdown", unblock);
    this.stops.push(() => removeEventListener("pointerdown", unblock));
    if (room.state !== null) this.show(room.state);
  }

  private makePeopleActs(): PeopleActs {
    const { room } = this.parts;
    const tell = (isSent: boolean): void => void (isSent || showToast(say("room.not_connected")));
    return {
      mutesInApp: this.parts.page.mutes_in_app === true,
      mute: ({ person }) => tell(room.mute(person)),
      muteAll: () => tell(room.muteAll()),
      promote: (person) => void this.promote(person),
      putOut: (person) => void this.putOut(person),
    };
  }

  private addPupilView(): void {
    const view = new PupilView(this.parts, this.whiteboard.makePreview());
    this.side.add(view);
    this.stops.push(view.start());
  }

  private listenToKeys(): () => void {
    return listenToRoomKeys({
      toggle: (device) => this.bar.toggle(device),
      togglePanel: (place) => this.side.toggle(place),
      goToExits: () => this.bar.focusExits(),
    });
  }

  private connectEngine(engine: VideoEngine): void {
    this.stops.push(
      engine.on("local", (local) => this.showLocal(local)),
      engine.on("tracks", (tracks) => this.receive(tracks)),
      engine.on("gone", ({ occupant }) => this.screens.delete(occupant)),
      engine.on("trouble", ({ device, trouble }) => showToast(sayTrouble(device, trouble))),
      engine.on("sharing", (on) => this.stage.offerScreen(on ? "frame" : null, say("room.video"), null, true)),
      engine.on("returning", () => showToast(say("network.reloading"))),
      engine.on("failed", () => this.showVideoFailed()),
      engine.on("left", () => this.parts.leave()),
      this.parts.room.on("muted", () => {
        showToast(say("people.you_were_muted"));
        void engine.setMicrophone(false);
      }),
    );
    const timer = setInterval(() => this.showLoudness(engine), LOUDNESS_MS);
    const looks = setInterval(() => void this.look(engine), LOOK_MS);
    this.stops.push(() => clearInterval(timer), () => clearInterval(looks));
  }

  private makeReload(): (() => void) | null {
    const { engine } = this.parts;
    if (engine?.reload === undefined) return null;
    return () => {
      this.missing?.remove();
      void engine.reload?.().catch(() => this.showVideoFailed());
    };
  }

  /** By hand, or because it was offered: from now on, here and on this device. */
  private choose(profile: Profile): void {
    this.profile = profile;
    keepProfile(profile);
    this.judge.rest(performance.now());
    this.showProfile();
    this.missing?.remove();
    this.parts.engine?.use(profile).catch(() => this.showVideoFailed());
    const { room } = this.parts;
    room.changeMedia(room.ownMedia); // with which door I am here by now
  }

  private showProfile(): void {
    this.network.show(this.profile);
    this.bar.use(this.profile);
    this.tiles.pictures = hasPictures(this.profile);
    setAttribute(this.element, "data-profile", this.profile);
    const { state } = this.parts.room;
    if (state !== null) this.tiles.show(sortPeople(state));
  }

  /** Where the video would be, until it is there or somebody tries again. All else goes on without it. */
  showVideoFailed(): void {
    const { frame } = this.parts;
    const again = this.makeReload();
    const isEmpty = frame?.querySelector("iframe") === null;
    if (frame === null || again === null || !isEmpty) return showToast(say("room.video_failed"));
    const button = make("button", { type: "button" }, say("room.video_again"));
    button.addEventListener("click", again);
    this.missing?.remove();
    this.missing = make("div", { class: "frame-missing", role: "alert" }, make("p", {}, say("room.video_missing")), button);
    frame.append(this.missing);
  }

  private async look(engine: VideoEngine): Promise<void> {
    if (document.hidden) return this.tellLink({ lossPercent: null, rttMs: this.parts.room.roundTripMs });
    const sample = worse(await engine.sample(), { lossPercent: null, rttMs: this.parts.room.roundTripMs });
    this.tellLink(sample);
    const less = this.judge.hear(sample, this.profile, performance.now());
    if (less !== null) this.network.offerLess(less);
  }

  /** Every second look: those who hold the lesson see whose picture is about to freeze. */
  private tellLink({ lossPercent, rttMs }: LinkSample): void {
    this.looks += 1;
    if (this.looks % 2 === 0) return;
    const { isVisible, idleSeconds } = this.attention;
    this.parts.room.tellLink({ loss_percent: lossPercent, rtt_ms: rttMs === null ? null : Math.round(rttMs), visible: isVisible, idle_seconds: idleSeconds });
  }

  /** This page was made for somebody who may less. */
  private noticePromotion({ participants }: RoomState): void {
    const me = participants.get(this.parts.room.occupant);
    if (this.wasPromoted || this.parts.at !== null || me?.role !== "co_teacher" || this.parts.page.may_moderate === true) return;
    this.wasPromoted = true;
    void confirmByDialog(say("promoted.title"), say("promoted.sentence"), say("promoted.reload")).then((sure) => {
      if (sure) location.reload();
    });
  }

  private async promote({ person, name }: Participant): Promise<void> {
    const sure = await confirmByDialog(say("promote.title", { name }), say("promote.sentence"), say("promote.confirm"));
    if (sure && !this.parts.room.promote(person)) showToast(say("room.not_connected"));
  }

  private show(state: RoomState): void {
    const people = sortPeople(state);
    this.people.show(people, state.links, state.audience);
    this.side.count(this.people.name, people.length);
    this.noticePromotion(state);
    // What is said in a breakout room is not recorded, whatever goes on in the main room.
    if (this.parts.at === null) this.top.showRecording(state.recording);
    this.showWaiting([...state.waiting.values()]);
    this.tiles.show(people);
    this.whiteboard.showPeople(people);
    if (this.parts.frame === null) this.showScreen(people);
  }

  private showWaiting(waiting: readonly Waiting[]): void {
    this.door?.show(waiting);
    this.people.showWaiting(waiting);
    this.side.badge(this.people.name, waiting.length, say("door.waiting", { n: waiting.length }));
  }

  private showLocal(local: EngineEvents["local"]): void {
    const { room } = this.parts;
    this.missing?.remove();
    this.bar.show(local);
    this.tiles.showOwnPicture(local.picture);
    if (local.shared === null) this.screens.delete(room.occupant);
    else this.screens.set(room.occupant, local.shared);
    room.changeMedia(local);
  }

  private receive(tracks: RemoteTracks): void {
    this.tiles.receive(tracks);
    this.screens.set(tracks.occupant, tracks.screen);
    const { state } = this.parts.room;
    if (state !== null) this.show(state);
  }

  private showScreen(people: readonly Participant[]): void {
    const sharer = people.find((person) => person.screen);
    if (sharer === undefined) return this.stage.offerScreen(null, "", null, false);
    const mine = sharer.occupant === this.parts.room.occupant;
    const label = mine ? say("room.your_screen") : say("room.screen_of", { name: sharer.name });
    this.stage.offerScreen(sharer.occupant, label, this.screens.get(sharer.occupant) ?? null, !mine);
  }

  private showLoudness(engine: VideoEngine): void {
    const me = this.parts.room.occupant;
    this.tiles.showLoudness((occupant) => (occupant === me ? this.ownLoudness : engine.loudness(occupant)));
  }

  private showStatus(): void {
    const { room, board, talk, quizzes } = this.parts;
    this.top.showTrouble([room, board, talk, quizzes].some(({ status }) => status === "reconnecting"), !storage.isFailing);
  }

  /** Cameras and screens of others that really move here. */
  countRemotePictures(): number {
    const others = [...this.screens.keys()].filter((occupant) => occupant !== this.parts.room.occupant);
    return this.tiles.countPlaying() + others.filter((occupant) => this.stage.isPlayingScreenOf(occupant)).length;
  }

  private async putOut({ person, name }: Participant): Promise<void> {
    const sure = await confirmByDialog(say("put_out.title", { name }), say("put_out.sentence"), say("put_out.confirm"));
    if (sure && !this.parts.room.putOut(person)) showToast(say("room.not_connected"));
  }

  private async end(): Promise<void> {
    const sure = await confirmByDialog(say("end.title"), say("end.sentence"), say("end.confirm"));
    if (sure && !this.parts.room.endLesson()) showToast(say("room.not_connected"));
  }
}
