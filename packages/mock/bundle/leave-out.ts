import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { Plugin } from "rolldown";
import { CHANGES } from "./changes.ts";

/** Resolves from the engine's folder, for its own dependencies. */
const engine = createRequire(createRequire(import.meta.url).resolve("@stoplight/prism-http"));
const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Modules that the engine imports, but the mock never calls, or only later: each is replaced by a minimal one. */
const REPLACED: readonly { asked: RegExp; by?: RegExp; code?: string; file?: string }[] = [
  // Proxying, and the engine's way to log a body.
  {
    asked: /^\.{1,2}\/forwarder$/,
    by: /prism-http/,
    code: 'exports.default = undefined; exports.serializeBody = () => ({ _tag: "Left" });',
  },
  // The reader of specs is loaded later, by src/api/operations.ts.
  {
    asked: /^\.\/utils\/operations$/,
    by: /prism-http/,
    code: "exports.getHttpOperationsFromSpec = undefined;",
  },
  { asked: /^\.\/instanceWithSpec$/, by: /prism-http/, code: "" },
  // Callbacks are sent with Node's own fetch. `Headers` is a getter, as the first use of it loads all of fetch.
  {
    asked: /^node-fetch$/,
    code: "exports.default = globalThis.fetch; Object.defineProperty(exports, 'Headers', { get: () => globalThis.Headers });",
  },
  // The mock reads only OpenAPI.
  {
    asked: /postman\/operation$/,
    code: 'exports.transformPostmanCollectionOperations = () => { throw new Error("expected an OpenAPI document, got a Postman collection"); };',
  },
  // The mock brings its own log.
  { asked: /^\.\/logger$/, by: /prism-core/, code: "exports.createLogger = undefined;" },
  { asked: /^url$/, by: /json-schema-ref-parser/, file: here("silent-url.cjs") },
  { asked: /^json-schema-faker$/, by: /prism-http/, file: here("late-faker.cjs") },
  { asked: /^@faker-js\/faker$/, by: /prism-http/, code: "exports.faker = undefined;" },
];

/** Our own files that import dependencies of the engine. */
const OF_ENGINE = /(?:circles|invented-values)\.cjs$/;

/** For rolldown: keeps {@link REPLACED} out of the bundle, and makes {@link CHANGES} in what stays. */
export const leaveOut: Plugin = {
  name: "leave-out",
  resolveId(asked, by) {
    // A bundler cannot see the imports of its CommonJS form.
    if (asked === "jsonc-parser" && by !== undefined) {
      return createRequire(by).resolve(asked).replace("/umd/", "/esm/");
    }
    // This file is beside the bundle, not beside the one that imports it.
    if (asked === "./invented-values.cjs") return { id: asked, external: true };
    if (/^\.\/(?:all-of|circles|openapi-words)\.cjs$/.test(asked)) return here(asked);
    if (by !== undefined && OF_ENGINE.test(by)) return engine.resolve(asked);
    const index = REPLACED.findIndex(
      (one) => one.asked.test(asked) && (one.by ?? /node_modules/).test(by ?? ""),
    );
    if (index === -1) return undefined;
    return REPLACED[index]?.file ?? `\0replaced-${index}.cjs`;
  },
  transform(code, id) {
    const changes = CHANGES.filter(({ file }) => file.test(id));
    if (changes.length === 0) return undefined;
    for (const { from, to } of changes) {
      if (!from.test(code)) throw new Error(`${id}: expected ${from}, got no such code.`);
      code = code.replace(from, to);
    }
    return { code, map: null };
  },
  load(id) {
    const index = /^\0replaced-(\d+)\.cjs$/.exec(id)?.[1];
    return index === undefined ? undefined : (REPLACED[Number(index)]?.code ?? "");
  },
};
