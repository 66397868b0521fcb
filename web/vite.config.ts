import { defineConfig } from "vitest/config";

export default defineConfig({
  root: import.meta.dirname,
  base: "/",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "es2022",
    // The policy forbids inline scripts, and every browser of this target preloads modules by itself.
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
  },
  server: {
    proxy: Object.fromEntries(
      ["/api", "/media"].map((path) => [path, { target: process.env["ATELIER_URL"] ?? "http://127.0.0.1:8787", ws: true }]),
    ),
  },
  // The style sheets are read as text, for the contrasts.
  test: { include: ["src/**/*.test.ts"], environment: "node", css: true },
});
