import { defineConfig, mergeConfig } from "vitest/config";
import base from "../vitest.base.ts";

export default mergeConfig(
  base,
  defineConfig({
    // GitHub's workflow parser refers to source maps that it does not ship.
    logLevel: "error",
    // Vite accepts the parser's JSON imports without `type: json`, which Node refuses.
    test: { server: { deps: { inline: [/@actions/] } } },
  }),
);
