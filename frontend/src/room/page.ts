import type { Origin } from "../wire/drawer.ts";
import type { BreakoutPlan, Role } from "../wire/words.ts";
import type { JitsiPage } from "./jitsi_engine.ts";

/** `page-data` of room.html. Times are milliseconds since 1970 UTC; addresses are paths of this site. */
export interface RoomPage {
  lesson: { id: string; title: string; course: string; starts_at: number; ends_at: number };
  person: { id: string; name: string; role: Role };
  /** Teacher or co-teacher: may end the lesson. The board says by itself who may manage it. */
  may_manage: boolean;
  /** Teacher or co-teacher: may put people out. */
  may_moderate?: boolean;
  /** Whether microphones in the Jitsi app can be turned off from here, too. */
  mutes_in_app?: boolean;
  /** In a breakout room, whoever may manage the lesson: they go on hearing of its door. */
  keeps_door?: boolean;
  /** What the recording means for me: whether I may use camera and microphone, whether I am in it, and a sentence. */
  recorded?: { may_send: boolean; is_recorded: boolean; notice: string };
  /** A network profile to advise, when the bridges are full: "saver". */
  suggested_profile?: string | null;
  /** "none" on the companion: its video is in the Jitsi app. */
  engine: "peer" | "jitsi" | "none";
  capacity: number | null;
  /** `make run JITSI=simulated`: what is recorded is a test picture, and the room says so. */
  are_recorders_simulated: boolean;
  jitsi: JitsiPage | null;
  /** Pages beside the room; null where there is none for this person. */
  app_url: string | null;
  code_url: string | null;
  connection_url: string | null;
  /** Asked with a POST: newcomers watch a stream from then on. Null where there is one, and for those who decide nothing. */
  stream_start_url?: string | null;
  room_socket: string;
  board_socket: string;
  quiz_socket: string;
  talk_socket: string;
  /** For those who hold the lesson. */
  heatmap_socket?: string | null;
  /** Saved divisions into breakout rooms; null for those who do not divide the lesson. */
  breakout_plans?: BreakoutPlan[] | null;
  /** Who answered what; null for those who may not read it. */
  results_url: string | null;
  /** For the board's files, which go up and down beside its socket. */
  csrf: string;
  /** Where this is a breakout room. */
  breakout?: Origin;
  /** On the companion: the sheet of the board, which comes when somebody asks for the board. */
  board_style?: string;
  /** Gives a blank board the pages of the course's last one; null where that is not for this person, or too late. */
  continue_url?: string | null;
  leave_url: string;
  replay_url: string | null;
  summary_url: string | null;
}
