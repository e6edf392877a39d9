import { defineConfig, mergeConfig } from "vitest/config";
import base from "../../vitest.base.ts";

export default mergeConfig(
  base,
  defineConfig({
    test: {
      // The mutations wait most of their time: for pauses between attempts, and for deadlines.
      maxConcurrency: 15,
      // Vite gives BASE_URL a meaning of its own to the tests, so the contract tests get it by another way.
      provide: { baseUrl: process.env["BASE_URL"] },
    },
  }),
);
