const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
const DIGITS = Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0));
const UUID = Array.from("00000000-0000-0000-0000-000000000000", (digit) => digit.charCodeAt(0));
/** Where the two digits of each byte stand. */
const PLACES = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];

/** Reads what `whiteboard/deltas.py` and `whiteboard/packing.py` write; throws a RangeError where the bytes end too early. */
export class Reader {
  private at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  get isDone(): boolean {
    return this.at >= this.bytes.length;
  }

  byte(): number {
    const byte = this.bytes[this.at];
    if (byte === undefined) throw new RangeError("it ends too early");
    this.at += 1;
    return byte;
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  take(count: number): Uint8Array {
    const taken = this.bytes.subarray(this.at, this.at + count);
    if (taken.length !== count) throw new RangeError("it ends too early");
    this.at += count;
    return taken;
  }

  /** Numbers beyond 2^31 occur (times), so no bit operators on whole numbers. */
  varint(): number {
    const first = this.byte();
    if (first < 128) return first;
    let value = first & 127;
    for (let scale = 128; scale < 2 ** 56; scale *= 128) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    throw new RangeError("a number without end");
  }

  /** So many zig-zag numbers at once, each below 2^30: a page may have half a million of them. */
  zigzags(count: number, into: Int32Array): void {
    if (count > this.left) throw new RangeError("it ends too early");
    const { bytes } = this;
    let { at } = this;
    for (let n = 0; n < count; n += 1) {
      let byte = bytes[at++] as number;
      let value = byte & 127;
      for (let shift = 7; byte > 127 && shift < 30; shift += 7) {
        byte = bytes[at++] as number;
        value |= (byte & 127) << shift;
      }
      into[n] = (value >>> 1) ^ -(value & 1);
    }
    if (at > bytes.length) throw new RangeError("it ends too early");
    this.at = at;
  }

  zigzag(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  hex(count: number): string {
    let text = "";
    for (const byte of this.take(count)) text += HEX[byte];
    return text;
  }

  /** In one piece: a string put together from many is taken apart again by the first map that it is a key of. */
  uuid(): string {
    const { bytes, at } = this;
    if (this.left < 16) throw new RangeError("it ends too early");
    this.at += 16;
    for (let n = 0; n < 16; n += 1) {
      const byte = bytes[at + n] as number;
      UUID[PLACES[n] as number] = DIGITS[byte >> 4] as number;
      UUID[(PLACES[n] as number) + 1] = DIGITS[byte & 15] as number;
    }
    return String.fromCharCode.apply(null, UUID);
  }
}
