import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

/** A file that the pages need. */
export interface Asset {
  readonly type: string;
  readonly content: string;
}

const TYPES: Readonly<Record<string, string>> = {
  "viewer.css": "text/css; charset=utf-8",
  "viewer.js": "text/javascript; charset=utf-8",
  "icon.svg": "image/svg+xml",
};

/** The style sheet, the script and the icon, by name. Read once, at start. */
export const assets: ReadonlyMap<string, Asset> = new Map(
  Object.entries(TYPES).map(([name, type]) => [
    name,
    { type, content: readFileSync(new URL(`../../assets/${name}`, import.meta.url), "utf8") },
  ]),
);

/** Changes when any of them does, so that browsers can cache them. */
export const assetsVersion: string = createHash("sha256")
  .update([...assets.values()].map(({ content }) => content).join("\n"))
  .digest("hex")
  .slice(0, 8);
