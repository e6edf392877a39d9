import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { Plugin } from "rolldown";

/** The engine's own dependencies are found from where it is. */
const engine = createRequire(createRequire(import.meta.url).resolve("@stoplight/prism-http"));
const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** What the engine imports and the mock never calls, or calls late: each is replaced by the least that will do. */
const REPLACED: readonly { asked: RegExp; by?: RegExp; code?: string; file?: string }[] = [
  // Proxying.
  { asked: /^\.\/forwarder$/, by: /prism-http/, code: "exports.default = undefined;" },
  // Reading a spec is loaded late, by src/api/operations.ts.
  {
    asked: /^\.\/utils\/operations$/,
    by: /prism-http/,
    code: "exports.getHttpOperationsFromSpec = undefined;",
  },
  { asked: /^\.\/instanceWithSpec$/, by: /prism-http/, code: "" },
  // Callbacks are sent with what Node has.
  {
    asked: /^node-fetch$/,
    code: "exports.default = globalThis.fetch; exports.Headers = globalThis.Headers;",
  },
  // The mock reads OpenAPI.
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

/** For rolldown: keeps {@link REPLACED} out of the bundle. */
export const leaveOut: Plugin = {
  name: "leave-out",
  resolveId(asked, by) {
    // Its CommonJS form hides its own imports from a bundler.
    if (asked === "jsonc-parser" && by !== undefined) {
      return createRequire(by).resolve(asked).replace("/umd/", "/esm/");
    }
    // It stands beside the bundle, not beside the file that asks for it.
    if (asked === "./invented-values.cjs") return { id: asked, external: true };
    if (by?.endsWith("invented-values.cjs")) return engine.resolve(asked);
    const index = REPLACED.findIndex(
      (one) => one.asked.test(asked) && (one.by ?? /node_modules/).test(by ?? ""),
    );
    if (index === -1) return undefined;
    return REPLACED[index]?.file ?? `\0replaced-${index}.cjs`;
  },
  transform(code, id) {
    // Nothing else in it says that it is CommonJS, and only there `this` has its exports.
    if (!id.includes("/uri-template-lite/")) return undefined;
    return { code: code.replaceAll("this.URI", "exports.URI"), map: null };
  },
  load(id) {
    const index = /^\0replaced-(\d+)\.cjs$/.exec(id)?.[1];
    return index === undefined ? undefined : (REPLACED[Number(index)]?.code ?? "");
  },
};
