// Web Crypto has no MD5, and MD5 is what the storage sends.

const ROTATIONS = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];

/** MD5 (RFC 1321) of bytes that come in pieces. */
export interface Md5 {
  update(bytes: Uint8Array): void;
  /** The digest as Content-MD5 writes it. Nothing can be added after. */
  base64(): string;
}

export function createMd5(): Md5 {
  const sines = Int32Array.from({ length: 64 }, (_, i) => Math.abs(Math.sin(i + 1)) * 2 ** 32);
  const state = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476);
  const block = new Uint8Array(64);
  const words = new Int32Array(16);
  let length = 0;

  function digest(bytes: Uint8Array, start: number): void {
    for (let i = 0; i < 64; i++) {
      const byte = bytes[start + i] ?? 0;
      words[i >> 2] = ((words[i >> 2] ?? 0) >>> 8) | (byte << 24);
    }
    let [a = 0, b = 0, c = 0, d = 0] = state;
    for (let i = 0; i < 64; i++) {
      const round = i >> 4;
      const [mixed, word] =
        round === 0
          ? [(b & c) | (~b & d), i]
          : round === 1
            ? [(d & b) | (~d & c), 5 * i + 1]
            : round === 2
              ? [b ^ c ^ d, 3 * i + 5]
              : [c ^ (b | ~d), 7 * i];
      const sum = (a + mixed + (sines[i] ?? 0) + (words[word % 16] ?? 0)) | 0;
      const rotation = ROTATIONS[round * 4 + (i % 4)] ?? 0;
      [a, d, c] = [d, c, b];
      b = (b + ((sum << rotation) | (sum >>> (32 - rotation)))) | 0;
    }
    state.set([a, b, c, d].map((word, i) => word + (state[i] ?? 0)));
  }

  function update(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      const filled = length % 64;
      const taken = Math.min(64 - filled, bytes.length - at);
      if (taken === 64) digest(bytes, at);
      else {
        block.set(bytes.subarray(at, at + taken), filled);
        if (filled + taken === 64) digest(block, 0);
      }
      at += taken;
      length += taken;
    }
  }

  function base64(): string {
    const padding = new Uint8Array(((119 - (length % 64)) % 64) + 9);
    padding[0] = 128;
    new DataView(padding.buffer).setBigUint64(padding.length - 8, BigInt(length * 8), true);
    update(padding);
    // Every runtime that this runs on is little-endian, as MD5 is.
    return btoa(String.fromCharCode(...new Uint8Array(state.buffer)));
  }

  return { update, base64 };
}
