import { defineConfig } from "vitest/config";

export default defineConfig({
  // GitHub's workflow parser names source maps that it does not ship.
  logLevel: "error",
  test: {
    // Some tests start processes, which a busy machine takes its time for.
    testTimeout: 60_000,
    // GitHub's workflow parser: its JSON imports have no `type: json`, which Node refuses and Vite does not.
    server: { deps: { inline: [/@actions/] } },
  },
});
