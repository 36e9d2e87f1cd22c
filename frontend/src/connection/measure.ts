import { locateSocket } from "../wire/socket.ts";
import { SUBPROTOCOL } from "../wire/words.ts";

const PINGS = 10;
const PING_MS = 150;
const LONGEST_MS = 8_000;
const WARM_BYTES = 32_768;
const FETCHES = 3;
const FETCHING_MS = 4_000;
const CONNECTING_MS = 6_000;

export interface RoundTrip {
  roundTripMs: number | null;
  lostPercent: number | null;
}

/** Ten short words to us and back; null when nobody answered at all. */
export function measureRoundTrip(path: string): Promise<RoundTrip> {
  return new Promise((resolve) => {
    const socket = new WebSocket(locateSocket(path, {}), SUBPROTOCOL);
    const sent: number[] = [];
    const trips: number[] = [];
    const finish = (): void => {
      clearInterval(pings);
      clearTimeout(end);
      socket.onclose = socket.onmessage = null;
      socket.close();
      const lostPercent = sent.length === 0 ? null : 100 * (1 - trips.length / sent.length);
      resolve({ roundTripMs: median(trips), lostPercent });
    };
    const ping = (): void => {
      if (socket.readyState !== WebSocket.OPEN || sent.length === PINGS) return;
      socket.send(JSON.stringify({ type: "connection.ping", data: { n: sent.push(performance.now()) - 1 } }));
    };
    const pings = setInterval(ping, PING_MS);
    const end = setTimeout(finish, LONGEST_MS);
    socket.onmessage = ({ data }: MessageEvent<string>) => {
      const { n } = (JSON.parse(data) as { data: { n?: number } }).data;
      const at = n === undefined ? undefined : sent[n];
      if (at !== undefined) trips.push(performance.now() - at);
      if (trips.length === PINGS) finish();
    };
    socket.onclose = finish;
  });
}

/** Kilobits a second, the best of a few fetches: what came later shared the line with nothing else of ours. */
export async function measureDownload(path: string, bytes: number): Promise<number | null> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), FETCHING_MS);
  const begun = performance.now();
  let best = 0;
  try {
    best = await fetchOnce(path, WARM_BYTES, stop.signal);
    for (let times = 0; times < FETCHES && performance.now() - begun < FETCHING_MS / 2; times += 1) {
      best = Math.max(best, await fetchOnce(path, bytes, stop.signal));
    }
  } catch {
    // Too slow for the next one, or gone: what is known counts.
  } finally {
    clearTimeout(timer);
  }
  return best > 0 ? best : null;
}

async function fetchOnce(path: string, bytes: number, signal: AbortSignal): Promise<number> {
  const begun = performance.now();
  const answer = await fetch(`${path}?bytes=${bytes}`, { signal, cache: "no-store" });
  if (!answer.ok) throw new Error(`The sample was answered ${answer.status}.`);
  const { byteLength } = await answer.arrayBuffer();
  return (byteLength * 8) / Math.max(1, performance.now() - begun);
}

/** Whether two ends of a connection find each other in this browser: some browsers and guards forbid it. */
export function tryVideo(): Promise<boolean> {
  if (typeof RTCPeerConnection !== "function") return Promise.resolve(false);
  const [one, other] = [new RTCPeerConnection(), new RTCPeerConnection()];
  const channel = one.createDataChannel("test");
  one.onicecandidate = ({ candidate }) => void other.addIceCandidate(candidate ?? undefined).catch(() => undefined);
  other.onicecandidate = ({ candidate }) => void one.addIceCandidate(candidate ?? undefined).catch(() => undefined);
  const opened = new Promise<boolean>((resolve) => {
    channel.onopen = () => resolve(true);
    setTimeout(() => resolve(false), CONNECTING_MS);
  });
  connect(one, other).catch(() => undefined);
  return opened.finally(() => {
    one.close();
    other.close();
  });
}

async function connect(one: RTCPeerConnection, other: RTCPeerConnection): Promise<void> {
  await one.setLocalDescription();
  if (one.localDescription !== null) await other.setRemoteDescription(one.localDescription);
  await other.setLocalDescription();
  if (other.localDescription !== null) await one.setRemoteDescription(other.localDescription);
}

/** Whether a relay answers; null where none is set up. */
export async function tryRelay(iceServers: RTCIceServer[]): Promise<boolean | null> {
  const hasRelay = iceServers.some(({ urls }) => [urls].flat().some((url) => /^turns?:/.test(url)));
  if (!hasRelay || typeof RTCPeerConnection !== "function") return null;
  const connection = new RTCPeerConnection({ iceServers, iceTransportPolicy: "relay" });
  connection.createDataChannel("test");
  try {
    return await new Promise<boolean>((resolve, reject) => {
      connection.onicecandidate = ({ candidate }) => {
        if (candidate?.type === "relay") resolve(true);
        if (candidate === null) resolve(false);
      };
      setTimeout(() => resolve(false), CONNECTING_MS);
      connection.setLocalDescription().catch(reject);
    });
  } catch {
    return false;
  } finally {
    connection.close();
  }
}

export function savesData(): boolean {
  return (navigator as { connection?: { saveData?: boolean } }).connection?.saveData === true;
}

function median(values: readonly number[]): number | null {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? null;
}
