import type { Plugin } from "rolldown";
import { minifySync } from "rolldown/utils";

/** Minifies the engine: a third of the bytes load faster, and nobody needs a source map of it. */
export const smallEngine: Plugin = {
  name: "small-engine",
  generateBundle(_, output) {
    for (const [name, part] of Object.entries(output)) {
      if (!/^(?:engine|spec-reader|yaml|invented-values)\./.test(name)) continue;
      if (part.type === "asset") {
        delete output[name];
        continue;
      }
      const { code, errors } = minifySync(name, part.code, { module: name.endsWith(".js") });
      if (errors.length > 0) throw errors[0];
      part.code = code;
      part.map = null;
    }
  },
};
