import { beforeEach, describe, expect, it, vi } from "vitest";
import { ProblemError, accountApi, api, billingApi } from "./api";

/** Requests that wait for the test to answer them; an aborted one fails as a browser's does. */
const waiting: { path: string; keepalive: boolean; answer: (status: number, body?: unknown) => void; aborted: () => boolean }[] = [];

beforeEach(() => {
  waiting.length = 0;
  vi.stubGlobal(
    "fetch",
    (path: string, { signal, keepalive = false }: RequestInit) =>
      new Promise<Response>((resolve, reject) => {
        signal?.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")));
        waiting.push({
          path,
          keepalive,
          answer: (status, body = {}) => resolve(new Response(JSON.stringify(body), { status })),
          aborted: () => signal?.aborted === true,
        });
      }),
  );
});

const under = (path: string) => waiting.filter((request) => request.path === path);
const nothingMore = () => new Promise((resolve) => setTimeout(resolve, 0));

it("deletes though the page is closed meanwhile", async () => {
  const removed = api.remove("0123456789abcdefghjkmnpqrs");
  const read = billingApi.billing();
  expect(waiting.map(({ keepalive }) => keepalive)).toEqual([true, false]);
  for (const { answer } of waiting) answer(200, null);
  await Promise.all([removed, read]);
});

describe("a read that meets the end of the session", () => {
  it("is taken back, and ends unauthenticated without asking again", async () => {
    const early = billingApi.billing().catch((error: unknown) => error);
    const out = accountApi.signOut();
    const late = billingApi.invoices().catch((error: unknown) => error);
    await nothingMore();
    expect(waiting.map(({ path }) => path)).toEqual(["/api/billing", "/api/auth/sign-out"]);
    expect(under("/api/billing")[0]?.aborted()).toBe(true);
    under("/api/auth/sign-out")[0]?.answer(200, { success: true });
    await out;
    for (const error of [await early, await late]) {
      expect(error).toBeInstanceOf(ProblemError);
      expect((error as ProblemError).problem).toEqual({ status: 401, code: "unauthenticated" });
    }
    expect(waiting).toHaveLength(2);
  });

  it("is made after all where the session goes on", async () => {
    const read = billingApi.billing();
    const out = accountApi.signOut().catch((error: unknown) => error);
    under("/api/auth/sign-out")[0]?.answer(503);
    expect(await out).toBeInstanceOf(ProblemError);
    await nothingMore();
    under("/api/billing")[1]?.answer(200, { enabled: true });
    expect(await read).toEqual({ enabled: true });
  });

  it("goes on where an account's end has only been asked for by mail", async () => {
    const read = billingApi.billing();
    const asked = accountApi.remove(null);
    under("/api/auth/delete-user")[0]?.answer(200, { message: "Verification email sent" });
    await asked;
    await nothingMore();
    under("/api/billing")[1]?.answer(200, { enabled: true });
    expect(await read).toEqual({ enabled: true });
  });

  it("reads the next session's answers as before", async () => {
    const read = billingApi.billing();
    under("/api/billing")[0]?.answer(200, { enabled: false });
    expect(await read).toEqual({ enabled: false });
  });
});
