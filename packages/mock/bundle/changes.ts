/** The module in which the engine makes its validators. */
const AJV = /\/prism-http\/dist\/validator\/validators\/utils\.js$/;

/** Changes to the engine's code. A build fails where its code is no longer what is to be changed. */
export const CHANGES: readonly { file: RegExp; from: RegExp; to: string }[] = [
  // A bundler does not see that this is CommonJS, but only there `this` is the exports.
  { file: /\/uri-template-lite\//, from: /this\.URI/g, to: "exports.URI" },
  // In OpenAPI a list in form style is sent as one name several times. Prism's command handles that, but not its
  // engine.
  {
    file: /\/prism-http\/dist\/validator\/validators\/params\.js$/,
    from: /el\.explode \|\| false/,
    to: 'el.explode ?? resolvedStyle === "form"',
  },
  // A list may also be null, and a parameter's text may be valid for several types.
  {
    file: /\/prism-http\/dist\/validator\/validators\/params\.js$/,
    from: /schema\.properties && (schema\.properties\[.*?\])(?=,)/,
    to: 'require("./openapi-words.cjs").ofOneType($1, resolvedStyle)',
  },
  {
    file: /\/prism-http\/dist\/validator\/validators\/params\.js$/,
    from: /'schema'(?=\)\))/,
    to: 'require("./openapi-words.cjs").schemaOfText',
  },
  // Prism's own example of a header is no text yet, and 0 is sent, too.
  {
    file: /\/prism-http\/dist\/validator\/validators\/params\.js$/,
    from: /: undefined;\n\s*\}\)(?=\);)/,
    to: "$&, (value) => value || value === 0",
  },
  // In a path, a text may contain commas.
  {
    file: /\/prism-http\/dist\/validator\/index\.js$/,
    from: /return (new .*\.match\(path\));/,
    to: 'return (0, lodash_1.mapValues)($1, (value) => Array.isArray(value) ? value.join(",") : value);',
  },
  // A value that is not sent is no list or object, and in Prism's own example of a header these are not serialised yet.
  {
    file: /\/prism-http\/dist\/validator\/deserializers\/style\/(?:simple|delimited)\.js$/,
    from: /const (values?) = parameters\[name\];/,
    to: "$& if ($1 === undefined || $1 === null) return undefined;",
  },
  {
    file: /\/prism-http\/dist\/validator\/deserializers\/style\/simple\.js$/,
    from: /if \(type === 'array'\)/,
    to: "if (typeof value === 'object') return value; $&",
  },
  // A form has a list as one name several times, too: so all values of a name are kept,
  {
    file: /\/prism-http\/dist\/validator\/validators\/body\.js$/,
    from: /result\[(key)\] = (rest\.join\('='\))([^]*)result\[(pair\['name'\])\] = (pair\['data'\]\.toString\(\))/,
    to: "result[$1] = Object.hasOwn(result, $1) ? [result[$1], $2].flat() : $2$3result[$4] = Object.hasOwn(result, $4) ? [result[$4], $5].flat() : $5",
  },
  // decoded, if they are encoded, and checked one by one,
  {
    file: /\/prism-http\/dist\/validator\/validators\/body\.js$/,
    from: /(function decodeUriEntities\(target, mediaType\) \{)[^]*?\n\}/,
    to: `$1
      if (mediaType === "multipart/form-data") return target;
      const decoded = (text) => {
        try {
          return decodeURIComponent(text.replaceAll("+", "%20"));
        } catch {
          return text;
        }
      };
      return Object.fromEntries(Object.entries(target).map(([name, value]) =>
        [decoded(name), Array.isArray(value) ? value.map(decoded) : decoded(value)]));
    }`,
  },
  {
    file: /\/prism-http\/dist\/validator\/validators\/body\.js$/,
    from: /!allowReserved && (.*)\.test\(value\)/,
    to: "!allowReserved && [value].flat().some((one) => $1.test(one))",
  },
  // and read in the style that OpenAPI defines for them.
  {
    file: /\/prism-http\/dist\/validator\/validators\/body\.js$/,
    from: /const encoding = (encodings\.find\(.*\));/,
    to: `let encoding = $1;
            if (schema.properties[property].type === "array") encoding = { style: "form", ...encoding };`,
  },
  // Some JSON bodies are falsy in JavaScript: null, false, 0 and an empty text.
  {
    file: /\/prism-http\/dist\/validator\/index\.js$/,
    from: /required && !body([^]*?)O\.fromNullable\(body\)/,
    to: "required && body === undefined$1(body === undefined ? O.none : O.some(body))",
  },
  // In form style an object is sent as its properties; without any of them it is not sent at all. Names are compared in
  // lower case.
  {
    file: /\/prism-http\/dist\/validator\/deserializers\/style\/form\.js$/,
    from: /return Object\.keys\(parameters\)\.reduce[^]*?, \{\}\);/,
    to: `const sent = Object.keys(properties).flatMap((name) => {
        const value = parameters[name] ?? parameters[name.toLowerCase()];
        return value === undefined ? [] : [[name, value]];
      });
      return sent.length === 0 && schema.required ? undefined : Object.fromEntries(sent);`,
  },
  {
    file: /\/prism-http\/dist\/validator\/deserializers\/style\/deepObject\.js$/,
    from: /return (name \+ .*);([^]*function constructObject\(currentPath, props\) \{)/,
    to: `return ($1).toLowerCase();$2
        const start = resolve(currentPath) + "[";
        if (!Object.keys(parameters).some((one) => one.startsWith(start))) return undefined;`,
  },
  // At this point the blanks between the values of a list are decoded already.
  {
    file: /\/prism-http\/dist\/validator\/deserializers\/index\.js$/,
    from: /'%20'/,
    to: "' '",
  },
  // A password may have colons (RFC 7617, section 2).
  {
    file: /\/validator\/validators\/security\/handlers\/basicAuth\.js$/,
    from: /tokenParts\.length === 2/,
    to: "tokenParts.length > 1",
  },
  // Schemas may refer to each other in a circle.
  {
    file: /\/prism-http\/dist\/utils\/operations\.js$/,
    from: /\(0, json_1\.decycle\)\(await new \$RefParser\(\)\.dereference\((.*)\)\);([^]*)operations\.forEach\([^]*\n(?= {4}return operations)/,
    to: `await require("./circles.cjs").dereferenced($1);$2require("./circles.cjs").bundleTogether(result, operations);
`,
  },
  // A file refers to itself by its URL: by its path it would not be found where a folder's name has letters beyond ASCII.
  {
    file: /@stoplight\/json-schema-ref-parser\/lib\/resolve-external\.js$/,
    from: /url\.toFileSystemPath\(withoutHash\)/,
    to: "withoutHash",
  },
  // A request leaves out what is read-only, a response what is write-only: in each part of a schema,
  {
    file: /\/prism-http\/dist\/utils\/filterRequiredProperties\.js$/,
    from: /const buildSchemaFilter = [^]*?\n\};\n/,
    to: `const buildSchemaFilter = (kept) => (schema) => O.map((one) =>
      require("./openapi-words.cjs").filtered(one, (part) => O.isSome(kept(part))))(kept(schema));
`,
  },
  // and in a schema that is referred to, too.
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
  // Every part of an allOf has to hold.
  {
    file: /\/json-schema-merge-allof\/src\/index\.js$/,
    from: /'\$ref' in schema \? .*? : (?=Object\.assign)([^]*)(?=merger\.options = )/,
    to: '$1Object.assign(defaultResolvers, require("./all-of.cjs"));\n',
  },
  // The faker changes the schemas that it is given, and all operations share these.
  {
    file: /\/prism-http\/dist\/mocker\/generator\/JSONSchema\.js$/,
    from: /__bundled__: bundle /,
    to: "__bundled__: (0, lodash_1.cloneDeep)(bundle) ",
  },
  // It would never stop trying to give an object several names that match a pattern with only one match, such as `^x-`.
  {
    file: /\/json-schema-faker\/dist\/main\.cjs$/,
    from: /while \(fillProps\) \{/,
    to: "for (let tries = 0; fillProps && tries < 1000 + 2 * minProps; tries += 1) {",
  },
  // The faker ignores exclusive limits that are numbers, and its default for a missing limit does not depend on the
  // other.
  {
    file: /\/json-schema-faker\/dist\/main\.cjs$/,
    from: /let min = typeof value.*;\n *let max = .*;/,
    to: `const { exclusiveMinimum: over, exclusiveMaximum: under, format } = value;
      value = { ...value, exclusiveMinimum: over === true, exclusiveMaximum: under === true };
      if (/^int\\d/.test(format)) value.type = "integer";
      const step = value.multipleOf || ([value.type].flat().includes("integer") ? 1 : 0);
      const beyond = (limit, by) => (typeof limit === "number" ? limit + by : NaN);
      const given = (...limits) => limits.filter((one) => Math.abs(one) < Number.MAX_VALUE);
      let min = Math.max(...given(value.minimum, beyond(over, step)));
      let max = Math.min(...given(value.maximum, beyond(under, -step)));
      if (min === -Infinity) min = Math.min(constants_default.MIN_INTEGER, max - 100);
      if (max === Infinity) max = Math.max(constants_default.MAX_INTEGER, min + 100);`,
  },
  // This pattern is weaker than the format: the faker would invent values that do not match the format,
  {
    file: /\/http-spec\/oas\/transformers\/schema\/keywords\/format\.js$/,
    from: /schema\.pattern = .*;/,
    to: "",
  },
  // and answers are checked against these formats, too.
  {
    file: /\/json-schema-sampler\/dist\/json-schema-sampler\.js$/,
    from: /'default': defaultSample,/,
    to: "'default': defaultSample, byte: (min) => 'c3Ry'.repeat(Math.ceil(min / 4) || 1), duration: () => 'P1D', url: uriSample,",
  },
  // Where a schema contains itself an example ends: with nothing, rather than with an object without its required
  // properties.
  {
    file: /\/json-schema-sampler\/dist\/json-schema-sampler\.js$/,
    from: /value: type === 'object' \? \{\}/,
    to: "isEnd: type !== 'array', $&",
  },
  {
    file: /\/json-schema-sampler\/dist\/json-schema-sampler\.js$/,
    from: /res\.push\(sample\)/,
    to: "if (!_traverse.isEnd || i < schema.minItems) $&",
  },
  {
    file: /\/json-schema-sampler\/dist\/json-schema-sampler\.js$/,
    from: /res\[propertyName\] = sample\.value/,
    to: "if (!sample.isEnd || requiredKeyDict[propertyName]) $&",
  },
  // A callback is sent with Node's fetch, whose headers have no `raw`.
  {
    file: /\/prism-http\/dist\/utils\/parseResponse\.js$/,
    from: /\(0, exports\.parseResponseHeaders\)\(response\.headers\.raw\(\)\)/,
    to: "Object.fromEntries(response.headers)",
  },
  // These are integers of 64 bits, though JavaScript cannot represent each of the large ones.
  {
    file: /\/http-spec\/oas\/transformers\/schema\/keywords\/format\.js$/,
    from: /Number\.MIN_SAFE_INTEGER,([^]*)Number\.MAX_SAFE_INTEGER,/,
    to: "-(2 ** 63),$1(2 ** 63),",
  },
  // From OpenAPI 3.1 on, only the format limits them.
  {
    file: /\/ajv-formats\/dist\/formats\.js$/,
    from: /return Number\.isInteger\(value\);/,
    to: "return Number.isInteger(value) && Math.abs(value) <= 2 ** 63;",
  },
  // 19.99 is a multiple of 0.01, though not when JavaScript divides them: a rounding error is allowed.
  {
    file: /\/ajv\/dist\/vocabularies\/validation\/multipleOf\.js$/,
    from: /\$\{res\} !== parseInt\(\$\{res\}\)/,
    to: "Math.abs(Math.round(${res}) - ${res}) > 2 * Number.EPSILON * Math.abs(${res})",
  },
  // Validators are made only when needed, and schemas are not validated again: that was done when the spec was read.
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
  // Ajv keeps no set of known properties after a failed anyOf, and would throw when it adds one.
  {
    file: /\/ajv\/dist\/vocabularies\/applicator\/patternProperties\.js$/,
    from: /gen\.assign\((.*?`)\$\{props\}\[\$\{key\}\]`, true\)/,
    to: "gen.code($1(${props} ??= {})[${key}] = true`)",
  },
  // If a validator cannot be made, or throws, the value passes with a warning.
  {
    file: AJV,
    from: /\bseverity,(\n[^]*)O\.tryCatch\(\(\) => (getValidationFunction\(.*?, bundle\))\).*?validateFn\(value\)\)\)/,
    to: `severity: error.keyword === "unreadable" ? types_1.DiagnosticSeverity.Warning : severity,$1O.some((() => {
        try {
          const validateFn = $2;
          validateFn(value);
          return validateFn;
        } catch ({ message }) {
          const why = "must be one that can be checked; its schema cannot be read: " + message;
          return { errors: [{ instancePath: "", keyword: "unreadable", params: {}, message: why }] };
        }
      })())`,
  },
];
