import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertNotStrictEquals,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { FakeTime } from "@std/testing/time";
import {
  CallExitError,
  type CallResult,
  CallTimeoutError,
  continueWith,
  type From,
  GenServer,
  ignore,
  type InfoResult,
  type InitResult,
  listProcesses,
  type MaybePromise,
  noreply,
  ok,
  reply,
  replyAndStop,
  type ServerRef,
  spawn,
  StartError,
  stop,
  TIMEOUT,
  timeoutAfter,
} from "@urvogel/realtime";
import { Crashes } from "../../support/crashes.ts";
import { foreignPromise, later } from "../../support/thenables.ts";
import { errorText } from "../../support/error_text.ts";

type Log = readonly string[];

/** A server that returns what it is told to, from whichever callback, and writes down which of them ran. */
interface Script {
  calls: { log(): Log; does(result: (log: Log, from: From<string>) => MaybePromise<CallResult<string, Log>>): string };
  casts: { does(result: Does): void };
  info: Does;
}
type Does = (log: Log) => MaybePromise<InfoResult<Log>>;

class ScriptServer extends GenServer<Log, Script> {
  static ends: unknown[] = [];
  override init(how: () => MaybePromise<Log | InitResult<Log>>) {
    return how();
  }
  override handleCall = this.calls({
    log: (log) => reply(log, log),
    does: (log, result, from) => result([...log, "call"], from),
  });
  override handleCast = this.casts({ does: (log, result) => result([...log, "cast"]) });
  override handleInfo(log: Log, message: unknown) {
    if (message === TIMEOUT) return noreply([...log, "timeout"]);
    return (message as Does)([...log, "info"]);
  }
  override handleContinue(log: Log, argument: unknown) {
    if (typeof argument === "function") return (argument as Does)([...log, "continue"]);
    return noreply([...log, `continue ${argument}`]);
  }
  override terminate(log: Log, reason: unknown) {
    ScriptServer.ends.push({ reason, log });
  }
}

function start(how: () => MaybePromise<Log | InitResult<Log>> = () => []): Promise<ServerRef<Script>> {
  ScriptServer.ends = [];
  return GenServer.start(ScriptServer, how);
}

/** How a result comes about in each callback that answers nobody. */
const silent: [string, (server: ServerRef<Script>, result: Does) => unknown][] = [
  ["handleCast", (server, result) => server.cast("does", result)],
  ["handleInfo", (server, result) => server.send(result)],
  ["handleContinue", (server, result) => server.cast("does", () => noreply([], continueWith(result)))],
  ["an async handleCast", (server, result) => server.cast("does", (log) => Promise.resolve(result(log)))],
  ["an async handleInfo", (server, result) => server.send((log) => Promise.resolve(result(log)))],
  [
    "an async handleContinue",
    (server, result) =>
      server.cast("does", () => noreply([], continueWith((log: Log) => Promise.resolve(result(log))))),
  ],
];
for (const [callback, run] of silent) {
  const name = callback.replace("an async ", "").replace("handle", "").toLowerCase();

  Deno.test(`${callback} may return noreply, with nothing, a continue or a timeout`, async () => {
    using time = new FakeTime();
    const server = await start();
    run(server, (log) => noreply(log));
    assertEquals(await server.call("log"), [name]);
    run(server, (log) => noreply([...log, "!"], continueWith("next")));
    assertEquals((await server.call("log")).slice(-3), [name, "!", "continue next"]);
    run(server, (log) => noreply(log, timeoutAfter(10)));
    await time.tickAsync(10);
    assertEquals((await server.call("log")).at(-1), "timeout");
    await server.stop();
  });

  Deno.test(`${callback} may return stop, and terminate gets its state`, async () => {
    const server = await start();
    run(server, (log) => stop({ shutdown: "enough" }, [...log, "last"]));
    assertEquals((await assertRejects(() => server.call("log"), CallExitError)).reason, { shutdown: "enough" });
    assertEquals(ScriptServer.ends, [{ reason: { shutdown: "enough" }, log: [name, "last"] }]);
  });

  for (
    const [what, result] of [["reply", reply("x", [])], ["replyAndStop", replyAndStop("x", "normal", [])]] as const
  ) {
    Deno.test(`${callback} fails when it returns ${what}: nobody has asked`, async () => {
      using crashes = new Crashes();
      const server = await start();
      run(server, () => result as unknown as InfoResult<Log>);
      await assertRejects(() => server.call("log"), CallExitError);
      assertMatch(crashes.messages[0]!, new RegExp(`must return one of its results, returned ${what}`));
      assertEquals(ScriptServer.ends.length, 1);
    });
  }
}

for (const late of [false, true]) {
  const callback = late ? "an async handleCall" : "handleCall";
  const does = (server: ServerRef<Script>, result: (log: Log, from: From<string>) => CallResult<string, Log>) =>
    server.call("does", (log, from) => late ? Promise.resolve(result(log, from)) : result(log, from));

  Deno.test(`${callback} may return reply, with nothing, a continue or a timeout`, async () => {
    using time = new FakeTime();
    const server = await start();
    assertEquals(await does(server, (log) => reply("one", log)), "one");
    assertEquals(await does(server, (log) => reply("two", log, continueWith("next"))), "two");
    assertEquals(await does(server, (log) => reply("three", log, timeoutAfter(10))), "three");
    await time.tickAsync(10);
    assertEquals(await server.call("log"), ["call", "call", "continue next", "call", "timeout"]);
    await server.stop();
  });

  Deno.test(`${callback} may return noreply and answer before, or later from another process, once`, async () => {
    const server = await start();
    const before = does(server, (log, from) => {
      assertEquals([from.reply("before"), from.reply("and again")], [true, false]);
      return noreply(log);
    });
    assertEquals(await before, "before");
    const later = does(server, (log, from) => {
      spawn(async () => {
        await Promise.resolve();
        from.reply("later");
      });
      return noreply(log, continueWith("next"));
    });
    assertEquals(await later, "later");
    assertEquals(await server.call("log"), ["call", "call", "continue next"]);
    await server.stop();
  });

  Deno.test(`${callback} may return stop, and the caller hears why`, async () => {
    const server = await start();
    assertEquals(
      (await assertRejects(() => does(server, (log) => stop("normal", log)), CallExitError)).reason,
      "normal",
    );
    assertEquals(ScriptServer.ends, [{ reason: "normal", log: ["call"] }]);
  });

  Deno.test(`${callback} may return replyAndStop, or answer and then stop`, async () => {
    const server = await start();
    assertEquals(await does(server, (log) => replyAndStop("bye", "shutdown", log)), "bye");
    assertEquals(ScriptServer.ends, [{ reason: "shutdown", log: ["call"] }]);
    const other = await start();
    const answer = does(other, (log, from) => {
      from.reply("bye");
      return stop("normal", log);
    });
    assertEquals(await answer, "bye");
  });
}

Deno.test("GenServer fails with what a handler threw, as an Error, whether it throws at once or later", async () => {
  using crashes = new Crashes();
  for (const thrown of ["text", undefined, 42]) {
    for (const late of [false, true]) {
      const server = await start();
      const call = server.call("does", () => {
        if (late) return Promise.reject(thrown);
        throw thrown;
      });
      const error = await assertRejects(() => call, CallExitError);
      assert(error.reason instanceof Error);
      assertEquals(error.reason.message, `Thrown: ${thrown}`);
    }
  }
  assertEquals(crashes.reports.length, 6);
});

Deno.test("GenServer fails when a call has no handler", async () => {
  using crashes = new Crashes();
  for (const name of ["nothing", "constructor"]) {
    const server = await start();
    await assertRejects(() => (server.call as (name: string) => Promise<unknown>)(name), CallExitError);
    assertEquals(
      crashes.messages.pop(),
      `Cannot handle call "${name}": there is no handler for it; add it to handleCall`,
    );
  }
});

Deno.test("GenServer warns of a message, and fails at a continue, that it has no callback for", async () => {
  using crashes = new Crashes();
  class Deaf extends GenServer<number, { calls: { go(): void; hello(): string } }> {
    override init(_: undefined) {
      return 0;
    }
    override handleCall = this.calls({
      go: (state) => reply(undefined, state, continueWith("x")),
      hello: (state) => reply("hello", state),
    });
  }
  const warned: unknown[][] = [];
  const { warn } = console;
  console.warn = (...args) => warned.push(args);
  try {
    const server = await GenServer.start(Deaf, undefined);
    (server as ServerRef<{ info: string }>).send("psst");
    assertEquals(await server.call("hello"), "hello");
    await server.call("go");
    await assertRejects(() => server.call("hello"), CallExitError);
  } finally {
    console.warn = warn;
  }
  assertEquals(warned.length, 1);
  assertMatch(String(warned[0]), / \[urvogel\] Deaf got a message that it has no handler for received="psst"$/);
  assertEquals(crashes.messages, ["Cannot continue: Deaf has no handleContinue; add it"]);
});

const inits: [string, () => InitResult<Log> | Log, Log][] = [
  ["a state", () => ["init"], ["init"]],
  ["ok", () => ok(["init"]), ["init"]],
  ["ok with a continue", () => ok(["init"], continueWith("next")), ["init", "continue next"]],
];
for (const [what, init, log] of inits) {
  Deno.test(`init may return ${what}, at once or later`, async () => {
    for (const how of [init, () => Promise.resolve(init())]) {
      const server = await start(how);
      assertEquals(await server.call("log"), log);
      await server.stop();
    }
  });
}

const refusals: [string, () => InitResult<Log>, unknown, number][] = [
  ["ignore", ignore, "ignore", 0],
  ["stop", () => stop({ shutdown: "no" }), { shutdown: "no" }, 0],
  ["stop with an error", () => stop(new Error("no")), new Error("no"), 0],
  [
    "an exception",
    () => {
      throw new Error("no");
    },
    new Error("no"),
    1,
  ],
];
for (const [what, init, reason, reports] of refusals) {
  Deno.test(`GenServer.start() fails without terminate when init answers ${what}, at once or later`, async () => {
    for (const how of [init, async () => await Promise.resolve().then(init)]) {
      using crashes = new Crashes();
      const before = listProcesses().length;
      const error = await assertRejects(() => start(how), StartError);
      assertInstanceOf(error, StartError);
      assertEquals(errorText(error.reason), errorText(reason));
      assertEquals(ScriptServer.ends, []);
      assertEquals(crashes.reports.length, reports);
      assertEquals(listProcesses().length, before);
    }
  });
}

Deno.test("GenServer handles nothing before init is through, and everything after", async () => {
  const gate = Promise.withResolvers<Log>();
  const starting = GenServer.start(ScriptServer, () => gate.promise, { name: "slow-starter" });
  const early = GenServer.whereis(ScriptServer, "slow-starter")!;
  early.cast("does", (log) => noreply(log));
  const answer = early.call("log");
  gate.resolve(["init"]);
  const server = await starting;
  assertEquals(await answer, ["init", "cast"]);
  assertStrictEquals(server, early);
  await server.stop();
});

Deno.test("timeoutAfter() counts from the last result only: one without a timeout calls it off", async () => {
  using time = new FakeTime();
  const server = await start();
  server.cast("does", (log) => noreply(log, timeoutAfter(10)));
  server.cast("does", (log) => noreply(log));
  await time.tickAsync(20);
  server.cast("does", (log) => noreply(log, timeoutAfter(10)));
  await time.tickAsync(5);
  server.cast("does", (log) => noreply(log, timeoutAfter(10)));
  await time.tickAsync(9);
  assertEquals(await server.call("log"), ["cast", "cast", "cast", "cast"]);
  await server.stop();
});

Deno.test("timeoutAfter(0) comes at once when nothing waits, Infinity never", async () => {
  using time = new FakeTime();
  const server = await start();
  server.cast("does", (log) => noreply(log, timeoutAfter(Infinity)));
  await time.tickAsync(1e9);
  server.cast("does", (log) => noreply(log, timeoutAfter(0)));
  await time.tickAsync(0);
  assertEquals(await server.call("log"), ["cast", "cast", "timeout"]);
  await server.stop();
});

Deno.test("timeoutAfter() never comes when a message waits, though its time was over while the handler worked", async () => {
  using time = new FakeTime();
  const server = await start();
  server.cast("does", (log) => noreply(log, timeoutAfter(10)));
  await time.tickAsync(9);
  server.cast("does", async (log) => {
    await new Promise((resolve) => setTimeout(resolve, 50));
    return noreply(log);
  });
  await time.tickAsync(50);
  assertEquals(await server.call("log"), ["cast", "cast"]);
  await server.stop();
});

Deno.test("timeoutAfter() refuses a time that is none", () => {
  for (const timeoutMs of [-1, NaN]) {
    assertThrows(
      () => timeoutAfter(timeoutMs),
      RangeError,
      `Cannot wait: "timeoutMs" must be >= 0, received ${timeoutMs}`,
    );
  }
});

Deno.test("GenServer.call() of itself ends by its time limit", async () => {
  using time = new FakeTime();
  const server = await start();
  const call = server.call("does", async (log) => {
    await assertRejects(() => server.call("log", undefined, { timeoutMs: 10 }), CallTimeoutError);
    return reply("gave up", log);
  });
  await time.tickAsync(10);
  assertEquals(await call, "gave up");
  assertEquals(await server.call("log"), ["call"]); // the call that nobody waits for any more was handled, too
  await server.stop();
});

/** States that have a field `next`, as results do: a playlist, a traffic light. */
for (const next of ["ok", "stop", "ignore", "noreply", "reply"] as const) {
  Deno.test(`init may return a state with next: "${next}", at once or later`, async () => {
    type Light = { readonly next: string; readonly value: string };
    class TrafficLight extends GenServer<Light, { calls: { look(): Light } }> {
      override init(isLate: boolean): MaybePromise<Light> {
        const light = { next, value: "green" };
        return isLate ? Promise.resolve(light) : light;
      }
      override handleCall = this.calls({ look: (light) => reply(light, light) });
    }
    for (const isLate of [false, true]) {
      const server = await GenServer.start(TrafficLight, isLate);
      assertEquals(await server.call("look"), { next, value: "green" });
      await server.stop();
    }
  });
}

Deno.test("GenServer takes the results of another copy of the library", async () => {
  const copy = await import(
    "../../../lib/otp/server/result.ts?copy"
  ) as unknown as typeof import("../../../lib/otp/server/result.ts");
  assertNotStrictEquals(copy.ok, ok);
  const server = await start(() => copy.ok(["init"]));
  server.cast("does", (log) => copy.noreply(log));
  assertEquals(await server.call("does", (log) => copy.reply("answer", log)), "answer");
  assertEquals(await server.call("log"), ["init", "cast", "call"]);
  await server.stop();
});

Deno.test("GenServer fails when a handler returns an object that looks like a result", async () => {
  using crashes = new Crashes();
  const server = await start(() => []);
  server.cast("does", (log) => ({ next: "noreply", state: log, after: undefined }) as never);
  await assertRejects(() => server.call("log"), CallExitError);
  assertMatch(crashes.messages[0]!, /returned noreply, in an object that no function of the library made/);
});

for (const after of [later, foreignPromise]) {
  Deno.test(`GenServer waits for what is no Promise but comes later (${after.name})`, async () => {
    const server = await start(() => after(ok(["init"] as Log)));
    server.cast("does", (log) => after(noreply(log, continueWith("next"))));
    assertEquals(await server.call("does", (log) => after(reply("answer", log))), "answer");
    assertEquals(await server.call("log"), ["init", "cast", "continue next", "call"]);
    await server.stop();
  });
}
