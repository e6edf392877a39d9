// Web Crypto has no MD5, and Content-MD5 is what the storage sends.

/** How far each of the 64 steps rotates. */
const ROTATIONS = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];
const SINES = Int32Array.from({ length: 64 }, (_, i) =>
  Math.floor(Math.abs(Math.sin(i + 1)) * 2 ** 32),
);

/** MD5 (RFC 1321) of bytes that come in pieces. */
export class Md5 {
  readonly #state = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476);
  readonly #block = new Uint8Array(64);
  #length = 0;

  update(bytes: Uint8Array): void {
    let at = 0;
    const filled = this.#length % 64;
    this.#length += bytes.length;
    if (filled > 0) {
      at = Math.min(64 - filled, bytes.length);
      this.#block.set(bytes.subarray(0, at), filled);
      if (filled + at < 64) return;
      this.#digestBlock(this.#block, 0);
    }
    for (; at + 64 <= bytes.length; at += 64) this.#digestBlock(bytes, at);
    this.#block.set(bytes.subarray(at));
  }

  /** The digest as Content-MD5 writes it, in base64. Nothing can be added after. */
  base64(): string {
    const length = this.#length;
    const padding = new Uint8Array(((119 - (length % 64)) % 64) + 9);
    padding[0] = 0x80;
    const bits = new DataView(padding.buffer, padding.length - 8);
    bits.setUint32(0, length << 3, true);
    bits.setUint32(4, Math.floor(length / 2 ** 29), true);
    this.update(padding);
    const digest = new DataView(new ArrayBuffer(16));
    this.#state.forEach((word, i) => digest.setInt32(i * 4, word, true));
    return btoa(String.fromCharCode(...new Uint8Array(digest.buffer)));
  }

  #digestBlock(bytes: Uint8Array, start: number): void {
    const words = WORDS;
    for (let i = 0, at = start; i < 16; i++, at += 4) {
      words[i] =
        bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    }
    let [a, b, c, d] = this.#state as unknown as [number, number, number, number];
    for (let i = 0; i < 64; i++) {
      const round = i >> 4;
      let mixed: number;
      let word: number;
      if (round === 0) {
        mixed = (b & c) | (~b & d);
        word = i;
      } else if (round === 1) {
        mixed = (d & b) | (~d & c);
        word = 5 * i + 1;
      } else if (round === 2) {
        mixed = b ^ c ^ d;
        word = 3 * i + 5;
      } else {
        mixed = c ^ (b | ~d);
        word = 7 * i;
      }
      const sum = (a + mixed + SINES[i]! + words[word & 15]!) | 0;
      const rotation = ROTATIONS[(round << 2) | (i & 3)]!;
      a = d;
      d = c;
      c = b;
      b = (b + ((sum << rotation) | (sum >>> (32 - rotation)))) | 0;
    }
    const state = this.#state;
    state[0]! += a;
    state[1]! += b;
    state[2]! += c;
    state[3]! += d;
  }
}

const WORDS = new Int32Array(16);
