let context: AudioContext | null = null;

/** How loud a microphone is, 0 to 1, ten times a second, until the returned function is called. */
export function measureLevel(track: MediaStreamTrack, tell: (level: number) => void): () => void {
  context ??= new AudioContext();
  wake(context);
  const source = context.createMediaStreamSource(new MediaStream([track]));
  const analyser = context.createAnalyser();
  analyser.fftSize = 512;
  source.connect(analyser);
  const samples = new Uint8Array(analyser.fftSize);
  const timer = setInterval(() => {
    analyser.getByteTimeDomainData(samples);
    tell(readLevel(samples));
  }, 100);
  return () => {
    clearInterval(timer);
    source.disconnect();
  };
}

/** Before the first touch of the page a browser may keep sound asleep. */
function wake(sound: AudioContext): void {
  void sound.resume().catch(() => undefined);
  addEventListener("pointerdown", () => void sound.resume(), { once: true });
}

function readLevel(samples: Uint8Array): number {
  let sum = 0;
  for (const sample of samples) sum += ((sample - 128) / 128) ** 2;
  return Math.min(1, Math.sqrt(sum / samples.length) * 3);
}
