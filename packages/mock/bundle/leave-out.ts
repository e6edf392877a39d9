import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { Plugin } from "rolldown";

/** The engine's own dependencies are found from where it is. */
const engine = createRequire(createRequire(import.meta.url).resolve("@stoplight/prism-http"));
const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** What the engine imports and the mock never calls, or calls late: each is replaced by the least that will do. */
const REPLACED: readonly { asked: RegExp; by?: RegExp; code?: string; file?: string }[] = [
  // Proxying, and what the engine's own log makes of a body.
  {
    asked: /^\.{1,2}\/forwarder$/,
    by: /prism-http/,
    code: 'exports.default = undefined; exports.serializeBody = () => ({ _tag: "Left" });',
  },
  // Reading a spec is loaded late, by src/api/operations.ts.
  {
    asked: /^\.\/utils\/operations$/,
    by: /prism-http/,
    code: "exports.getHttpOperationsFromSpec = undefined;",
  },
  { asked: /^\.\/instanceWithSpec$/, by: /prism-http/, code: "" },
  // Callbacks are sent with what Node has. It is asked for late: the first look at Headers loads all of fetch.
  {
    asked: /^node-fetch$/,
    code: "exports.default = globalThis.fetch; Object.defineProperty(exports, 'Headers', { get: () => globalThis.Headers });",
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

/** Files of ours that import what the engine has. */
const OF_ENGINE = /(?:circles|invented-values)\.cjs$/;

/** Where the engine makes its validators. */
const AJV = /\/prism-http\/dist\/validator\/validators\/utils\.js$/;

/** What stays, and is changed. */
const CHANGED: readonly { file: RegExp; from: RegExp; to: string }[] = [
  // Nothing else in it says that it is CommonJS, and only there `this` has its exports.
  { file: /\/uri-template-lite\//, from: /this\.URI/g, to: "exports.URI" },
  // OpenAPI has it that a list in form style comes as one name several times. Prism's command sees to that, not its engine.
  {
    file: /\/prism-http\/dist\/validator\/validators\/params\.js$/,
    from: /el\.explode \|\| false/,
    to: 'el.explode ?? resolvedStyle === "form"',
  },
  // JSON has bodies that are nothing to JavaScript: null, false, 0 and an empty text.
  {
    file: /\/prism-http\/dist\/validator\/index\.js$/,
    from: /required && !body([^]*?)O\.fromNullable\(body\)/,
    to: "required && body === undefined$1(body === undefined ? O.none : O.some(body))",
  },
  // An object comes as its properties there, and is not sent where none of them is. Their names are compared in lower case.
  {
    file: /\/prism-http\/dist\/validator\/deserializers\/style\/form\.js$/,
    from: /return Object\.keys\(parameters\)\.reduce[^]*?, \{\}\);/,
    to: `const sent = Object.keys(properties).flatMap((name) => {
        const value = parameters[name] ?? parameters[name.toLowerCase()];
        return value === undefined ? [] : [[name, value]];
      });
      return sent.length === 0 && schema.required ? undefined : Object.fromEntries(sent);`,
  },
  // Schemas may lead to each other.
  {
    file: /\/prism-http\/dist\/utils\/operations\.js$/,
    from: /\(0, json_1\.decycle\)\(await new \$RefParser\(\)\.dereference\((.*)\)\);([^]*)operations\.forEach\([^]*\n(?= {4}return operations)/,
    to: `await require("./circles.cjs").dereferenced($1);$2require("./circles.cjs").bundleTogether(result, operations);
`,
  },
  // What an operation takes and gives leaves out what is read-only or write-only, in a schema that is referred to, too.
  {
    file: /\/prism-http\/dist\/validator\/validators\/body\.js$/,
    from: /const validate = (.*)([^]*?prefix, multipartBoundary)(?=\)+;)/,
    to: `const bundles = new WeakMap();
    const normalizedBundle = (bundle, context) => {
      if (bundle === undefined) return undefined;
      const known = bundles.get(bundle) ?? {};
      bundles.set(bundle, known);
      known[context] ??= (0, lodash_1.mapValues)(bundle, (schema) =>
        Object(schema) === schema ? O.getOrElse(() => schema)(normalizeSchemaProcessorMap[context](schema)) : schema);
      return known[context];
    };
    const validate = $1
    bundle = normalizedBundle(bundle, context);$2, bundle`,
  },
  // Of references in an allOf it keeps the first alone, and nothing that stands beside one; of two patterns, and of what a
  // list has to contain, it makes one that asks for both in the same place; of words that only describe it knows few.
  // Without an answer, the allOf stays one, and what is read-only in it is asked for.
  {
    file: /\/json-schema-merge-allof\/src\/index\.js$/,
    from: /'\$ref' in schema \? .*? : (?=Object\.assign)([^]*)(?=merger\.options = )/,
    to: `$1for (const key of ["$ref", "pattern"]) {
        defaultResolvers[key] = (values, path, merge, options, keep) =>
          keep(values.map((value) => ({ [key]: value })));
      }
      defaultResolvers.contains = (values, path, merge) =>
        values.length === 1 ? merge(values) : undefined;
      const DESCRIBES = /^(?:x-|(?:[$]comment|deprecated|discriminator|example|externalDocs|xml)$)/;
      defaultResolvers.defaultResolver = (values, path) =>
        DESCRIBES.test(path.at(-1)) ? values.at(-1) : undefined;
      `,
  },
  // The faker writes into the schemas that it is given, and all operations have these.
  {
    file: /\/prism-http\/dist\/mocker\/generator\/JSONSchema\.js$/,
    from: /__bundled__: bundle /,
    to: "__bundled__: (0, lodash_1.cloneDeep)(bundle) ",
  },
  // A callback is answered to Node's fetch, whose headers have nothing raw.
  {
    file: /\/prism-http\/dist\/utils\/parseResponse\.js$/,
    from: /\(0, exports\.parseResponseHeaders\)\(response\.headers\.raw\(\)\)/,
    to: "Object.fromEntries(response.headers)",
  },
  // JavaScript counts large ones in steps, but they are integers of 64 bits.
  {
    file: /\/http-spec\/oas\/transformers\/schema\/keywords\/format\.js$/,
    from: /Number\.MIN_SAFE_INTEGER,([^]*)Number\.MAX_SAFE_INTEGER,/,
    to: "-(2 ** 63),$1(2 ** 63),",
  },
  // Validators are made when they are needed; that schemas are schemas the reading of the spec has seen to.
  {
    file: AJV,
    from: /strict: false,([^]*)const ajvInstances = \{[^}]*\};/,
    to: `strict: false, validateSchema: false, code: { regExp: require("./openapi-words.cjs").regExp },$1
      const ajvInstances = {};
      for (const [draft, Ajv] of [["default", ajv_1.default], ["draft2019_09", _2019_1.default], ["draft2020_12", _2020_1.default]]) {
        let made;
        Object.defineProperty(ajvInstances, draft, { get: () => (made ??= createAjvInstances(Ajv)) });
      }`,
  },
  {
    file: AJV,
    from: /\.compile(\(\{[^}]*\}\))/,
    to: '.compile(require("./openapi-words.cjs").inJsonSchema$1)',
  },
  // What no validator can be made for passes, with a warning.
  {
    file: AJV,
    from: /\bseverity,(\n[^]*)O\.tryCatch\(\(\) => (getValidationFunction\(.*?, bundle\))\)/,
    to: `severity: error.keyword === "unreadable" ? types_1.DiagnosticSeverity.Warning : severity,$1O.tryCatch(() => {
        try {
          return $2;
        } catch ({ message }) {
          const why = "must be one that can be checked; its schema cannot be read: " + message;
          const errors = [{ instancePath: "", keyword: "unreadable", params: {}, message: why }];
          return Object.assign(() => false, { errors });
        }
      })`,
  },
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
    if (/^\.\/(?:circles|openapi-words)\.cjs$/.test(asked)) return here(asked);
    if (by !== undefined && OF_ENGINE.test(by)) return engine.resolve(asked);
    const index = REPLACED.findIndex(
      (one) => one.asked.test(asked) && (one.by ?? /node_modules/).test(by ?? ""),
    );
    if (index === -1) return undefined;
    return REPLACED[index]?.file ?? `\0replaced-${index}.cjs`;
  },
  transform(code, id) {
    const changes = CHANGED.filter(({ file }) => file.test(id));
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
