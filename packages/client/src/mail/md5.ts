// Web Crypto has no MD5, and MD5 is what the storage sends. Node, Bun and Deno have one that costs a quarter of ours.

/** MD5 (RFC 1321) of bytes that come in pieces. */
export interface Md5 {
  update(bytes: Uint8Array): void;
  /** The digest as Content-MD5 writes it. Nothing can be added after. */
  base64(): string;
}

/** Bits to rotate by: each of the four rounds repeats its four. */
const ROTATIONS = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];

/** The runtime's MD5 where it has one, else our own. */
export function createMd5(): Md5 {
  return runtimeMd5() ?? ownMd5();
}

/** Loaded without an import, so that bundles for workers and pages hold nothing of Node's. */
function runtimeMd5(): Md5 | undefined {
  const { process } = globalThis as { process?: Partial<NodeJS.Process> };
  try {
    const hash = process?.getBuiltinModule?.("node:crypto").createHash("md5");
    return (
      hash && {
        update: (bytes) => void hash.update(bytes),
        base64: () => hash.digest("base64"),
      }
    );
  } catch {
    // FIPS mode has no MD5, and a worker may have only the name of the module.
    return undefined;
  }
}

/** MD5 in plain JavaScript. */
export function ownMd5(): Md5 {
  const sines = Int32Array.from({ length: 64 }, (_, i) => Math.abs(Math.sin(i + 1)) * 2 ** 32);
  const state = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476);
  const words = new Int32Array(16);
  const block = new Uint8Array(words.buffer);
  let length = 0;

  /** Takes in the block. Every runtime that this runs on is little-endian, as MD5 is. */
  function digestBlock(): void {
    let a = state[0] as number;
    let b = state[1] as number;
    let c = state[2] as number;
    let d = state[3] as number;
    for (let i = 0; i < 64; i++) {
      let mixed = (b & c) | (~b & d);
      let word = i;
      if (i >= 48) {
        mixed = c ^ (b | ~d);
        word = 7 * i;
      } else if (i >= 32) {
        mixed = b ^ c ^ d;
        word = 3 * i + 5;
      } else if (i >= 16) {
        mixed = (d & b) | (~d & c);
        word = 5 * i + 1;
      }
      const sum = (a + mixed + (sines[i] as number) + (words[word % 16] as number)) | 0;
      const turn = ROTATIONS[(i >> 4) * 4 + (i % 4)] as number;
      a = d;
      d = c;
      c = b;
      b = (b + ((sum << turn) | (sum >>> -turn))) | 0;
    }
    state[0] = (state[0] as number) + a;
    state[1] = (state[1] as number) + b;
    state[2] = (state[2] as number) + c;
    state[3] = (state[3] as number) + d;
  }

  function update(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      const start = length % 64;
      const part = bytes.subarray(at, at + 64 - start);
      block.set(part, start);
      at += part.length;
      length += part.length;
      if (length % 64 === 0) digestBlock();
    }
  }

  function base64(): string {
    const padding = new Uint8Array(((119 - (length % 64)) % 64) + 9);
    padding[0] = 128;
    new DataView(padding.buffer).setBigUint64(padding.length - 8, BigInt(length * 8), true);
    update(padding);
    return btoa(String.fromCharCode(...new Uint8Array(state.buffer)));
  }

  return { update, base64 };
}
