import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { aGeneration, aModel, anOutput, pictureModels } from "./fixtures";
import * as state from "./state";
import { bring, bringAgain, choosing, forgetPictures, knowOutput, knowSources, take, takeAway } from "./uploads";

/** The files on their way, as the page sends them. */
let sending: Sending[] = [];
/** What the server answers to an announcement. */
let opens: { status: number; body: unknown }[] = [];
const removed: string[] = [];
/** What the browser sees of a file that was refused; null: no picture. */
let seen: [width: number, height: number] | null = null;

class Sending {
  upload: { onprogress?: (event: object) => void } = {};
  status = 0;
  responseText = "";
  retryAfter: string | null = null;
  getResponseHeader = () => this.retryAfter;
  onload = () => undefined as void;
  onerror = () => undefined as void;
  onabort = () => undefined as void;
  open() {}
  send() {
    sending.push(this);
  }
  abort() {
    this.onabort();
  }
  progress(part: number) {
    this.upload.onprogress?.({ lengthComputable: true, loaded: part * 100, total: 100 });
  }
  answer(status: number, body: unknown, retryAfter: string | null = null) {
    this.status = status;
    this.retryAfter = retryAfter;
    this.responseText = JSON.stringify(body);
    this.onload();
  }
}

let opened = 0;
beforeEach(() => {
  vi.stubGlobal("XMLHttpRequest", Sending);
  vi.stubGlobal("Image", class {
    naturalWidth = seen?.[0] ?? 0;
    naturalHeight = seen?.[1] ?? 0;
    decode = () => (seen ? Promise.resolve() : Promise.reject(new Error("no picture")));
  });
  vi.stubGlobal("fetch", async (path: string, { method }: RequestInit) => {
    if (method === "DELETE") removed.push(path);
    if (method === "DELETE") return new Response(null, { status: 204 });
    opened += 1;
    const body = { id: `u${opened}`, putUrl: `/media/upload/u${opened}`, expiresAt: "", maxBytes: 1000 };
    const { status, body: said } = opens.shift() ?? { status: 201, body };
    return new Response(JSON.stringify(said), { status });
  });
  vi.stubGlobal("document", { getElementById: () => null });
  opened = 0;
  sending = [];
  opens = [];
  removed.length = 0;
  seen = null;
  state.phase.value = "studio";
  state.models.value = [aModel(), ...pictureModels()];
  forgetPictures();
  state.setPrompt("bluer");
  state.chooseModel("edit", {});
});
afterEach(() => {
  forgetPictures();
  vi.unstubAllGlobals();
});

const file = (name = "cat.png", bytes = 10) => new File([new Uint8Array(bytes)], name, { type: "image/png" });
const settle = () => new Promise((resolve) => setTimeout(resolve));
const held = (name = "image") => state.inputs.value[name] as string[];
const face = (n = 0, name = "image") => state.faces.value.get(held(name)[n] ?? "");
const stored = (id: string) => ({ id, url: `/media/${id}?sig`, mediaType: "image/png", width: 60, height: 40, bytes: 10, sizes: [] });

describe("a file", () => {
  it("stands in the prompt box at once, says how far it is, and then goes by its own name", async () => {
    bring([file()]);
    expect(face()).toMatchObject({ title: "cat.png", phase: "bringing", sent: 0 });
    const { key } = face() ?? {};
    expect(state.obstacle.value).toBe("bringing");
    await settle();
    sending[0]?.progress(0.4);
    expect(face()?.sent).toBe(0.4);
    sending[0]?.answer(201, stored("u1"));
    await settle();
    expect(held()).toEqual(["u1"]);
    expect(face()).toMatchObject({ key, phase: "there", lasting: "/media/u1?sig", width: 60 });
    expect(state.obstacle.value).toBeNull();
    expect(state.announcement.value).toContain("cat.png");
  });

  it.each<[string, number, object, [number, number] | null]>([
    ["picture_refused", 400, { code: "invalid_input", field: "body" }, null],
    ["picture_refused", 400, { code: "invalid_input", field: "body" }, [60, 40]],
    ["picture_large", 400, { code: "invalid_input", field: "body" }, [9000, 9000]],
    ["picture_small", 400, { code: "invalid_input", field: "body" }, [8, 400]],
    ["body_too_large", 413, { code: "body_too_large" }, null],
    ["media_refused", 403, { code: "media_refused" }, null],
    ["account_failed", 503, {}, null],
  ])("that is refused stays and says so: %s", async (trouble, status, body, size) => {
    seen = size;
    bring([file()]);
    await settle();
    sending[0]?.answer(status, body);
    await settle();
    expect(face()).toMatchObject({ phase: "refused", trouble });
    expect(state.obstacle.value).toBe("refused");
    expect(removed, "it does not count as unused").toEqual(["/api/uploads/u1"]);
  });

  it("that is too large is not sent", async () => {
    bring([file("huge.png", 1001)]);
    await settle();
    expect(sending).toEqual([]);
    expect(face()?.trouble).toBe("body_too_large");
  });

  it("for which there is no room says so, and can be tried again", async () => {
    opens = [{ status: 409, body: { code: "too_many_uploads" } }];
    bring([file()]);
    await settle();
    expect(face()?.trouble).toBe("too_many_uploads");
    bringAgain(held()[0] ?? "");
    await settle();
    sending[0]?.answer(201, stored("u2"));
    await settle();
    expect(held()).toEqual(["u2"]);
  });

  it("for which there is no memory at the moment waits, and is sent again to the same address", async () => {
    bring([file()]);
    await settle();
    sending[0]?.answer(503, { code: "unavailable", status: 503 }, "0");
    await vi.waitFor(() => expect(sending).toHaveLength(2));
    expect(face()).toMatchObject({ phase: "bringing", trouble: null });
    sending[1]?.answer(201, stored("u1"));
    await settle();
    expect(held()).toEqual(["u1"]);
    expect(removed).toEqual([]);
    bring([file()]);
    await vi.waitFor(() => expect(sending).toHaveLength(3));
    for (let n = 2; n < 8; n += 1) {
      await vi.waitFor(() => expect(sending).toHaveLength(n + 1));
      sending[n]?.answer(503, { code: "unavailable", status: 503 }, "0");
    }
    await vi.waitFor(() => expect(removed).toEqual(["/api/uploads/u2"]));
    expect(sending).toHaveLength(8);
  });

  it("that is taken away is not brought any further", async () => {
    bring([file()]);
    await settle();
    takeAway("image", held()[0] ?? "");
    await settle();
    expect(held()).toEqual([]);
    expect(removed).toEqual(["/api/uploads/u1"]);
    expect(state.obstacle.value).toMatchObject({ role: "source" });
  });

  it("that arrives while its model is away comes back with it", async () => {
    bring([file()]);
    await settle();
    state.chooseModel("quick");
    sending[0]?.answer(201, stored("u1"));
    await settle();
    expect(state.shelf.value.pictures).toEqual(["u1"]);
    state.chooseModel("blend");
    expect(held("images")).toEqual(["u1"]);
    expect(state.shelf.value.pictures).toEqual([]);
  });
});

describe("a picture", () => {
  it("for a model that takes none chooses one that does, and lets the words stand", () => {
    state.chooseModel("quick", { aspectRatio: "1:1" });
    take(["g/0"]);
    expect([state.modelId.value, held(), state.prompt.value]).toEqual(["edit", ["g/0"], "bluer"]);
    expect(state.inputs.value["aspectRatio"], "nobody chose a ratio").toBe("match");
  });

  it("that is made here is known with its size, and gives the tile its ratio", () => {
    const generation = aGeneration("g", { outputs: [anOutput("/g/0")] });
    take([knowOutput(generation, anOutput("/g/0"), 0)]);
    expect(state.ratioOf("edit", state.asked.value)).toBeCloseTo(1344 / 768);
    expect(state.ratioOf("edit", { ...state.asked.value, aspectRatio: "1:1" })).toBe(1);
  });

  it("that was deleted is not asked for again", () => {
    const source = (url: string | null) => ({ input: "images", url, parent: null });
    const generation = aGeneration("g", { inputs: { images: ["a", "b", "c"] }, sources: [source("/a"), source(null), source("/c")] });
    expect(knowSources(generation)).toEqual({ images: ["a", "c"] });
    expect([...state.faces.value.keys()]).toEqual(["a", "c"]);
  });

  it("takes its mask along, and no other takes it", () => {
    state.chooseModel("inpaint", { image: ["a"], mask: ["m"] });
    state.chooseModel("edit");
    state.chooseModel("inpaint");
    expect(state.inputs.value).toMatchObject({ image: ["a"], mask: ["m"] });
    state.chooseModel("edit");
    state.setPictures("image", ["b"]);
    state.chooseModel("inpaint");
    expect(state.inputs.value).toMatchObject({ image: ["b"], mask: [] });
    state.setPictures("mask", ["n"]);
    state.setPictures("image", ["a"]);
    expect(state.inputs.value["mask"]).toEqual([]);
  });
});

it("nothing of them stays when somebody leaves", () => {
  state.chooseModel("edit", { image: ["a"] });
  choosing.value = { into: "image" };
  forgetPictures();
  expect([held(), state.faces.value.size, choosing.value]).toEqual([[], 0, null]);
});
