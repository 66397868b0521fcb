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
    // What every visit loads is one file: cut up by who else uses which part of it, it would be larger than the parts that wait.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: "studio", test: /\/src\/main\.tsx$/ }] } } },
  },
  server: {
    proxy: Object.fromEntries(
      ["/api", "/media"].map((path) => [path, { target: process.env["ATELIER_URL"] ?? "http://127.0.0.1:8787", ws: true }]),
    ),
  },
  // The style sheets are read as text, for the contrasts.
  test: { include: ["src/**/*.test.ts"], environment: "node", css: true },
});
