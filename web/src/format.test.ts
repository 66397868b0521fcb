import { describe, expect, it } from "vitest";
import { chooseLang, fileName, formatAgo, formatBytes, formatDateTime, formatElapsed, formatNumber, formatRetry, formatSeconds } from "./format";

describe("formatting by language", () => {
  it("writes numbers", () => {
    expect(formatNumber(12345, "en")).toBe("12,345");
    expect(formatNumber(12345, "fr")).toBe("12\u202f345");
  });

  it("writes sizes", () => {
    expect(formatBytes(900, "en")).toBe("900\u00a0B");
    expect(formatBytes(412_300, "en")).toBe("412\u00a0kB");
    expect(formatBytes(1_450_000, "fr")).toBe("1,5\u00a0Mo");
  });

  it("writes how long ago something was", () => {
    const now = Date.UTC(2026, 5, 15, 12);
    const ago = (ms: number) => new Date(now - ms).toISOString();
    expect(formatAgo(ago(23 * 3_600_000), now, "en")).toBeNull();
    expect(formatAgo(ago(-60_000), now, "en")).toBeNull();
    expect(formatAgo(ago(3 * 86_400_000), now, "en")).toBe("3 days ago");
    expect(formatAgo(ago(3 * 86_400_000), now, "fr")).toBe("il y a 3 jours");
    expect(formatAgo(ago(30 * 3_600_000), now, "fr")).toBe("hier");
    expect(formatAgo(ago(70 * 86_400_000), now, "en")).toBe("2 months ago");
  });

  it("writes when to try again, never too early", () => {
    const now = Date.UTC(2026, 5, 15, 12, 0, 30);
    expect(formatRetry(now + 4_200, now, "en")).toEqual({ seconds: 5, clock: null });
    expect(formatRetry(now - 1_000, now, "en")).toEqual({ seconds: 1, clock: null });
    const shown = new Intl.DateTimeFormat("fr", { timeStyle: "short" }).format(Date.UTC(2026, 5, 15, 12, 16));
    expect(formatRetry(now + 900_000, now, "fr").clock).toBe(shown);
  });

  it("writes durations", () => {
    expect(formatSeconds(1500, "en")).toBe("1.5\u00a0s");
    expect(formatSeconds(1500, "fr")).toBe("1,5\u00a0s");
    expect(formatSeconds(12_400, "en")).toBe("12\u00a0s");
    expect(formatSeconds(59_700, "en")).toBe("1\u00a0min\u00a000\u00a0s");
    expect(formatSeconds(125_000, "fr")).toBe("2\u00a0min\u00a005\u00a0s");
    expect(formatElapsed(1999, "en")).toBe("1\u00a0s");
    expect(formatElapsed(-50, "en")).toBe("0\u00a0s");
  });

  it("writes dates, and leaves alone what is none", () => {
    expect(formatDateTime("2026-03-01T12:00:00.000Z", "en")).toContain("March 1, 2026");
    expect(formatDateTime("2026-03-01T12:00:00.000Z", "fr")).toContain("mars 2026");
    expect(formatDateTime("soon", "en")).toBe("soon");
  });
});

describe("the language to start in", () => {
  it.each([
    ["fr", ["en-US"], "fr"],
    [null, ["fr-CA", "en"], "fr"],
    [null, ["de", "fr"], "fr"],
    [null, ["de"], "en"],
    ["xx", [], "en"],
  ] as const)("%s, %j: %s", (stored, preferred, lang) => expect(chooseLang(stored, preferred)).toBe(lang));
});

describe("file names", () => {
  it("say what the picture is", () => {
    expect(fileName("A red fox, in snow!", 0, 1, "image/webp")).toBe("atelier-a-red-fox-in-snow.webp");
    expect(fileName("Été à l’aube", 1, 2, "image/jpeg")).toBe("atelier-ete-a-l-aube-2.jpg");
  });

  it("stay names whatever the prompt", () => {
    expect(fileName("../../*?<>", 0, 1, "image/png")).toBe("atelier.png");
    expect(fileName("x".repeat(500), 0, 1, "image/png").length).toBeLessThan(70);
    expect(fileName("狐 雪", 0, 1, "image/png")).toBe("atelier-狐-雪.png");
  });
});
