import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    typecheck: { enabled: true },
    // Many tests start processes, which a busy machine takes its time for.
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
