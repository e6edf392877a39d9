import { createHash } from "node:crypto";

/** Reproducible random values: the same seed and label give the same ones, whatever was drawn elsewhere. */
export interface Random {
  /** A whole number from 0 up to, not including, `below`. */
  integer(below: number): number;
  pick<T>(from: readonly T[]): T;
  /** A version 4 uuid. */
  uuid(): string;
  /** Digits and capitals, as in the vendor's ids. */
  code(length: number): string;
}

/** A generator for one purpose, named by `label`. */
export function random(seed: number, label: string): Random {
  const start = createHash("sha256").update(`${seed}/${label}`).digest();
  let a = start.readInt32LE(0);
  let b = start.readInt32LE(4);
  let c = start.readInt32LE(8);
  let counter = 1;
  // sfc32, by Chris Doty-Humphrey: small, fast, and good enough for PractRand.
  const draw = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let warmUp = 0; warmUp < 12; warmUp++) draw();
  const integer = (below: number): number => draw() % below;
  const hex = (): string => draw().toString(16).padStart(8, "0");
  return {
    integer,
    pick: <T>(from: readonly T[]): T => from[integer(from.length)] as T,
    uuid() {
      const [first, second, third] = [hex(), hex(), hex()];
      const variant = "89ab"[integer(4)];
      return `${first}-${second.slice(0, 4)}-4${second.slice(5)}-${variant}${third.slice(0, 3)}-${third.slice(4)}${hex()}`;
    },
    code: (length) =>
      Array.from({ length }, () => "0123456789ABCDEFGHJKMNPQRSTVWXYZ"[integer(32)]).join(""),
  };
}
