import { describe, expect, it } from "vitest";
import { en } from "../text/en";
import { fr } from "../text/fr";
import { ConnectionLost, ProblemError } from "./api";
import { attempt, troubleWords } from "./trouble";

const refuse = (problem: { status: number; code?: string; message?: string; retryAfterS?: number }) =>
  attempt(() => Promise.reject(new ProblemError({ code: "", ...problem })));
const NOW = Date.UTC(2026, 0, 1, 12, 0, 0);

describe("what went wrong", () => {
  it("is told by code, by sentence or by status", async () => {
    expect(await refuse({ status: 400, code: "INVALID_PASSWORD" })).toMatchObject({ code: "INVALID_PASSWORD" });
    expect(await refuse({ status: 400, message: "Email is the same" })).toMatchObject({ code: "EMAIL_IS_THE_SAME" });
    expect(await refuse({ status: 400, message: "Verification email isn't enabled" })).toMatchObject({ code: "VERIFICATION_EMAIL_NOT_ENABLED" });
    expect(await refuse({ status: 401, code: "UNAUTHORIZED" })).toMatchObject({ code: "unauthenticated" });
    expect(await refuse({ status: 404, code: "not_found" })).toMatchObject({ code: "ACCOUNT_NOT_FOUND" });
    expect(await refuse({ status: 500 })).toMatchObject({ code: "account_failed" });
    expect(await refuse({ status: 503, code: "unavailable" })).toMatchObject({ code: "account_failed" });
    expect(await attempt(() => Promise.reject(new ConnectionLost()))).toMatchObject({ code: "connection_lost" });
    expect(await attempt(() => Promise.resolve())).toBeNull();
  });

  it("is thrown on when it is a fault of the page", async () => {
    await expect(attempt(() => Promise.reject(new TypeError("ours")))).rejects.toThrow("ours");
  });

  it("says when to try again", async () => {
    const trouble = await refuse({ status: 429, message: "Too many requests. Please try again later.", retryAfterS: 7 });
    expect(trouble?.code).toBe("rate_limited");
    expect(troubleWords({ code: "rate_limited", retryAtMs: NOW + 6_200 }, en, "en", NOW)).toBe("Too many attempts. Try again in 7 seconds.");
    expect(troubleWords({ code: "rate_limited", retryAtMs: NOW + 900 }, fr, "fr", NOW)).toMatch(/dans 1\u00a0seconde\.$/);
    const clock = new Intl.DateTimeFormat("fr", { timeStyle: "short" }).format(NOW + 15 * 60_000);
    expect(troubleWords({ code: "rate_limited", retryAtMs: NOW + 15 * 60_000 }, fr, "fr", NOW)).toBe(`Trop de tentatives. Réessayez à\u00a0${clock}.`);
    expect(troubleWords({ code: "rate_limited" }, en, "en")).toBe(en.problems.rate_limited);
  });
});
