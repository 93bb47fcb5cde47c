import { assertEquals, assertMatch, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
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
  assertEquals(await agent.get((map) => map.get("hello"), { timeoutMs: 3000 }), "world");
  const popped = await agent.getAndUpdate((map) => reply(map.get("hello"), new Map()));
  assertEquals(popped, "world");
  assertEquals(await agent.get((map) => map.size), 0);
  await agent.stop();
  assertEquals(agent.alive, false);
  assertEquals(listProcesses().length, before);
});

Deno.test("Agent.start() takes a name, under which it is found until it stops", async () => {
  const agent = await Agent.start(() => 0, { name: "agent-test" });
  assertEquals(agent.label, "agent-test");
  assertEquals(processInfo(agent)?.registeredNames, ["agent-test"]);
  assertStrictEquals(Agent.whereis("agent-test"), agent);
  assertEquals(Agent.whereis("agent-test")?.cast(() => 7), "sent");
  assertEquals(await agent.get((n) => n), 7);
  await assertRejects(() => Agent.start(() => 0, { name: "agent-test" }), AlreadyStartedError);
  await agent.stop();
  assertEquals(Agent.whereis("agent-test"), undefined);
});

Deno.test("Agent.start() takes the place in a registry as a name, and leaves none where it fails", async () => {
  const agents = new UniqueRegistry<string, undefined, Agent<number>>({ name: "agents" });
  const agent = await Agent.start(() => 1, { name: agents.via("a") });
  assertEquals(await agents.whereis("a")?.get((n) => n + 1), 2);
  assertStrictEquals(Agent.whereis(agents.via("a")), agent);
  using crashes = new Crashes();
  const failing = Agent.start(() => {
    throw new Error("oops");
  }, { name: agents.via("b") });
  await assertRejects(() => failing, StartError);
  assertEquals(agents.whereis("b"), undefined);
  assertEquals(crashes.messages, ["oops"]);
  await agent.stop();
});

Deno.test("Agent.whereis() finds no process that is something else", () => {
  const pid = spawn(async (mailbox) => {
    for await (const _ of mailbox);
  }, { name: "no-agent" });
  assertEquals(Agent.whereis("no-agent"), undefined);
  pid.exit("shutdown");
});

Deno.test("Agent.start() links the agent where it is told to", async () => {
  const parent = await Agent.start(() => 0);
  const child = await Agent.start(() => 0, { link: parent });
  assertEquals(processInfo(child)?.links, [parent]);
  parent.exit("shutdown");
  assertEquals(child.alive, false);
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
  assertEquals(await agent.get((seen) => seen), ["slow", "fast"]);
});

Deno.test("Agent tells order apart by sender only: casts and calls of one sender keep theirs", async () => {
  await using agent = await Agent.start((): readonly number[] => []);
  for (let i = 0; i < 10; i++) {
    if (i % 2 === 0) agent.cast((seen) => [...seen, i]);
    else void agent.update((seen) => [...seen, i]);
  }
  assertEquals(await agent.get((seen) => seen), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
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
  const error = await assertRejects(() => act(agent), CallExitError);
  assertMatch(String(error.reason), /boom/);
  assertEquals(agent.alive, false);
  assertEquals(crashes.messages, ["boom"]);
});

Deno.test("Agent refuses what is no function, with whoever sent it", async () => {
  await using agent = await Agent.start(() => 0);
  const untyped = agent as unknown as { get(look: unknown): Promise<unknown>; cast(change: unknown): unknown };
  assertThrows(() => untyped.cast("reset"), Error, "Cannot cast: agents take functions, received string");
  assertThrows(() => untyped.get(undefined), Error, "Cannot get: agents take functions, received undefined");
  assertEquals(await agent.get((n) => n), 0);
});

Deno.test("Agent calls time out after 5 seconds, and the agent still does what it was asked", async () => {
  using time = new FakeTime();
  const agent = await Agent.start(() => 0);
  const gate = Promise.withResolvers<number>();
  const failing = assertRejects(() => agent.update(() => gate.promise), CallTimeoutError).then((error) => {
    assertEquals(error.timeoutMs, 5000);
  });
  await time.tickAsync(4999);
  await time.tickAsync(1);
  await failing;
  gate.resolve(9);
  assertEquals(await agent.get((n) => n), 9);
  await agent.stop();
});

Deno.test("Agent.get() rejects with noproc when the agent is gone", async () => {
  const agent = await Agent.start(() => 0);
  await agent.stop();
  const error = await assertRejects(() => agent.get((n) => n), CallExitError);
  assertEquals(error.reason, "noproc");
  assertEquals(agent.cast((n) => n + 1), "closed");
});

Deno.test("Agent.start() fails when the first state takes too long", async () => {
  using time = new FakeTime();
  const before = listProcesses().length;
  const failing = assertRejects(() => Agent.start(() => new Promise<number>(() => {}), { timeoutMs: 10 }), StartError);
  await time.tickAsync(10);
  await failing;
  assertEquals(listProcesses().length, before);
});

Deno.test("Agent is stopped by `await using`", async () => {
  let agent: Agent<number>;
  {
    await using scoped = await Agent.start(() => 1);
    agent = scoped;
    assertEquals(agent.alive, true);
  }
  assertEquals(agent.alive, false);
});

Deno.test("Agent can be looked into and changed with sys", async () => {
  await using agent = await Agent.start(() => 1);
  assertEquals(await sys.getState(agent), 1);
  await sys.replaceState(agent, () => 5);
  assertEquals(await agent.get((n) => n), 5);
});

Deno.test("Agent ignores messages that are neither calls nor casts", async () => {
  await using agent = await Agent.start(() => 1);
  (agent as unknown as { send(message: unknown): void }).send("hello");
  assertEquals(await agent.get((n) => n), 1);
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
  assertEquals(await ended.promise, { shutdown: "moving house" });
});

for (const after of [later, foreignPromise]) {
  Deno.test(`Agent waits for what is no Promise but comes later (${after.name})`, async () => {
    await using agent = await Agent.start(() => after(1));
    await agent.update((n) => after(n + 1));
    agent.cast((n) => after(n * 10));
    assertEquals(await agent.get((n) => after(n)), 20);
    assertEquals(await agent.getAndUpdate((n) => after(reply(n, n + 1))), 20);
    assertEquals(await agent.get((n) => n), 21);
  });
}

Deno.test("Agent.getAndUpdate() rejects, and the agent ends, when the function returns no reply()", async () => {
  using crashes = new Crashes();
  const agent = await Agent.start(() => 0);
  await assertRejects(() => agent.getAndUpdate((n) => ({ reply: n, state: n }) as never), CallExitError);
  assertMatch(String(crashes.reports[0]?.error), /it must return one of its results, returned object/);
});
