const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

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
  zigzags(count: number): Int32Array {
    const { bytes } = this;
    const numbers = new Int32Array(count);
    let { at } = this;
    for (let n = 0; n < count; n += 1) {
      let byte = bytes[at++] as number;
      let value = byte & 127;
      for (let shift = 7; byte > 127 && shift < 30; shift += 7) {
        byte = bytes[at++] as number;
        value |= (byte & 127) << shift;
      }
      numbers[n] = (value >>> 1) ^ -(value & 1);
    }
    if (at > bytes.length) throw new RangeError("it ends too early");
    this.at = at;
    return numbers;
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

  uuid(): string {
    return `${this.hex(4)}-${this.hex(2)}-${this.hex(2)}-${this.hex(2)}-${this.hex(6)}`;
  }
}
