import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { till } from "./billing-state";
import { keepDraft, restoreDraft, takeFocus } from "./draft";
import { aModel, pictureModels } from "./fixtures";
import * as state from "./state";
import { forgetPictures, know } from "./uploads";

const kept = new Map<string, string>();
const ada = { id: "ada", name: "Ada", email: "ada@example.com", emailVerified: true, image: null, createdAt: "2026-01-01T00:00:00.000Z" };

beforeEach(() => {
  kept.clear();
  vi.stubGlobal("sessionStorage", {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => kept.set(name, value),
    removeItem: (name: string) => kept.delete(name),
  });
  state.user.value = ada;
  state.models.value = [aModel(), aModel({ id: "plain" }), ...pictureModels()];
  forgetPictures();
  till.value = null;
  takeFocus();
  fill("plain", "a fox", { outputs: 2, aspectRatio: "16:9" });
});
afterEach(() => vi.unstubAllGlobals());

function fill(model: string, prompt: string, inputs = {}): void {
  state.setPrompt(prompt);
  state.chooseModel(model, inputs);
}

it("a prompt box comes back as it was, once", () => {
  keepDraft();
  fill("quick", "");
  restoreDraft();
  expect([state.prompt.value, state.modelId.value]).toEqual(["a fox", "plain"]);
  expect(state.inputs.value).toMatchObject({ outputs: 2, aspectRatio: "16:9" });
  expect([takeFocus(), takeFocus()]).toEqual([true, false]);
  expect(kept.size).toBe(0);
});

it("an empty one keeps the order that could not be paid", () => {
  fill("quick", " ");
  till.value = { for: "order", needed: 9, order: { model: "plain", prompt: "a boat", outputs: 3 }, pending: null };
  keepDraft();
  restoreDraft();
  expect([state.prompt.value, state.modelId.value, state.inputs.value["outputs"]]).toEqual(["a boat", "plain", 3]);
});

it("pictures come back, without words too; those on their way do not", () => {
  know(new Map([["a", { url: "/a?sig", title: "cat.png", width: 60, height: 40 }]]));
  fill("blend", "", { images: ["a", "local:1"] });
  keepDraft();
  forgetPictures();
  fill("quick", "");
  restoreDraft();
  expect([state.modelId.value, state.inputs.value["images"]]).toEqual(["blend", ["a"]]);
  expect(state.faces.value.get("a")).toMatchObject({ url: "/a?sig", title: "cat.png", phase: "there", width: 60 });
});

it("nothing comes back to somebody else, over other words, or out of nonsense", () => {
  keepDraft();
  state.setPrompt("");
  state.user.value = { ...ada, id: "someone" };
  restoreDraft();
  expect(state.prompt.value).toBe("");

  state.user.value = ada;
  state.setPrompt("a fox");
  keepDraft();
  state.setPrompt("newer");
  restoreDraft();
  expect(state.prompt.value).toBe("newer");

  for (const odd of ["", "null", "{", "[]", '{"user":"ada","prompt":3}']) {
    kept.set("draft", odd);
    state.setPrompt("");
    restoreDraft();
    expect(state.prompt.value).toBe("");
  }
  expect(takeFocus()).toBe(false);
});

it("settings that the model does not take become its own", () => {
  kept.set("draft", JSON.stringify({ user: "ada", prompt: "a fox", model: "gone", inputs: { outputs: 99, aspectRatio: "16:9", x: "y" } }));
  state.setPrompt("");
  restoreDraft();
  expect(state.modelId.value).toBe("quick");
  expect(state.inputs.value).toEqual({ outputs: 1, aspectRatio: "16:9", seed: null });
});
