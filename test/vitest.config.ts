import { defineConfig, mergeConfig } from "vitest/config";
import base from "../vitest.base.ts";

export default mergeConfig(
  base,
  defineConfig({
    // GitHub's workflow parser names source maps that it does not ship.
    logLevel: "error",
    // GitHub's workflow parser: its JSON imports have no `type: json`, which Node refuses and Vite does not.
    test: { server: { deps: { inline: [/@actions/] } } },
  }),
);
