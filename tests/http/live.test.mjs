// The feed: each change of a generation is pushed to whose it is, and asks the database nothing.
import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, test } from "node:test";
import { handshake, listen } from "./support/live.mjs";
import { Client, startStudio, until } from "./support/studio.mjs";

let stack;
const data = mkdtempSync(join(tmpdir(), "atelier-live-"));

before(async () => {
  stack = await startStudio({ data });
});
after(async () => {
  await stack?.stop();
  rmSync(data, { recursive: true, force: true });
});

const OPEN = ["queued", "starting", "running", "saving"];
const isSorted = (numbers) => numbers.every((n, i) => i === 0 || numbers[i - 1] < n);

test("each change of a generation is told in its order, to every page of its owner and to nobody else", async () => {
  const [person, other] = [await new Client(stack).signUp(), await new Client(stack).signUp()];
  const { result: first, trips } = await stack.proxy.count(() => listen(person));
  assert.equal(trips, 1, "a connection is one round trip");
  const [second, stranger] = [await listen(person), await listen(other)];

  const ordered = await person.order("a lighthouse at dusk, slow");
  const id = ordered.body.generation.id;
  const states = await first.states(id, "succeeded");
  assert.deepEqual(states, [...new Set(states)], "nothing twice");
  assert.deepEqual(states.slice(0, -1), OPEN.filter((state) => states.includes(state)), "in the order of a generation's life");
  assert.ok(["queued", "running", "saving"].every((state) => states.includes(state)), `${states}`);
  assert.deepEqual(await second.states(id, "succeeded"), states);
  assert.ok(isSorted(first.messages.map(({ n }) => n).slice(1)), "numbers grow");
  assert.deepEqual(Object.keys(first.news[0]), ["n", "generation", "status"]);

  const failing = (await person.order("a boat, fail")).body.generation.id;
  assert.equal((await first.states(failing, "failed"))[0], "queued");
  const { trips: silent } = await stack.proxy.count(async () => {
    await first.settled();
    await second.settled();
  });
  assert.equal(silent, 0, "being told asks the database nothing");

  assert.equal((await person.delete(`/api/generations/${id}`)).status, 204);
  assert.equal((await first.states(id, "deleted")).at(-1), "deleted");
  await stranger.settled();
  assert.deepEqual(stranger.news, [], "another user hears nothing");
  await Promise.all([first, second, stranger].map((ear) => ear.close()));
});

test("a generation makes no round trip more because somebody listens", async () => {
  const person = await new Client(stack).signUp();
  const of = async () => {
    const before = stack.proxy.trips.length;
    const { generation } = (await person.order("a well")).body;
    await until(() => stack.proxy.trips.slice(before).some((names) => names.includes("GENERATION_SUCCEED")), "the end to be written");
    await until(async () => (await person.get(`/api/generations/${generation.id}`)).body.generation.finishedAt, "its end");
    return stack.proxy.trips.slice(before).filter((names) => names.some((name) => /^GENERATION_(INSERT|PROGRESS|SAVING|SUCCEED)$/.test(name))).length;
  };
  const alone = await of();
  const ear = await listen(person);
  assert.equal(await of(), alone);
  await ear.close();
});

test("who comes back is told what was missed, and nothing twice", async () => {
  const person = await new Client(stack).signUp();
  const ear = await listen(person);
  assert.deepEqual(Object.keys(await ear.hello()), ["n", "reset"], "a page that has seen nothing reads the list");
  const seen = (await person.order("a bridge")).body.generation.id;
  await ear.states(seen, "succeeded");
  const from = ear.last;
  await ear.close();
  const missed = (await person.make("a tower")).generation.id;

  const back = await listen(person, from);
  assert.equal((await back.hello()).reset, undefined);
  assert.equal((await back.states(missed, "succeeded"))[0], "queued");
  assert.ok(back.news.every(({ generation, n }) => generation === missed && n > from), "only what is new");
  const up = back.last;
  await back.close();

  const again = await listen(person, up);
  assert.deepEqual([again.news, (await again.hello()).reset], [[], undefined]);
  await again.close();
  for (const wrong of ["1", "0", "-5", "99999999999999999", "later", "", "1e3", `${Date.now() - 2 * 3600_000}`]) {
    const reset = await listen(person, wrong);
    assert.deepEqual([wrong, (await reset.hello()).reset, reset.news], [wrong, true, []]);
    await reset.close();
  }
});

test("only its owner's own page may listen", async () => {
  const person = await new Client(stack).signUp();
  assert.equal((await person.get("/api/studio")).body.live, true);
  const { cookie } = person;
  const refused = async (options) => {
    const { result, trips } = await stack.proxy.count(() => handshake(stack, options));
    return [result.status, result.body?.code, trips];
  };
  assert.equal((await handshake(stack, { cookie })).status, 101);
  assert.deepEqual(await refused({}), [401, "unauthenticated", 0], "no cookie");
  assert.deepEqual(await refused({ cookie: "better-auth.session_token=forged.c2ln" }), [401, "unauthenticated", 0]);
  for (const origin of ["https://evil.example", `${stack.url}.evil.example`, "null"]) {
    assert.deepEqual([origin, ...(await refused({ cookie, origin }))], [origin, 403, "foreign_origin", 0]);
  }
  assert.deepEqual(await refused({ cookie, origin: null, headers: { "sec-fetch-site": "cross-site" } }), [403, "foreign_origin", 0]);
  const plain = await handshake(stack, { cookie, upgrade: "" });
  assert.deepEqual([plain.status, plain.body.code], [426, "upgrade_required"]);
  assert.deepEqual((await refused({ cookie, upgrade: "h2c" })).slice(0, 2), [426, "upgrade_required"]);
  assert.equal((await person.post("/api/live", {})).status, 405);

  const copy = person.cookie;
  await person.post("/api/auth/sign-out", {});
  assert.deepEqual(await refused({ cookie: copy }), [401, "unauthenticated", 1], "the session has ended");
});

test("an API key may listen, and what it heard ends with it", async () => {
  const person = await new Client(stack).signUp();
  const made = await person.post("/api/keys", { name: "listener", dayLimit: null });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const headers = { authorization: `Bearer ${made.body.key}` };
  const ear = await listen(person, undefined, { cookie: null, headers });
  const { id } = (await person.make("a mill")).generation;
  await ear.states(id, "succeeded");
  assert.equal((await person.delete(`/api/keys/${made.body.id}`)).status, 204);
  assert.equal(await ear.closed, 4001);
  assert.equal((await handshake(stack, { headers })).status, 401);
});

test("where a session ends everything hangs up, and who has another comes again", async () => {
  const person = await new Client(stack).signUp();
  const elsewhere = new Client(stack);
  const signIn = () => elsewhere.post("/api/auth/sign-in/email", { email: person.email, password: person.password });
  const endings = {
    "sign-out": () => elsewhere.post("/api/auth/sign-out", {}),
    "another session is revoked": () => person.post("/api/auth/revoke-other-sessions", {}),
    "a session is ended in the account": async () => {
      const { sessions } = (await person.get("/api/account/sessions")).body;
      return person.delete(`/api/account/sessions/${sessions.find(({ current }) => !current).id}`);
    },
    "the password is changed": () =>
      person.post("/api/auth/change-password", { currentPassword: person.password, newPassword: person.password, revokeOtherSessions: true }),
  };
  for (const [name, end] of Object.entries(endings)) {
    assert.equal((await signIn()).status, 200, name);
    const cookie = elsewhere.cookie;
    const [mine, theirs] = [await listen(person), await listen(elsewhere)];
    const { status } = await end();
    assert.ok([200, 204].includes(status), `${name}: ${status}`);
    assert.deepEqual([name, await mine.closed, await theirs.closed], [name, 4001, 4001]);
    assert.equal((await handshake(stack, { cookie })).status, 401, name);
    await (await listen(person)).close();
  }
  const last = await listen(person);
  assert.equal((await person.post("/api/auth/delete-user", { password: person.password })).status, 200);
  assert.equal(await last.closed, 4001, "the account is deleted");
});

test("what is no ping ends the connection, and a ping costs nothing", async () => {
  const person = await new Client(stack).signUp();
  for (const garbage of ["pong", "", "ping ", '{"n":1}', "x".repeat(100_000), new Uint8Array([1, 2, 3])]) {
    const ear = await listen(person);
    ear.send(garbage);
    assert.equal(await ear.closed, 1008, String(garbage).slice(0, 20));
  }
  const ear = await listen(person);
  const { trips } = await stack.proxy.count(async () => {
    for (let i = 0; i < 20; i++) await ear.settled();
  });
  assert.equal(trips, 0);
  assert.equal(ear.frames.filter((data) => data === "pong").length, 20);
  await ear.close();
});

test("of too many connections the oldest makes room", async () => {
  const person = await new Client(stack).signUp();
  const ears = [];
  for (let i = 0; i < 20; i++) ears.push(await listen(person));
  const newest = await listen(person);
  assert.equal(await ears[0].closed, 4002);
  const { id } = (await person.make("a crowd")).generation;
  await newest.states(id, "succeeded");
  await Promise.all(ears.slice(1).map((ear) => ear.states(id, "succeeded")));
  assert.deepEqual(ears.filter(({ code }) => code).length, 1, "and no other");
  await Promise.all([...ears.slice(1), newest].map((ear) => ear.close()));
});

test("it goes on after a crash: connections are lost, and nothing of what was told", async () => {
  const person = await new Client(stack).signUp();
  const ear = await listen(person);
  const id = (await person.make("a comet")).generation.id;
  await ear.states(id, "succeeded");
  const from = ear.news[0].n;
  await stack.kill("workerd");
  assert.equal(await ear.closed, 1006);
  await stack.ready();
  const back = await listen(person, from);
  assert.equal((await back.states(id, "succeeded")).at(-1), "succeeded");
  await back.close();
});

test("canaries: neither what is sent nor what is stored holds anything but ids and states", async () => {
  const person = await new Client(stack).signUp({ email: "live.canary.81ac@example.com" });
  const ear = await listen(person);
  const { generation } = await person.make("a canary 77e0fd, nsfw or not", { outputs: 2 });
  await ear.states(generation.id, generation.status);
  const allowed = /^\{"n":\d+(,"reset":true|,"generation":"[0-9a-z]{26}","status":"[a-z]+")?\}$/;
  assert.deepEqual(ear.frames.filter((frame) => !allowed.test(frame)), []);
  const files = readdirSync(join(data, "media"), { recursive: true, withFileTypes: true }).filter((file) => file.isFile() && /Live/.test(file.parentPath));
  const content = (path) => {
    try {
      return readFileSync(path);
    } catch {
      // A feed that goes to sleep takes with it what it has no need of.
      return Buffer.alloc(0);
    }
  };
  const stored = Buffer.concat(files.map((file) => content(join(file.parentPath, file.name)))).toString("latin1");
  assert.ok(stored.includes(generation.id), "and holds what was told");
  const secrets = ["77e0fd", "81ac@example", "Ada Lovelace", person.cookie.split("=")[1].slice(0, 32), generation.outputs?.[0]?.url?.split("sig=")[1] ?? "canary"];
  for (const secret of secrets) assert.ok(!stored.includes(secret), `${secret} is stored`);
  await ear.close();
});

test("when an hour is over nothing is left of it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "atelier-live-"));
  const start = () => startStudio({ data: folder });
  let studio = await start();
  try {
    const person = await new Client(studio).signUp();
    const ear = await listen(person);
    const { id } = (await person.make("a candle")).generation;
    await ear.states(id, "succeeded");
    await ear.close();
    await studio.stop();

    // The runtime's clock cannot be moved: what it has stored is, two hours back, and the alarm with it.
    const place = join(folder, "media", "do", "atelier-Live");
    const [feed] = readdirSync(place).filter((name) => /^[0-9a-f]{64}\.sqlite$/.test(name));
    const at = (path, deed) => {
      const database = new DatabaseSync(path, { readBigInts: true });
      try {
        return deed(database);
      } finally {
        database.close();
      }
    };
    const change = (name, deed) => at(join(place, name), deed);
    // Looked at in a copy: who opens the file that the runtime has open locks it, or finds it locked.
    const look = (name, deed) => {
      const copy = mkdtempSync(join(folder, "copy-"));
      for (const part of readdirSync(place).filter((part) => part === name || part === `${name}-wal`)) copyFileSync(join(place, part), join(copy, part));
      return at(join(copy, name), deed);
    };
    const kept = () => look(feed, (database) => database.prepare("SELECT 1 FROM sqlite_master WHERE name = '_cf_KV'").get() && database.prepare("SELECT value FROM _cf_KV").get());
    const alarms = () => look("metadata.sqlite", (database) => database.prepare("SELECT scheduled_time AS at FROM _cf_ALARM").all());
    // A copy that was taken in the midst of a write is no database.
    const gone = (look) => () => {
      try {
        return !look();
      } catch {
        return false;
      }
    };
    const text = Buffer.from(kept().value).toString("latin1");
    assert.ok(text.includes(id));
    const due = alarms();
    assert.equal(due.length, 1, "it will be looked after, though nobody listens");
    const inMinutes = Number(due[0].at / 1_000_000n - BigInt(Date.now())) / 60_000;
    assert.ok(inMinutes > 40 && inMinutes < 66, `in ${inMinutes} minutes`);
    const older = text.replace(/\d{13}/g, (n) => String(Number(n) - 2 * 3600_000));
    const past = (BigInt(Date.now()) - 1000n) * 1_000_000n;
    change(feed, (database) => {
      database.prepare("UPDATE _cf_KV SET value = ?").run(Buffer.from(older, "latin1"));
      database.prepare("UPDATE _cf_METADATA SET value = ? WHERE value = ?").run(past, due[0].at);
    });
    change("metadata.sqlite", (database) => database.prepare("UPDATE _cf_ALARM SET scheduled_time = ?").run(past));

    studio = await start();
    await until(gone(kept), "the feed to be forgotten");
    const pending = () => alarms().length;
    await until(gone(pending), "nothing more to be done");
    const back = await listen(Object.assign(person, { stack: studio }), Number(/\d{13}/.exec(text)[0]));
    assert.deepEqual([(await back.hello()).reset, back.news], [undefined, []], "a number of this hour still counts");
    await back.close();
  } finally {
    await studio.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});

test("without Durable Objects it says so, and generations end all the same", async () => {
  const bare = await startStudio({ durableObjects: false });
  try {
    const person = await new Client(bare).signUp();
    assert.equal((await person.get("/api/studio")).body.live, false);
    const { status, body } = await handshake(bare, { cookie: person.cookie });
    assert.deepEqual([status, body.code], [501, "live_off"]);
    assert.equal((await person.make("a raft")).generation.status, "succeeded");
    assert.equal((await person.post("/api/auth/sign-out", {})).status, 200);
  } finally {
    await bare.stop();
  }
});
