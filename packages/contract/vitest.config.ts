import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // Vite gives BASE_URL a meaning of its own to the tests, so the contract tests get it by another way.
    provide: { baseUrl: process.env["BASE_URL"] },
  },
});
