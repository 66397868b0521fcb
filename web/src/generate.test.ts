import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { till } from "./billing-state";
import { aBalance, aGeneration, aModel, anOutput, pictureModels } from "./fixtures";
import { resetGallery } from "./gallery";
import { generate, payFor, remix, retryPending, takeInstead, vary, workOn } from "./generate";
import * as state from "./state";
import { slotsOf } from "./slots";
import { forgetPictures, painting } from "./uploads";

/** What the server answers next; "lost": nothing arrives. */
let answers: ("lost" | { status: number; body: unknown })[] = [];
/** The prices that it quotes next; beyond them it quotes none. */
let prices: number[] = [];
const quotes: unknown[] = [];
const sent: { path: string; method: string; key: string | null; body: unknown }[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("addEventListener", () => undefined);
  vi.stubGlobal("removeEventListener", () => undefined);
  vi.stubGlobal("document", { querySelector: () => null, getElementById: () => null });
  vi.stubGlobal("fetch", async (path: string, init: RequestInit) => {
    if (path === "/api/quotes") {
      quotes.push(JSON.parse(String(init.body)));
      const price = prices.shift();
      const body = { quote: `quote of ${price}`, model: "quick", price, expiresAt: new Date(Date.now() + 60_000).toISOString() };
      return price === undefined ? new Response("{}", { status: 503 }) : new Response(JSON.stringify(body));
    }
    if (path === "/api/models") return new Response(JSON.stringify({ models: state.models.peek() }));
    const key = new Headers(init.headers).get("Idempotency-Key");
    sent.push({ path, method: init.method ?? "", key, body: typeof init.body === "string" ? JSON.parse(init.body) : null });
    const answer = answers.shift() ?? "lost";
    if (answer === "lost") throw new TypeError("network");
    return new Response(JSON.stringify(answer.body), { status: answer.status });
  });
  sent.length = 0;
  quotes.length = 0;
  answers = [];
  prices = [];
  till.value = null;
  state.quote.value = null;
  state.dearer.value = null;
  resetGallery();
  state.phase.value = "studio";
  state.models.value = [aModel()];
  state.chooseModel("quick", { aspectRatio: "16:9" });
  state.credits.value = aBalance(50);
  state.setPrompt("  a fox  ");
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const settle = (ms = 0) => vi.advanceTimersByTimeAsync(ms);
const accepted = { status: 202, body: { generation: aGeneration("g"), credits: aBalance(47, 3) } };

describe("a submit", () => {
  it("stands in the grid before the request is answered, and becomes the generation in place", async () => {
    answers = [accepted];
    generate();
    const before = slotsOf(state.entries.value);
    expect(before.map(({ view }) => view)).toEqual(["waiting"]);
    await settle();
    expect(slotsOf(state.entries.value).map(({ key }) => key)).toEqual(before.map(({ key }) => key));
    expect(state.pendings.value).toEqual([]);
    expect(state.credits.value).toEqual(aBalance(47, 3));
    expect(sent[0]?.body).toEqual({ model: "quick", prompt: "a fox", aspectRatio: "16:9", outputs: 1 });
  });

  it("that gets no answer is sent again with the same key", async () => {
    answers = ["lost", "lost", accepted];
    generate();
    await settle();
    expect(state.pendings.value[0]?.phase).toBe("lost");
    await settle(1000);
    await settle(2000);
    expect(new Set(sent.map(({ key }) => key)).size).toBe(1);
    expect(sent).toHaveLength(3);
    expect(state.generations.value.map(({ id }) => id)).toEqual(["g"]);
  });

  it("that is refused stays, costs nothing, and is asked anew under another key", async () => {
    answers = [{ status: 402, body: { code: "insufficient_credits", needed: 3, available: 1 } }, accepted];
    generate();
    await settle();
    expect(state.pendings.value[0]).toMatchObject({ phase: "refused", problem: { code: "insufficient_credits" } });
    expect(state.credits.value?.available).toBe(1);
    retryPending(state.pendings.value[0]?.key ?? "");
    await settle();
    expect(sent[0]?.key).not.toBe(sent[1]?.key);
    expect(state.pendings.value).toEqual([]);
  });

  it("that broke the server is retried under its own key, since it may have been accepted", async () => {
    answers = [{ status: 500, body: null }, accepted];
    generate();
    await settle();
    retryPending(state.pendings.value[0]?.key ?? "");
    await settle();
    expect(sent[0]?.key).toBe(sent[1]?.key);
  });

  it("that the host refused becomes its failed generation", async () => {
    const failed = aGeneration("g", { status: "failed", charged: 0, failure: { code: "host_refused", detail: "", charged: 0, advice: "other_model", reference: "g" } });
    answers = [
      { status: 502, body: { code: "host_refused", generation: "g" } },
      { status: 200, body: { generations: [failed], nextCursor: null, credits: aBalance(50) } },
    ];
    generate();
    await settle();
    expect(slotsOf(state.entries.value).map(({ view }) => view)).toEqual(["failed"]);
    expect(state.announcement.value).toContain("a fox");
  });

  it("without a session goes back to signing in, with the prompt kept", async () => {
    answers = [{ status: 401, body: { code: "unauthenticated" } }];
    generate();
    await settle();
    expect(state.phase.value).toBe("signed-out");
    expect(state.sessionEnded.value).toBe("ended");
    expect(state.prompt.value).toContain("a fox");
    expect(state.entries.value).toEqual([]);
  });

  it("is not made of nothing, of too much, or on credit", () => {
    for (const prompt of ["   ", "x".repeat(101)]) {
      state.setPrompt(prompt);
      generate();
    }
    state.setPrompt("a fox");
    state.credits.value = aBalance(2);
    generate();
    expect(state.missing.value).toBe(1);
    expect(sent).toEqual([]);
  });
});

describe("a price", () => {
  const quote = (price: number, forMs = 60_000) => {
    state.quote.value = { order: state.order.value, quote: `quote of ${price}`, price, untilMs: Date.now() + forMs };
  };

  it("that was quoted is on the button, and goes with the order", async () => {
    answers = [accepted];
    quote(2);
    expect(state.price.value).toBe(2);
    generate();
    await settle();
    expect(sent[0]?.body).toMatchObject({ quote: "quote of 2", prompt: "a fox" });
    expect(quotes).toEqual([]);
    state.setInput("outputs", 2);
    expect(state.price.value, "another order has no quote").toBe(6);
  });

  it("is asked for before the order if there is none, or none that lasts; a prompt has no part in it", async () => {
    answers = [accepted, accepted];
    prices = [3, 3];
    generate();
    await settle();
    quote(3, 1000);
    generate();
    await settle();
    expect(quotes).toEqual([1, 2].map(() => ({ model: "quick", aspectRatio: "16:9", outputs: 1 })));
    expect(sent.map(({ body }) => (body as { quote: string }).quote)).toEqual(["quote of 3", "quote of 3"]);
  });

  it("that has risen is shown before anything is sent", async () => {
    answers = [accepted];
    prices = [5];
    generate();
    await settle();
    expect(sent).toEqual([]);
    expect(state.pendings.value).toEqual([]);
    expect(state.prompt.value).toBe("a fox");
    expect([state.price.value, state.dearer.value?.before]).toEqual([5, 3]);
    generate();
    await settle();
    expect(sent[0]?.body).toMatchObject({ quote: "quote of 5" });
    expect(state.dearer.value).toBeNull();
  });

  it("whose quote is refused is asked for once more, and sent with the same key", async () => {
    answers = [{ status: 422, body: { code: "quote_expired" } }, accepted];
    prices = [3];
    quote(3);
    generate();
    await settle();
    expect(sent.map(({ key }) => key)).toEqual([sent[0]?.key, sent[0]?.key]);
    expect(state.generations.value.map(({ id }) => id)).toEqual(["g"]);
  });

  it("whose quote is refused again is a refusal", async () => {
    answers = [{ status: 422, body: { code: "quote_refused" } }, { status: 422, body: { code: "quote_refused" } }];
    prices = [3, 3];
    generate();
    await settle();
    expect(state.pendings.value[0]).toMatchObject({ phase: "refused", problem: { code: "quote_refused" } });
    expect(sent).toHaveLength(2);
  });

  it("that has risen is told on the tile if other words are being written, and is good for the next press", async () => {
    answers = [{ status: 402, body: { code: "insufficient_credits", needed: 3, available: 1 } }, accepted];
    prices = [3, 9];
    generate();
    await settle(61_000);
    state.setPrompt("something else");
    const refused = () => state.pendings.value[0];
    retryPending(refused()?.key ?? "");
    await settle();
    expect(sent).toHaveLength(1);
    expect(state.prompt.value).toBe("something else");
    expect(refused()).toMatchObject({ phase: "refused", shown: 9, problem: { code: "quote_expired", needed: 9, shown: 3 } });
    prices = [9];
    retryPending(refused()?.key ?? "");
    await settle();
    expect(sent[1]?.body).toMatchObject({ prompt: "a fox", quote: "quote of 9" });
  });

  it("of a retry is what the tile had cost", async () => {
    answers = [{ status: 402, body: { code: "insufficient_credits", needed: 3, available: 1 } }];
    prices = [3, 9];
    generate();
    await settle(61_000);
    till.value = null;
    retryPending(state.pendings.value[0]?.key ?? "");
    await settle();
    expect(sent).toHaveLength(1);
    expect(state.dearer.value?.before).toBe(3);
  });
});

describe("an order that lacks credits", () => {
  it("opens the till, known beforehand or by the answer", async () => {
    state.credits.value = aBalance(2);
    generate();
    expect(till.value).toMatchObject({ for: "order", needed: 3, pending: null, order: { prompt: "a fox" } });
    till.value = null;
    state.credits.value = aBalance(50);
    answers = [{ status: 402, body: { code: "insufficient_credits", needed: 3, available: 1, cheaper: { model: "plain", price: 1 } } }];
    generate();
    await settle();
    const [pending] = state.pendings.value;
    expect(till.value).toMatchObject({ for: "order", needed: 3, pending: pending?.key, cheaper: { model: "plain", price: 1 } });
    till.value = null;
    payFor(pending?.key ?? "");
    expect(till.value).toMatchObject({ for: "order", needed: 3, pending: pending?.key });
  });

  it("goes into the prompt box with another model, words and settings kept", async () => {
    state.models.value = [aModel(), aModel({ id: "plain", credits: 1 })];
    answers = [{ status: 402, body: { code: "insufficient_credits", needed: 3, available: 1 } }];
    generate();
    await settle();
    state.setPrompt("something else");
    takeInstead("plain");
    expect([state.modelId.value, state.prompt.value, state.inputs.value["aspectRatio"]]).toEqual(["plain", "a fox", "16:9"]);
    expect(state.pendings.value).toEqual([]);
    expect(till.value).toBeNull();
  });
});

describe("an order from pictures", () => {
  beforeEach(() => {
    forgetPictures();
    state.models.value = [aModel(), ...pictureModels()];
  });
  const made = aGeneration("g", { status: "succeeded", inputs: { aspectRatio: "16:9", outputs: 1, seed: 7 }, outputs: [anOutput("/g/0")] });
  const output = anOutput("/g/0");

  it("names them in a list, and needs no words where the model takes none", async () => {
    answers = [accepted];
    state.setPrompt("words of before");
    state.chooseModel("larger", { image: ["g/0"] });
    generate();
    await settle();
    expect(sent[0]?.body).toEqual({ model: "larger", prompt: "", image: ["g/0"] });
  });

  it("that lacks one is not sent, and leads to where it comes from", () => {
    state.chooseModel("edit", {});
    expect(state.obstacle.value).toMatchObject({ name: "image" });
    generate();
    state.chooseModel("inpaint", { image: ["g/0"] });
    generate();
    expect(painting.value).toBe(true);
    expect(sent).toEqual([]);
    expect(quotes, "there is no price of what is no order yet").toEqual([]);
  });

  it("is begun from a picture by the first model of its kind, with words that are still to be written", () => {
    state.setPrompt("a fox");
    workOn("edit", made, output, 0);
    expect([state.modelId.value, state.inputs.value["image"], state.prompt.value]).toEqual(["edit", ["g/0"], ""]);
    state.setPrompt("make it snow");
    workOn("image-to-video", made, output, 0);
    expect([state.modelId.value, state.inputs.value["image"], state.prompt.value]).toEqual(["film", ["g/0"], "make it snow"]);
    expect(state.price.value).toBe(45);
  });

  it("that finds no model in the plan changes nothing", () => {
    state.models.value = [aModel()];
    workOn("edit", made, output, 0);
    expect(state.modelId.value).toBe("quick");
    expect(state.notice.value).toBe(state.text.value.actions.noModel);
  });

  it("is varied with another seed at once, remixed in the prompt box", async () => {
    answers = [accepted];
    vary(made);
    await settle();
    const parent = { id: "g", relation: "variation" };
    expect(sent[0]?.body).toEqual({ model: "quick", prompt: "a fox", aspectRatio: "16:9", outputs: 1, parent });
    remix(made);
    expect(sent).toHaveLength(1);
    expect(state.inputs.value).toMatchObject({ seed: null, aspectRatio: "16:9" });
  });

  it("says what it is made from, until the prompt box holds something else", async () => {
    const refusedParent = { status: 400, body: { code: "invalid_input", field: "parent" } };
    answers = [accepted, refusedParent, accepted, accepted];
    remix(made);
    generate();
    await settle();
    expect(sent[0]?.body).toMatchObject({ parent: { id: "g", relation: "remix" } });
    // It was deleted meanwhile: the order goes on without it, under the same key.
    generate();
    await settle();
    expect([sent[1]?.key === sent[2]?.key, "parent" in (sent[2]?.body as object)]).toEqual([true, false]);
    expect(state.pendings.value).toEqual([]);
    remix(made);
    state.setPrompt("");
    state.setPrompt("a boat");
    generate();
    await settle();
    expect(sent[3]?.body).not.toHaveProperty("parent");
  });

  it("is not varied for more than there is, or from what is gone", () => {
    state.credits.value = aBalance(2);
    vary(made);
    expect(till.value).toMatchObject({ for: "order", needed: 3 });
    const source = { input: "image", url: null, parent: "x/0" };
    vary(aGeneration("h", { model: "edit", inputs: { image: ["x/0"] }, sources: [source], outputs: [output] }));
    expect([state.modelId.value, state.inputs.value["image"]]).toEqual(["edit", []]);
    expect(sent).toEqual([]);
  });
});

it("pictures are numbered in the order of the grid", () => {
  state.generations.value = [
    aGeneration("b", { status: "succeeded", outputs: [anOutput("/b/0"), anOutput("/b/1")] }),
    aGeneration("f", { status: "failed" }),
    aGeneration("a", { status: "succeeded", outputs: [anOutput("/a/0")] }),
  ];
  expect(state.pictures.value.map(({ output }) => output.url)).toEqual(["/b/0", "/b/1", "/a/0"]);
});
