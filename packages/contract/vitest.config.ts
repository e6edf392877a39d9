import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // A mutation is verified by some thirty requests, and several are under way at a time.
    testTimeout: 120_000,
    // Vite gives BASE_URL a meaning of its own to the tests, so the contract tests get it by another way.
    provide: { baseUrl: process.env["BASE_URL"] },
  },
});
