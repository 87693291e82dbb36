// SPDX-License-Identifier: Apache-2.0
// Builds the page into dist/, which the server embeds.  Everything is a file of
// its own with its hash in the name: the server's Content-Security-Policy allows
// no inline script, no inline style and no data: address.
import { defineConfig } from "vitest/config";

export default defineConfig({
  esbuild: { jsx: "automatic", jsxImportSource: "preact" },
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    sourcemap: false,
  },
  server: {
    port: 5173,
    proxy: {
      "/api": { target: process.env["VIREO_URL"] ?? "http://127.0.0.1:4318", changeOrigin: true },
    },
  },
  test: {
    environment: "happy-dom",
    include: ["tests/**/*.test.{ts,tsx}"],
    setupFiles: ["tests/setup.ts"],
    restoreMocks: true,
    testTimeout: 60_000,
  },
});
