// The library through the built Worker: what is found, how it is kept, who else sees it, and how it is taken along.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Client, ask, startStudio, until } from "./support/studio.mjs";
import { unzip } from "./support/zip.mjs";

const UNKNOWN = "0".repeat(26);

let stack, person, other, theirs;
/** Everything that this person has made, oldest first. */
let made = [];
let folders = {};

const counted = async (deed) => {
  const { result, trips } = await stack.proxy.count(deed);
  assert.equal(trips, 1, "one round trip");
  return result;
};
const good = ({ status, body }, wanted = 200) => (assert.equal(status, wanted, JSON.stringify(body)), body);
const query = (filter) => new URLSearchParams(filter).toString();
const patch = (path, json, who = person, options = {}) => who.send("PATCH", path, { json, ...options });
const list = async (filter = {}, who = person) => good(await who.get(`/api/generations?${query(filter)}`));
const ids = async (filter, who) => (await list(filter, who)).generations.map(({ id }) => id);

before(async () => {
  stack = await startStudio();
  [person, other] = [await new Client(stack).signUp(), await new Client(stack).signUp()];
  for (const who of [person, other]) {
    const { code, output } = await stack.runOperator(["credits", "grant", "--user", who.user.id, "--credits", "2000", "--kind", "goodwill", "--key", `library-${who.user.id}`]);
    assert.equal(code, 0, output);
  }
  const works = [
    ["a red fox in the snow", {}],
    ["Crème brûlée, naïve painting", { aspectRatio: "16:9" }],
    ["two foxes AND a sci-fi city", { model: "flux-dev", aspectRatio: "16:9" }],
    ["a lighthouse, \"red\" at night", { outputs: 2, aspectRatio: "3:2" }],
    ["un été à la mer", { model: "flux-dev" }],
    ["a boat, fail", { aspectRatio: "16:9" }],
    ["OR NOT NEAR", {}],
  ];
  for (const [prompt, more] of works) made.push((await person.make(prompt, more)).generation);
  const source = `${made[0].id}/0`;
  made.push((await person.make("the same fox in spring", { model: "flux-kontext-pro", image: source })).generation);
  made.push((await person.make("", { model: "real-esrgan", prompt: undefined, image: source })).generation);
  theirs = (await other.make("a red fox of somebody else's")).generation;
  for (const name of ["Winter", "Städte"]) folders[name] = good(await person.post("/api/folders", { name }), 201).id;
  good(await patch(`/api/generations/${made[0].id}`, { favourite: true, folder: folders.Winter }));
  good(await patch(`/api/generations/${made[2].id}`, { favourite: true, folder: folders.Städte }));
  good(await patch(`/api/generations/${made[3].id}`, { folder: folders.Winter }));
  made = (await list({ limit: 100 })).generations.reverse();
});
after(() => stack?.stop());

describe("what is found", () => {
  let models;
  before(async () => {
    ({ models } = (await person.get("/api/models")).body);
  });

  /** The filter written down again, as plainly as possible. */
  const wanted = (filter) => (work) => {
    const ratio = (text) => {
      const [width, height] = text.split(":").map(Number);
      const asked = work.inputs.aspectRatio;
      if (/^\d+:\d+$/.test(asked ?? "")) return asked === text;
      return work.outputs.some((output) => Math.abs(output.width / output.height / (width / height) - 1) <= 0.03);
    };
    const fold = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
    const words = fold(work.prompt).split(/[^a-z0-9]+/);
    return Object.entries(filter).every(([name, value]) => ({
      model: () => value.split(",").includes(work.model),
      kind: () => value.split(",").includes(models.find(({ id }) => id === work.model).kind),
      status: () => value.split(",").includes(work.status),
      ratio: () => ratio(value),
      favourite: () => work.favourite === (value === "true"),
      folder: () => work.folder === (value === "none" ? null : value),
      from: () => work.createdAt >= value,
      to: () => work.createdAt < value,
      q: () => fold(value).split(/\s+/).every((word) => words.some((found) => found.startsWith(word))),
    })[name]());
  };
  const agrees = async (filter) => {
    const expected = made.filter(wanted(filter)).map(({ id }) => id).reverse();
    assert.deepEqual(await ids({ ...filter, limit: 100 }), expected, JSON.stringify(filter));
    return expected.length;
  };
  const single = () => ({
    model: ["flux-schnell", "flux-dev,flux-kontext-pro", "a-model-that-never-was"],
    kind: ["text-to-image", "edit", "upscale,edit", "text-to-video"],
    status: ["succeeded", "failed", "failed,running", "queued"],
    ratio: ["16:9", "1:1", "3:2", "9:16"],
    favourite: ["true", "false"],
    folder: [folders.Winter, folders.Städte, "none", UNKNOWN],
    from: [made[0].createdAt, made[4].createdAt, "2020-01-01", "2999-01-01"],
    to: [made[4].createdAt, "2020-01-01", "2999-01-01T00:00:00Z"],
    q: ["fox", "creme", "BRÛLÉE", "red", "ete", "or", "near not", "sci", "nothing like it"],
  });

  test("each filter alone", async () => {
    let found = 0;
    for (const [name, values] of Object.entries(single())) for (const value of values) found += await agrees({ [name]: value });
    assert.ok(found > 60, `${found}`);
  });

  test("any two filters, and all together", async () => {
    const choices = Object.entries(single());
    for (const [one, values] of choices) for (const [two, more] of choices) if (one < two) await agrees({ [one]: values[0], [two]: more[0] });
    const all = { model: "flux-schnell,flux-dev", kind: "text-to-image", status: "succeeded", ratio: "16:9", favourite: "true", folder: folders.Städte, from: made[0].createdAt, to: "2999-01-01", q: "fox" };
    assert.equal(await agrees(all), 1);
  });

  test("words as they are typed", async () => {
    const found = async (q) => (await ids({ q })).length;
    for (const [q, count] of [
      ["\"red fox\"", 1], ["\"fox red\"", 0], ["fo", 3], ["\"fo\"", 0], ["Sci-Fi", 1], ["crème", 1], ["cre\u0300me", 1], ["AND", 1], ["fox AND red", 0], ["fox*", 3],
      ["prompt:fox", 0], ["userId:fox", 0], ["fox)", 3], ["(fox", 3], ["\"", made.length], ["'; DROP TABLE generation; --", 0], ["\u0000fox", 3], ["🦊", 0], ["   ", made.length], ["NEAR(or not)", 0],
      [`"${person.user.id}"`, 0], ["fail", 1],
    ]) {
      const answer = await person.get(`/api/generations?${query({ q })}`);
      assert.equal(answer.status, 200, q);
      if (q === "\"") assert.equal(answer.body.generations.length, 0, "a quote alone has no words");
      else assert.equal(await found(q), count, q);
    }
  });

  test("never another person's", async () => {
    for (const q of ["somebody", "fox", "\"somebody else's\""]) assert.ok(!(await ids({ q })).includes(theirs.id), q);
    assert.deepEqual(await ids({ q: "somebody" }, other), [theirs.id]);
    assert.deepEqual(await ids({ folder: folders.Winter }, other), []);
  });

  test("one round trip, with whatever filter, and who is new is welcome", async () => {
    await counted(() => list());
    await counted(() => list({ q: "fox", favourite: "true", ratio: "1:1" }));
    const newcomer = await new Client(stack).signUp();
    assert.equal((await list({ q: "fox" }, newcomer)).credits.available, 50);
  });

  test("pages, while new works come", async () => {
    const seen = [];
    let cursor;
    do {
      const page = await list({ limit: 2, q: "fox", ...(cursor ? { cursor } : {}) });
      seen.push(...page.generations.map(({ id }) => id));
      cursor = page.nextCursor;
      if (seen.length === 2) await person.make("a fox that comes meanwhile").then(({ generation }) => person.delete(`/api/generations/${generation.id}`).then(() => person.make("one more fox")));
    } while (cursor);
    assert.deepEqual(seen, made.filter(wanted({ q: "fox" })).map(({ id }) => id).reverse(), "each once, and none of the new");
    const [newest] = await ids({ q: "more fox" });
    assert.equal((await person.delete(`/api/generations/${newest}`)).status, 204);
    assert.deepEqual(await ids({ q: "more fox" }), [], "what is deleted is not found");
  });

  test("what is no filter is refused by name", async () => {
    for (const [text, field] of [
      ["kind=painting", "kind"], ["model=a%20b", "model"], ["status=done", "status"], ["ratio=wide", "ratio"], ["favourite=yes", "favourite"], ["folder=x", "folder"], ["from=yesterday", "from"],
      ["to=2026-02-30", "to"], [`q=${"x".repeat(201)}`, "q"], ["q=a&q=b", "q"], ["favorite=true", "favorite"], ["userId=x", "userId"], ["limit=0", "limit"], ["cursor=x", "cursor"],
    ]) {
      const { status, body } = await person.get(`/api/generations?${text}`);
      assert.deepEqual([status, body.code, body.field], [400, "invalid_input", field], text);
    }
  });
});

describe("how works are kept", () => {
  test("a work is marked and moved", async () => {
    const path = `/api/generations/${made[1].id}`;
    const { generation, credits } = good(await counted(() => patch(path, { favourite: true, folder: folders.Winter })));
    assert.deepEqual([generation.favourite, generation.folder, credits.held], [true, folders.Winter, 0]);
    assert.equal(good(await patch(path, { favourite: false })).generation.folder, folders.Winter, "what is not said stays");
    assert.deepEqual([good(await patch(path, { folder: null })).generation.folder, good(await person.get(path)).generation.favourite], [null, false]);
    for (const [json, field] of [[{}, "favourite"], [{ favourite: 1 }, "favourite"], [{ folder: "x" }, "folder"], [{ folder: UNKNOWN }, "folder"], [{ favourite: true, folder: UNKNOWN }, "folder"], [{ prompt: "x" }, "prompt"], [{ userId: "x" }, "userId"]]) {
      const { status, body } = await patch(path, json);
      assert.deepEqual([status, body.code, body.field], [400, "invalid_input", field], JSON.stringify(json));
    }
    assert.equal(good(await person.get(path)).generation.favourite, false, "all of it or nothing");
  });

  test("folders", async () => {
    const names = async () => good(await counted(() => person.get("/api/folders"))).folders.map(({ name, works }) => [name, works]);
    assert.deepEqual(await names(), [["Städte", 1], ["Winter", 2]]);
    const folder = good(await counted(() => person.post("/api/folders", { name: "  Été " })), 201);
    assert.deepEqual([folder.name, folder.works], ["Été", 0]);
    for (const name of ["été", "E\u0301TE\u0301", "WINTER"]) assert.equal((await person.post("/api/folders", { name })).body.code, "folder_exists", name);
    good(await other.post("/api/folders", { name: "Winter" }), 201);
    for (const name of ["", "  ", "x".repeat(81), "a\nb", 7, null, undefined]) assert.deepEqual((await person.post("/api/folders", { name })).body.field, "name", `${name}`);
    const path = `/api/folders/${folder.id}`;
    assert.equal(good(await counted(() => patch(path, { name: "Sommer" }))).name, "Sommer");
    assert.equal((await patch(path, { name: "winter" })).body.code, "folder_exists");
    assert.equal(good(await patch(path, { name: "SOMMER" })).name, "SOMMER", "its own name in other letters");
    good(await patch(`/api/generations/${made[4].id}`, { folder: folder.id }));
    assert.equal((await counted(() => person.delete(path))).status, 204);
    assert.equal((await person.delete(path)).status, 404);
    assert.equal(good(await person.get(`/api/generations/${made[4].id}`)).generation.folder, null, "its works stay");
    const rows = Array.from({ length: 499 }, (_, n) => `('${String(n).padStart(26, "0")}', '${other.user.id}', 'f${n}', 'f${n}', 0)`);
    await ask(stack, `INSERT INTO folder ("id", "userId", "name", "nameKey", "createdAt") VALUES ${rows.join()}`);
    assert.deepEqual((await other.post("/api/folders", { name: "one too many" })).body.code, "too_many_folders");
  });

  test("many at once, each as by itself", async () => {
    const bulk = (json, who = person) => counted(() => who.post("/api/generations/bulk", json));
    const outcomes = async (json, who) => good(await bulk(json, who)).results.map(({ outcome }) => outcome);
    const some = [made[4].id, theirs.id, UNKNOWN, made[5].id];
    const each = ["done", "not_found", "not_found", "done"];
    assert.deepEqual(await outcomes({ ids: some, action: "favourite" }), each, "a stranger's is as unknown as one that never was");
    assert.deepEqual(await outcomes({ ids: some, action: "move", folder: folders.Winter }), each);
    assert.deepEqual((await ids({ folder: folders.Winter, favourite: "true" })).sort(), [made[0].id, made[4].id, made[5].id].sort());
    assert.deepEqual(await outcomes({ ids: some, action: "unfavourite" }), each);
    assert.deepEqual(await outcomes({ ids: [...some, made[4].id], action: "move", folder: null }), each, "each once");
    assert.deepEqual([good(await other.get(`/api/generations/${theirs.id}`)).generation].map(({ favourite, folder }) => [favourite, folder]), [[false, null]]);

    const running = good(await person.order("a slow tide"), 202).generation.id;
    const gone = (await person.make("soon gone")).generation;
    assert.deepEqual(await outcomes({ ids: [gone.id, running, theirs.id, UNKNOWN], action: "delete" }), ["done", "generation_open", "not_found", "not_found"]);
    assert.equal((await person.get(`/api/generations/${gone.id}`)).status, 404);
    assert.equal((await fetch(stack.url + gone.outputs[0].url)).status, 404, "its file is gone");
    assert.equal((await other.get(`/api/generations/${theirs.id}`)).status, 200);
    await person.end(running);
    assert.deepEqual(await outcomes({ ids: [running], action: "delete" }), ["done"]);

    for (const [json, field] of [
      [{ ids: [], action: "delete" }, "ids"], [{ action: "delete" }, "ids"], [{ ids: "x", action: "delete" }, "ids"], [{ ids: [1], action: "delete" }, "ids"], [{ ids: Array(101).fill(UNKNOWN), action: "delete" }, "ids"],
      [{ ids: [UNKNOWN], action: "sell" }, "action"], [{ ids: [UNKNOWN] }, "action"], [{ ids: [UNKNOWN], action: "move" }, "folder"], [{ ids: [UNKNOWN], action: "delete", folder: null }, "folder"],
    ]) {
      const { status, body } = await person.post("/api/generations/bulk", json);
      assert.deepEqual([status, body.field], [400, field], JSON.stringify(json).slice(0, 80));
    }
    assert.equal((await bulk({ ids: [made[0].id], action: "move", folder: UNKNOWN })).body.field, "folder");
  });

  test("what was made from what", async () => {
    const parent = { id: made[0].id, relation: "variation" };
    const one = (await person.make("a red fox in the snow", { parent })).generation;
    const two = (await person.make("a red fox in the rain", { parent: { ...parent, relation: "remix" } })).generation;
    assert.deepEqual([one.parent, made[0].parent], [parent, null]);
    const lineage = async (id) => {
      const body = good(await counted(() => person.get(`/api/generations/${id}/lineage`)));
      return Object.fromEntries(Object.entries(body).map(([name, kin]) => [name, kin.map(({ relation, generation }) => [relation, generation.id])]));
    };
    const [edited, larger] = made.slice(-2);
    assert.deepEqual(await lineage(made[0].id), { parents: [], children: [["remix", two.id], ["variation", one.id], ["source", larger.id], ["source", edited.id]], siblings: [] });
    assert.deepEqual(await lineage(one.id), { parents: [["variation", made[0].id]], children: [], siblings: [["remix", two.id]] });
    assert.deepEqual((await lineage(edited.id)).parents, [["source", made[0].id]]);
    for (const bad of [{ ...parent, id: theirs.id }, { ...parent, id: UNKNOWN }, { ...parent, relation: "source" }, { id: parent.id }, parent.id, 7]) {
      const { status, body } = await person.order("a fox", { parent: bad });
      assert.deepEqual([status, body.field], [400, "parent"], JSON.stringify(bad));
    }
    const key = { "idempotency-key": "kin" };
    good(await person.order("a fox", { parent }, key), 202);
    assert.equal((await person.order("a fox", {}, key)).body.code, "idempotency_key_reused", "another parent is another order");
    const again = await person.order("a fox", { parent }, key);
    assert.equal(again.headers.get("idempotency-replayed"), "true");
    await person.end(again.body.generation.id);
    for (const { id } of [one, two, again.body.generation]) assert.equal((await person.delete(`/api/generations/${id}`)).status, 204);
  });
});

describe("links", () => {
  const anybody = () => new Client(stack);
  const share = async (id, json = {}, who = person) => good(await counted(() => who.post(`/api/generations/${id}/shares`, json)), 201);
  const open = (link) => anybody().get(`/api/shared/${new URL(link).pathname.slice(3)}`);

  test("show the work, and the recipe only if the owner says so", async () => {
    const edited = made.at(-2);
    const plain = await share(edited.id, { days: 1 });
    assert.match(plain.link, new RegExp(`^${stack.url}/s/[0-9a-z]{26}[A-Za-z0-9_-]{43}$`));
    const answer = await counted(() => open(plain.link));
    const { outputs, recipe, expiresAt } = good(answer);
    assert.deepEqual([recipe, expiresAt, outputs.length], [null, plain.expiresAt, 1]);
    assert.equal(answer.headers.get("x-robots-tag"), "noindex, nofollow");
    assert.equal(answer.headers.get("cache-control"), "no-store");
    const { result, trips } = await stack.proxy.count(() => fetch(stack.url + outputs[0].url));
    assert.deepEqual([result.status, trips], [200, 0]);
    const left = Number(new URL(outputs[0].url, stack.url).searchParams.get("exp")) - Date.now() / 1000;
    assert.ok(left > 0 && left <= 3600, `${left}`);
    const told = await share(edited.id, { recipe: true, output: 0 });
    const shown = good(await open(told.link));
    assert.deepEqual([shown.recipe.model, shown.recipe.prompt, "image" in shown.recipe.inputs, typeof shown.recipe.inputs.seed], [edited.model, edited.prompt, false, "number"]);
    for (const text of [JSON.stringify(answer.body), JSON.stringify(shown)]) {
      for (const secret of [person.user.id, person.email, "Ada Lovelace", made[0].id, plain.id]) assert.ok(!text.includes(secret), `${secret} in ${text}`);
    }
    const stored = await ask(stack, `SELECT * FROM share WHERE "id" = '${plain.id}'`);
    assert.ok(!JSON.stringify(stored).includes(plain.link.slice(-43)), "the database holds no link");
    const mine = good(await counted(() => person.get("/api/shares"))).shares;
    assert.deepEqual(mine.map(({ id, generation, recipe }) => [id, generation, recipe]), [[told.id, edited.id, true], [plain.id, edited.id, false]]);
    assert.equal((await fetch(stack.url + mine[0].url)).status, 200);
    assert.deepEqual(good(await person.get(`/api/shares?generation=${made[0].id}`)).shares, []);
    assert.deepEqual(good(await other.get("/api/shares")).shares, []);
  });

  test("of one output of several", async () => {
    const two = made.find(({ outputs }) => outputs.length === 2);
    assert.equal(good(await open((await share(two.id)).link)).outputs.length, 2);
    const { outputs } = good(await open((await share(two.id, { output: 1 })).link));
    assert.deepEqual(outputs.map(({ url }) => url.split("?")[0]), [two.outputs[1].url.split("?")[0]]);
    assert.equal((await person.post(`/api/generations/${two.id}/shares`, { output: 2 })).body.code, "nothing_to_share");
  });

  test("end when their time comes, when they are taken back, when the work goes: always the same answer", async () => {
    const work = (await person.make("soon gone")).generation;
    const [first, second, third] = [await share(work.id, { days: 2 }), await share(work.id), await share(work.id)];
    assert.equal((await counted(() => person.delete(`/api/shares/${first.id}`))).status, 204);
    assert.equal((await person.delete(`/api/shares/${first.id}`)).status, 404);
    await ask(stack, `UPDATE share SET "createdAt" = 0, "expiresAt" = 1 WHERE "id" = '${second.id}'`);
    assert.deepEqual(good(await person.get(`/api/shares?generation=${work.id}`)).shares.map(({ id }) => id), [third.id]);
    good(await open(third.link));
    assert.equal((await person.delete(`/api/generations/${work.id}`)).status, 204);
    const answers = [];
    for (const link of [first.link, second.link, third.link]) answers.push(await counted(() => open(link)));
    const forged = third.link.slice(0, -1) + (third.link.endsWith("A") ? "B" : "A");
    for (const link of [forged, `${stack.url}/s/${third.id}`, `${stack.url}/s/x`, `${stack.url}/s/${UNKNOWN}${third.link.slice(-43)}`]) {
      const { result, trips } = await stack.proxy.count(() => open(link));
      assert.equal(trips, 0, "what we did not make is not looked up");
      answers.push(result);
    }
    for (const { status, body } of answers) assert.deepEqual([status, { ...body, requestId: "" }], [404, { ...answers[0].body, requestId: "" }]);
    await stack.runCron();
    await until(async () => (await ask(stack, `SELECT "id" FROM share WHERE "id" = '${second.id}'`)).length === 0, "cron to forget the link");
  });

  test("of nothing, and too many", async () => {
    const failed = made.find(({ status }) => status === "failed");
    assert.deepEqual((await person.post(`/api/generations/${failed.id}/shares`, {})).body.code, "nothing_to_share");
    for (const [json, field] of [[{ days: 0 }, "days"], [{ days: 366 }, "days"], [{ recipe: "yes" }, "recipe"], [{ output: -1 }, "output"], [{ token: "x" }, "token"]]) {
      assert.deepEqual((await person.post(`/api/generations/${made[0].id}/shares`, json)).body.field, field);
    }
    const rows = Array.from({ length: 200 }, (_, n) => `('${String(n).padStart(26, "0")}', '${other.user.id}', '${theirs.id}', 0, 0, ${Date.now() + 1e9})`);
    await ask(stack, `INSERT INTO share ("id", "userId", "generationId", "showRecipe", "createdAt", "expiresAt") VALUES ${rows.join()}`);
    assert.equal((await other.post(`/api/generations/${theirs.id}/shares`, {})).body.code, "too_many_shares");
  });
});

describe("archives", () => {
  const zip = async (ids, who = person) => {
    const response = await fetch(`${stack.url}/api/generations/zip?ids=${ids.join()}`, { headers: { cookie: who.cookie } });
    return { response, bytes: Buffer.from(await response.arrayBuffer()) };
  };

  test("hold every file, byte by byte", async () => {
    const works = made.filter(({ outputs }) => outputs.length);
    const { response, bytes } = await counted(() => zip(works.map(({ id }) => id)));
    assert.deepEqual([response.status, response.headers.get("content-type")], [200, "application/zip"]);
    assert.match(response.headers.get("content-disposition"), /^attachment; filename="atelier-\d{4}-\d\d-\d\d\.zip"$/);
    const files = unzip(bytes);
    const expected = new Map();
    for (const { createdAt, model, outputs } of works) {
      for (const [n, { url, mediaType }] of outputs.entries()) {
        const name = `${createdAt.slice(0, 10)}-${createdAt.slice(11, 19).replaceAll(":", "")}-${model}-${n + 1}.${mediaType.split("/")[1].replace("jpeg", "jpg")}`;
        expected.set(name, Buffer.from(await (await fetch(stack.url + url)).arrayBuffer()));
      }
    }
    assert.deepEqual([...files.keys()].sort(), [...expected.keys()].sort());
    for (const [name, content] of expected) assert.ok(files.get(name).equals(content), name);
    const folder = mkdtempSync(join(tmpdir(), "atelier-zip-"));
    writeFileSync(join(folder, "a.zip"), bytes);
    for (const [command, ...args] of [["unzip", "-tq"], ["python3", "-m", "zipfile", "-t"]]) {
      const { error, status, stdout, stderr } = spawnSync(command, [...args, join(folder, "a.zip")], { encoding: "utf8" });
      if (error?.code !== "ENOENT") assert.equal(status, 0, `${command}: ${stdout}${stderr}`);
    }
    rmSync(folder, { recursive: true });
  });

  test("say what is missing", async () => {
    const failed = made.find(({ status }) => status === "failed").id;
    const work = (await person.make("a file that is lost")).generation;
    await ask(stack, `UPDATE generation_output SET "mediaKey" = 'nowhere/0' WHERE "generationId" = '${work.id}'`);
    const files = unzip((await zip([made[0].id, work.id, failed, theirs.id, UNKNOWN])).bytes);
    const note = files.get("missing.txt").toString();
    assert.equal(files.size, 2);
    for (const id of [failed, theirs.id, UNKNOWN]) assert.ok(note.includes(id), note);
    assert.match(note, /flux-schnell-1\.webp: the file is not in storage/);
    assert.equal((await zip([work.id])).bytes.includes("missing.txt"), true);
    await ask(stack, `UPDATE generation_output SET "mediaKey" = '${work.id}/0' WHERE "generationId" = '${work.id}'`);
    assert.equal((await person.delete(`/api/generations/${work.id}`)).status, 204);
  });

  test("of a stranger's works, of nothing, of too much", async () => {
    for (const list of [[theirs.id], [UNKNOWN]]) {
      const { response, bytes } = await zip(list);
      assert.deepEqual([response.status, JSON.parse(bytes).code], [404, "not_found"]);
    }
    for (const list of [[], ["x"], Array(101).fill(UNKNOWN)]) assert.equal(JSON.parse((await zip(list)).bytes).field, "ids");
    await ask(stack, `UPDATE generation_output SET "bytes" = 3000000000 WHERE "generationId" = '${theirs.id}'`);
    assert.equal(JSON.parse((await zip([theirs.id], other)).bytes).code, "archive_too_large");
    const embedded = { cookie: person.cookie, "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" };
    assert.equal((await fetch(`${stack.url}/api/generations/zip?ids=${made[0].id}`, { headers: embedded })).status, 403);
  });

  test("a client that goes away does not hang the Worker", async () => {
    for (let n = 0; n < 5; n++) {
      const stop = new AbortController();
      const response = await fetch(`${stack.url}/api/generations/zip?ids=${made.map(({ id }) => id).join()}`, { headers: { cookie: person.cookie }, signal: stop.signal });
      await response.body.getReader().read();
      stop.abort();
    }
    assert.equal((await person.get("/api/health")).status, 200);
    assert.equal((await zip([made[0].id])).response.status, 200);
  });
});

describe("who may", () => {
  /** Every route with an id: what it is asked, and what the owner gets. */
  const routes = (id, folder, link) => [
    ["PATCH", `/api/generations/${id}`, { favourite: true }, 200],
    ["GET", `/api/generations/${id}/lineage`, undefined, 200],
    ["POST", `/api/generations/${id}/shares`, {}, 201],
    ["GET", `/api/generations/zip?ids=${id}`, undefined, 200],
    ["PATCH", `/api/folders/${folder}`, { name: "another" }, 200],
    ["DELETE", `/api/folders/${folder}`, undefined, 204],
    ["DELETE", `/api/shares/${link}`, undefined, 204],
  ];
  const send = (who, [method, path, json], headers) => who.send(method, path, { json, headers });

  test("a stranger gets what an unknown id gets, nobody gets 401, the owner gets what there is", async () => {
    const folder = good(await person.post("/api/folders", { name: "matrix" }), 201).id;
    const link = good(await person.post(`/api/generations/${made[0].id}/shares`, {}), 201).id;
    const before = await ask(stack, `SELECT (SELECT count(*) FROM folder) AS f, (SELECT count(*) FROM share) AS s, (SELECT sum("favouriteAt") FROM generation) AS g`);
    const [real, unknown] = [routes(made[0].id, folder, link), routes(UNKNOWN.replace("0", "1"), UNKNOWN.replace("0", "1"), UNKNOWN.replace("0", "1"))];
    const cleared = new Client(stack);
    cleared.jar = new Map(other.jar);
    for (const [n, route] of real.entries()) {
      const [theirs, nothing, nobody] = [await send(cleared, route), await send(cleared, unknown[n]), await send(new Client(stack), route)];
      assert.deepEqual([theirs.status, theirs.body.code, nobody.status], [404, "not_found", 401], route.join(" "));
      assert.deepEqual({ ...theirs.body, requestId: "" }, { ...nothing.body, requestId: "" }, route.join(" "));
      if (!["GET"].includes(route[0])) assert.equal((await send(person, route, { origin: "https://evil.example" })).status, 403, route.join(" "));
    }
    assert.deepEqual(await ask(stack, `SELECT (SELECT count(*) FROM folder) AS f, (SELECT count(*) FROM share) AS s, (SELECT sum("favouriteAt") FROM generation) AS g`), before, "nothing was written");
    for (const route of real) assert.equal((await send(person, route)).status, route[3], route.join(" "));
    for (const [method, path] of [["GET", "/api/folders"], ["POST", "/api/folders"], ["GET", "/api/shares"], ["POST", "/api/generations/bulk"]]) {
      assert.equal((await new Client(stack).send(method, path, method === "POST" ? { json: {} } : {})).status, 401, path);
    }
  });

  test("an API key may what its owner may, but makes no links", async () => {
    const { key } = good(await person.post("/api/keys", { name: "library" }), 201);
    const holder = new Client(stack);
    const headers = { authorization: `Bearer ${key}`, origin: undefined };
    assert.deepEqual(good(await holder.get("/api/generations?q=brulee", { headers })).generations.map(({ prompt }) => prompt), ["Crème brûlée, naïve painting"]);
    assert.equal((await holder.get("/api/folders", { headers })).status, 200);
    good(await patch(`/api/generations/${made[1].id}`, { favourite: true }, holder, { headers }));
    assert.equal((await holder.post(`/api/generations/${made[1].id}/shares`, {}, { headers })).status, 401);
    assert.equal((await holder.get("/api/shares", { headers })).status, 401);
  });

  test("links are counted per address", async () => {
    await stack.reload({ AUTH_RATE_LIMIT: "1" });
    const knock = (address) => fetch(`${stack.url}/api/shared/x`, { headers: { "cf-connecting-ip": address } });
    const answers = await Promise.all(Array.from({ length: 110 }, () => knock("203.0.113.7")));
    const refused = answers.filter(({ status }) => status === 429);
    assert.equal(answers.filter(({ status }) => status === 404).length, 100);
    assert.equal(refused.length, 10);
    assert.ok(Number(refused[0].headers.get("retry-after")) >= 1);
    assert.equal((await refused[0].json()).code, "too_many_requests");
    assert.equal((await knock("203.0.113.8")).status, 404);
  });
});
