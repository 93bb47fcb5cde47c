import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import {
  CallExitError,
  CallTimeoutError,
  GenServer,
  noreply,
  type Pid,
  reply,
  type ServerRef,
  spawn,
  stop,
  sys,
  TIMEOUT,
  timeoutAfter,
} from "@urvogel/realtime";
import { FakeTime } from "@std/testing/time";

interface Counter {
  calls: { get(): number; slow(gate: Promise<void>): number };
  casts: { add(by: number): void; idle(ms: number): void };
  info: string;
}

class CounterServer extends GenServer<number, Counter> {
  override init(start: number) {
    return start;
  }
  override handleCall = this.calls({
    get: (state) => reply(state, state),
    slow: async (state, gate) => {
      await gate;
      return reply(state, state);
    },
  });
  override handleCast = this.casts({
    add: (state, by) => noreply(state + by),
    idle: (state, ms) => noreply(state, timeoutAfter(ms)),
  });
  override handleInfo(state: number, message: unknown) {
    return message === TIMEOUT ? stop("normal", state) : noreply(state);
  }
  override terminate() {}
  override formatStatus(status: ReturnType<GenServer<unknown>["formatStatus"]>) {
    return { ...status, state: `about ${Math.round(Number(status.state) / 10) * 10}` };
  }
}

async function withCounter(start: number, use: (counter: ServerRef<Counter>) => Promise<void>): Promise<void> {
  const counter = await GenServer.start(CounterServer, start);
  await use(counter);
  await counter.stop();
}

Deno.test("sys.getState() waits for its turn behind what was sent before", () =>
  withCounter(1, async (counter) => {
    counter.cast("add", 41);
    assertEquals(await sys.getState(counter), 42);
  }));

Deno.test("sys.replaceState() changes the state, and answers it", () =>
  withCounter(1, async (counter) => {
    assertEquals(await sys.replaceState(counter, (state) => Number(state) + 1), 2);
    assertEquals(await counter.call("get"), 2);
  }));

Deno.test("sys.replaceState() leaves the state and the server alone when the function throws", () =>
  withCounter(7, async (counter) => {
    const failing = () => {
      throw new RangeError("no");
    };
    await assertRejects(() => sys.replaceState(counter, failing), RangeError, "no");
    assertEquals(await counter.call("get"), 7);
  }));

Deno.test("sys.getStatus() shows what formatStatus lets through", () =>
  withCounter(42, async (counter) => {
    assertEquals(await sys.getStatus(counter), {
      phase: "running",
      state: "about 40",
      messageQueueLength: 0,
      lastMessage: undefined,
    });
    await sys.suspend(counter);
    counter.cast("add", 1);
    const { phase, messageQueueLength } = await sys.getStatus(counter);
    assertEquals({ phase, messageQueueLength }, { phase: "suspended", messageQueueLength: 1 });
    await sys.resume(counter);
  }));

Deno.test("sys.suspend() holds messages back, in order, until sys.resume()", () =>
  withCounter(0, async (counter) => {
    await sys.suspend(counter);
    counter.cast("add", 1);
    const asked = counter.call("get");
    counter.cast("add", 10);
    assertEquals(await sys.getState(counter), 0);
    await sys.resume(counter);
    assertEquals(await asked, 1);
    assertEquals(await counter.call("get"), 11);
  }));

Deno.test("ServerRef.stop() ends a suspended server", async () => {
  const counter = await GenServer.start(CounterServer, 0);
  await sys.suspend(counter);
  counter.cast("add", 1);
  await counter.stop();
  assertEquals(counter.alive, false);
});

Deno.test("The end of its parent ends a suspended server that traps exits", async () => {
  const parent: Pid = spawn(async (mailbox) => {
    for await (const _ of mailbox);
  });
  const counter = await GenServer.start(
    class extends CounterServer {
      override init(start: number) {
        this.self.trapExit = true;
        return start;
      }
    },
    0,
    { link: parent },
  );
  await sys.suspend(counter);
  parent.exit("shutdown");
  await counter.stop("shutdown");
  assertEquals(counter.alive, false);
});

Deno.test("sys.getState() starts the timeout of an idle server anew, and does not call it off", async () => {
  using time = new FakeTime();
  const counter = await GenServer.start(CounterServer, 0);
  counter.cast("idle", 50);
  await time.tickAsync(40);
  assertEquals(await sys.getState(counter), 0);
  await time.tickAsync(49);
  assert(counter.alive);
  await time.tickAsync(1);
  await time.runMicrotasks();
  assertEquals(counter.alive, false);
});

Deno.test("A suspended server does not time out until it goes on", async () => {
  using time = new FakeTime();
  const counter = await GenServer.start(CounterServer, 0);
  counter.cast("idle", 50);
  await sys.suspend(counter);
  await time.tickAsync(1000);
  await sys.resume(counter);
  await time.tickAsync(49);
  assert(counter.alive);
  await time.tickAsync(1);
  await time.runMicrotasks();
  assertEquals(counter.alive, false);
});

Deno.test("sys.resume() lets what came meanwhile call the timeout off", async () => {
  using time = new FakeTime();
  const counter = await GenServer.start(CounterServer, 0);
  counter.cast("idle", 50);
  await sys.suspend(counter);
  counter.cast("add", 1);
  await sys.resume(counter);
  await time.tickAsync(1000);
  assertEquals(await counter.call("get"), 1);
  await counter.stop();
});

Deno.test("sys.trace() tells what a server gets and answers, until the loop is left", () =>
  withCounter(0, async (counter) => {
    const trace = await sys.trace(counter);
    counter.cast("add", 2);
    await counter.call("get");
    counter.send("hello");
    const events: sys.SysEvent[] = [];
    for await (const event of trace) {
      events.push(event);
      if (events.length === 6) break;
    }
    assertEquals(events, [
      { event: "in", kind: "cast", name: "add", request: 2 },
      { event: "noreply" },
      { event: "in", kind: "call", name: "get", request: undefined },
      { event: "reply", name: "get", value: 2 },
      { event: "in", kind: "info", message: "hello" },
      { event: "noreply" },
    ]);
    counter.cast("add", 1); // nobody looks on any more
    assertEquals(await Array.fromAsync(trace), []);
  }));

Deno.test("sys.trace() ends when the server does", async () => {
  const counter = await GenServer.start(CounterServer, 0);
  const trace = await sys.trace(counter);
  counter.cast("add", 1);
  await counter.stop();
  const events = await Array.fromAsync(trace, ({ event }) => event);
  assertEquals(events, ["in", "noreply", "in"]); // the last one is the request to stop
});

Deno.test("sys.statistics() counts from on to off", () =>
  withCounter(0, async (counter) => {
    using time = new FakeTime();
    assertEquals(await sys.statistics(counter), undefined);
    const startTime = Date.now();
    await sys.statistics(counter, "on");
    await time.tickAsync(1000);
    counter.cast("add", 1);
    await counter.call("get");
    await counter.call("get");
    const expected = { startTime, messagesIn: 3, messagesOut: 2 };
    assertEquals(await sys.statistics(counter), expected);
    assertEquals(await sys.statistics(counter, "off"), expected);
    assertEquals(await sys.statistics(counter), undefined);
  }));

Deno.test("sys fails when the server has ended, is busy for too long, or is no server", async () => {
  using time = new FakeTime();
  const counter = await GenServer.start(CounterServer, 0);
  const gate = Promise.withResolvers<void>();
  const slow = counter.call("slow", gate.promise);
  const late = assertRejects(() => sys.getState(counter), CallTimeoutError);
  await time.tickAsync(5001);
  await late;
  await assertRejects(() => slow, CallTimeoutError);
  const cut = assertRejects(() => sys.getState(counter), CallExitError);
  counter.exit("kill");
  await cut;
  assertEquals((await assertRejects(() => sys.getState(counter), CallExitError)).reason, "noproc");
  gate.resolve();
  const plain = spawn(async (mailbox) => {
    for await (const _ of mailbox);
  }, { label: "plain" });
  assertMatch(
    String(await assertRejects(() => sys.getState(plain))),
    /Cannot inspect process \d+ \(plain\): it is no server/,
  );
  plain.exit("shutdown");
});
