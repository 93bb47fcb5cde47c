import assert from "node:assert/strict";
import {
  Agent,
  AlreadyStartedError,
  CallExitError,
  CallTimeoutError,
  type ExitReason,
  listProcesses,
  processInfo,
  reply,
  spawn,
  StartError,
  sys,
  UniqueRegistry,
} from "@urvogel/realtime";
import { FakeTime } from "@std/testing/time";
import { Crashes } from "../../support/crashes.ts";
import { foreignPromise, later } from "../../support/thenables.ts";

Deno.test("Agent keeps a state from start to stop", async () => {
  const before = listProcesses().length;
  const agent = await Agent.start(() => new Map<string, string>());
  await agent.update((map) => new Map(map).set("hello", "world"));
  assert.equal(await agent.get((map) => map.get("hello"), { timeoutMs: 3000 }), "world");
  const popped = await agent.getAndUpdate((map) => reply(map.get("hello"), new Map()));
  assert.equal(popped, "world");
  assert.equal(await agent.get((map) => map.size), 0);
  await agent.stop();
  assert.equal(agent.alive, false);
  assert.equal(listProcesses().length, before);
});

Deno.test("Agent.start() takes a name, under which it is found until it stops", async () => {
  const agent = await Agent.start(() => 0, { name: "agent-test" });
  assert.equal(agent.label, "agent-test");
  assert.deepEqual(processInfo(agent)?.registeredNames, ["agent-test"]);
  assert.equal(Agent.whereis("agent-test"), agent);
  assert.equal(Agent.whereis("agent-test")?.cast(() => 7), "sent");
  assert.equal(await agent.get((n) => n), 7);
  await assert.rejects(Agent.start(() => 0, { name: "agent-test" }), AlreadyStartedError);
  await agent.stop();
  assert.equal(Agent.whereis("agent-test"), undefined);
});

Deno.test("Agent.start() takes the place in a registry as a name, and leaves none where it fails", async () => {
  const agents = new UniqueRegistry<string, undefined, Agent<number>>({ name: "agents" });
  const agent = await Agent.start(() => 1, { name: agents.via("a") });
  assert.equal(await agents.whereis("a")?.get((n) => n + 1), 2);
  assert.equal(Agent.whereis(agents.via("a")), agent);
  using crashes = new Crashes();
  const failing = Agent.start(() => {
    throw new Error("oops");
  }, { name: agents.via("b") });
  await assert.rejects(failing, StartError);
  assert.equal(agents.whereis("b"), undefined);
  assert.deepEqual(crashes.messages, ["oops"]);
  await agent.stop();
});

Deno.test("Agent.whereis() finds no process that is something else", () => {
  const pid = spawn(async (mailbox) => {
    for await (const _ of mailbox);
  }, { name: "no-agent" });
  assert.equal(Agent.whereis("no-agent"), undefined);
  pid.exit("shutdown");
});

Deno.test("Agent.start() links the agent where it is told to", async () => {
  const parent = await Agent.start(() => 0);
  const child = await Agent.start(() => 0, { link: parent });
  assert.deepEqual(processInfo(child)?.links, [parent]);
  parent.exit("shutdown");
  assert.equal(child.alive, false);
});

Deno.test("Agent does one thing at a time, also where a function waits", async () => {
  await using agent = await Agent.start(() => Promise.resolve<readonly string[]>([]));
  const gate = Promise.withResolvers<void>();
  const slow = agent.update(async (seen) => {
    await gate.promise;
    return [...seen, "slow"];
  });
  agent.cast((seen) => [...seen, "fast"]);
  gate.resolve();
  await slow;
  assert.deepEqual(await agent.get((seen) => seen), ["slow", "fast"]);
});

Deno.test("Agent tells order apart by sender only: casts and calls of one sender keep theirs", async () => {
  await using agent = await Agent.start((): readonly number[] => []);
  for (let i = 0; i < 10; i++) {
    if (i % 2 === 0) agent.cast((seen) => [...seen, i]);
    else void agent.update((seen) => [...seen, i]);
  }
  assert.deepEqual(await agent.get((seen) => seen), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

Deno.test.each<[string, (agent: Agent<number>) => Promise<unknown>]>([
  ["get", (agent) =>
    agent.get(() => {
      throw new Error("boom");
    })],
  ["update", (agent) => agent.update(() => Promise.reject(new Error("boom")))],
  ["getAndUpdate", (agent) =>
    agent.getAndUpdate(() => {
      throw new Error("boom");
    })],
])("Agent ends, and %s() rejects, when the function throws", async (_, act) => {
  using crashes = new Crashes();
  const agent = await Agent.start(() => 0);
  await assert.rejects(act(agent), (error) => {
    assert(error instanceof CallExitError);
    assert.match(String(error.reason), /boom/);
    return true;
  });
  assert.equal(agent.alive, false);
  assert.deepEqual(crashes.messages, ["boom"]);
});

Deno.test("Agent refuses what is no function, with whoever sent it", async () => {
  await using agent = await Agent.start(() => 0);
  const untyped = agent as unknown as { get(look: unknown): Promise<unknown>; cast(change: unknown): unknown };
  assert.throws(() => untyped.cast("reset"), /Cannot cast: agents take functions, received string/);
  assert.throws(() => untyped.get(undefined), /Cannot get: agents take functions, received undefined/);
  assert.equal(await agent.get((n) => n), 0);
});

Deno.test("Agent calls time out after 5 seconds, and the agent still does what it was asked", async () => {
  using time = new FakeTime();
  const agent = await Agent.start(() => 0);
  const gate = Promise.withResolvers<number>();
  const failing = assert.rejects(agent.update(() => gate.promise), (error) => {
    assert(error instanceof CallTimeoutError);
    assert.equal(error.timeoutMs, 5000);
    return true;
  });
  await time.tickAsync(4999);
  await time.tickAsync(1);
  await failing;
  gate.resolve(9);
  assert.equal(await agent.get((n) => n), 9);
  await agent.stop();
});

Deno.test("Agent.get() rejects with noproc when the agent is gone", async () => {
  const agent = await Agent.start(() => 0);
  await agent.stop();
  await assert.rejects(agent.get((n) => n), (error) => error instanceof CallExitError && error.reason === "noproc");
  assert.equal(agent.cast((n) => n + 1), "closed");
});

Deno.test("Agent.start() fails when the first state takes too long", async () => {
  using time = new FakeTime();
  const before = listProcesses().length;
  const failing = assert.rejects(Agent.start(() => new Promise<number>(() => {}), { timeoutMs: 10 }), StartError);
  await time.tickAsync(10);
  await failing;
  assert.equal(listProcesses().length, before);
});

Deno.test("Agent is stopped by `await using`", async () => {
  let agent: Agent<number>;
  {
    await using scoped = await Agent.start(() => 1);
    agent = scoped;
    assert.equal(agent.alive, true);
  }
  assert.equal(agent.alive, false);
});

Deno.test("Agent can be looked into and changed with sys", async () => {
  await using agent = await Agent.start(() => 1);
  assert.equal(await sys.getState(agent), 1);
  await sys.replaceState(agent, () => 5);
  assert.equal(await agent.get((n) => n), 5);
});

Deno.test("Agent ignores messages that are neither calls nor casts", async () => {
  await using agent = await Agent.start(() => 1);
  (agent as unknown as { send(message: unknown): void }).send("hello");
  assert.equal(await agent.get((n) => n), 1);
});

Deno.test("Agent.stop() ends with the reason it is given", async () => {
  const ended = Promise.withResolvers<ExitReason>();
  const agent = await Agent.start(() => 0);
  spawn<{ reason: ExitReason }>(async (mailbox, self) => {
    self.monitor(agent);
    for await (const { reason } of mailbox) return ended.resolve(reason);
  });
  await agent.get((n) => n);
  await agent.stop({ shutdown: "moving house" });
  assert.deepEqual(await ended.promise, { shutdown: "moving house" });
});

for (const after of [later, foreignPromise]) {
  Deno.test(`Agent waits for what is no Promise but comes later (${after.name})`, async () => {
    await using agent = await Agent.start(() => after(1));
    await agent.update((n) => after(n + 1));
    agent.cast((n) => after(n * 10));
    assert.equal(await agent.get((n) => after(n)), 20);
    assert.equal(await agent.getAndUpdate((n) => after(reply(n, n + 1))), 20);
    assert.equal(await agent.get((n) => n), 21);
  });
}

Deno.test("Agent.getAndUpdate() rejects, and the agent ends, when the function returns no reply()", async () => {
  using crashes = new Crashes();
  const agent = await Agent.start(() => 0);
  await assert.rejects(agent.getAndUpdate((n) => ({ reply: n, state: n }) as never), { name: "CallExitError" });
  assert.match(String(crashes.reports[0]?.error), /it must return one of its results, returned object/);
});
