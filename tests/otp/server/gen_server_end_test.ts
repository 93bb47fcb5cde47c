import { assertEquals, assertInstanceOf, assertNotStrictEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import {
  AlreadyStartedError,
  CallExitError,
  CallTimeoutError,
  child,
  Down,
  type ExitReason,
  GenServer,
  type MaybePromise,
  noreply,
  type Pid,
  processInfo,
  reply,
  replyAndStop,
  type ServerRef,
  spawn,
  stop,
  Supervisor,
  sys,
  type ViaName,
  whereis,
} from "@urvogel/realtime";
import { Crashes } from "../../support/crashes.ts";
import { laterFails } from "../../support/thenables.ts";

interface Ending {
  calls: { ping(): string; wait(until: Promise<void>): string; close(): string };
  casts: { stop(reason: ExitReason): void; fail(message: string): void; trap(): void };
}
interface Start {
  readonly trapExit?: boolean;
  readonly cleaning?: (reason: ExitReason) => MaybePromise<void>;
}

class EndingServer extends GenServer<string, Ending> {
  static ends: { reason: ExitReason; state: string }[] = [];
  #cleaning: Start["cleaning"];
  override init({ trapExit = false, cleaning }: Start) {
    this.self.trapExit = trapExit;
    this.#cleaning = cleaning;
    return "state";
  }
  override handleCall = this.calls({
    ping: (state) => reply("pong", state),
    wait: async (state, until) => {
      await until;
      return reply("done", state);
    },
    close: (state) => replyAndStop("closed", "normal", state),
  });
  override handleCast = this.casts({
    stop: (state, reason) => stop(reason, state),
    fail: (_: string, message: string): never => {
      throw new Error(message);
    },
    trap: (state) => {
      this.self.trapExit = true;
      return noreply(state);
    },
  });
  override handleInfo(state: string, _: unknown) {
    return noreply(state);
  }
  override terminate(state: string, reason: ExitReason) {
    EndingServer.ends.push({ reason, state });
    return this.#cleaning?.(reason);
  }
}

function start(how: Start = {}, options: { link?: Pid<never>; name?: string | ViaName } = {}) {
  EndingServer.ends = [];
  return GenServer.start(EndingServer, how, options);
}

function idle(link?: Pid<never>): Pid<string> {
  return spawn<string>(async (mailbox) => {
    for await (const _ of mailbox);
  }, link ? { link } : {});
}

/** Watches a server, from now on. */
async function watchOf(server: Pid<never>): Promise<{ readonly reason: Promise<ExitReason> }> {
  const watching = Promise.withResolvers<void>();
  const { promise: reason, resolve } = Promise.withResolvers<ExitReason>();
  spawn<unknown>(async (mailbox, self) => {
    self.monitor(server);
    watching.resolve();
    for await (const message of mailbox) if (message instanceof Down) return resolve(message.reason);
  });
  await watching.promise;
  return { reason };
}

const boom = new Error("boom");
const endings: [string, (server: ServerRef<Ending>) => unknown, ExitReason, boolean, Start?][] = [
  ["stop() was asked for", (server) => server.stop("shutdown"), "shutdown", true],
  ["stop() was asked for with an error", (server) => server.stop(boom), boom, true],
  ["a callback stopped", (server) => server.cast("stop", { shutdown: "x" }), { shutdown: "x" }, true],
  ["a callback stopped with an error", (server) => server.cast("stop", boom), boom, true],
  ["it got an exit signal that it does not trap", (server) => server.exit("shutdown"), "shutdown", false],
  ["it was killed", (server) => server.exit("kill"), "killed", false],
  ["it was killed though it traps", (server) => server.exit("kill"), "killed", false, { trapExit: true }],
];
for (const [how, end, reason, cleans, begin] of endings) {
  Deno.test(`terminate ${cleans ? "runs" : "does not run"} when ${how}`, async () => {
    using _ = new Crashes();
    const server = await start(begin);
    const watch = await watchOf(server);
    // An exit signal does not wait for the handler that is at work, everything else does.
    const working = cleans
      ? undefined
      : assertRejects(() => server.call("wait", new Promise(() => {})), CallExitError).then((error) =>
        assertEquals(error.reason, reason)
      );
    await end(server);
    assertEquals(await watch.reason, reason);
    await working;
    assertEquals(EndingServer.ends, cleans ? [{ reason, state: "state" }] : []);
  });
}

Deno.test("an exit signal other than from its parent is a message to a server that traps exits", async () => {
  const server = await start({ trapExit: true });
  server.exit("shutdown");
  assertEquals(await server.call("ping"), "pong");
  await server.stop();
});

Deno.test("the end of its parent ends a server: with terminate if it traps exits, else without", async () => {
  for (const trapExit of [true, false]) {
    const parent = idle();
    const server = await start({ trapExit }, { link: parent });
    parent.exit({ shutdown: "bye" });
    await server.stop({ shutdown: "bye" });
    assertEquals(EndingServer.ends, trapExit ? [{ reason: { shutdown: "bye" }, state: "state" }] : []);
  }
});

Deno.test("GenServer.start() links where it is told to, and a failing server takes its parent along", async () => {
  using _ = new Crashes();
  const parent = idle();
  const linked = await start({}, { link: parent });
  const alone = await start();
  assertEquals(processInfo(linked)!.links, [parent]);
  assertEquals(processInfo(alone)!.links, []);
  linked.cast("fail", "boom");
  await assertRejects(() => linked.call("ping"), CallExitError);
  assertEquals([parent.alive, alone.alive], [false, true]);
  await alone.stop();
});

Deno.test("terminate may be async: the server is there until it is through, but handles nothing more", async () => {
  const gate = Promise.withResolvers<void>();
  const server = await start({ cleaning: () => gate.promise }, { name: "cleaner" });
  const stopping = server.stop();
  await new Promise((resolve) => setTimeout(resolve, 0));
  assertEquals(server.alive, true);
  await assertRejects(() => GenServer.start(EndingServer, {}, { name: "cleaner" }), AlreadyStartedError);
  const call = assertRejects(() => server.call("ping"), CallExitError).then((error) =>
    assertEquals(error.reason, "normal")
  );
  gate.resolve();
  await stopping;
  await call;
  assertEquals(whereis("cleaner"), undefined);
});

const no = new Error("no");
const failingCleanings: [string, () => MaybePromise<void>][] = [
  ["at once", () => {
    throw no;
  }],
  ["later", () => Promise.reject(no)],
  ["later, by a thenable that is no Promise", () => laterFails(no)],
];
for (const [how, cleaning] of failingCleanings) {
  Deno.test(`terminate that fails ${how} is reported, and is the reason that all others get`, async () => {
    using crashes = new Crashes();
    const parent = idle();
    const server = await start({ cleaning }, { link: parent });
    const watches = await Promise.all([watchOf(server), watchOf(parent)]);
    const [stopping, calling] = [server.stop("shutdown"), server.call("ping")];
    assertEquals((await assertRejects(() => stopping, CallExitError, "stop")).reason, no);
    assertEquals((await assertRejects(() => calling, CallExitError)).reason, no);
    assertEquals(await Promise.all(watches.map(({ reason }) => reason)), [no, no]);
    assertEquals(crashes.reports.map(({ during, error }) => [during, error]), [["terminate", no]]);
  });

  Deno.test(`terminate that fails ${how} after a failure gives the reason: the later one`, async () => {
    using crashes = new Crashes();
    const server = await start({ cleaning });
    const watch = await watchOf(server);
    server.cast("fail", "first");
    assertStrictEquals(await watch.reason, no);
    assertEquals(crashes.messages, ["first", "no"]);
  });

  Deno.test(`a transient child whose terminate fails ${how} is started again`, async () => {
    using _ = new Crashes();
    await using supervisor = await Supervisor.start([child(EndingServer, { cleaning }, { restart: "transient" })]);
    const [first] = await supervisor.whichChildren();
    (first!.pid as ServerRef<Ending>).cast("stop", "normal");
    const watch = await watchOf(first!.pid!);
    await watch.reason;
    const [second] = await supervisor.whichChildren();
    assertEquals(second!.status, "running");
    assertNotStrictEquals(second!.pid, first!.pid);
  });
}

Deno.test("ServerRef.stop() fails when the server ends for another reason than the one asked for", async () => {
  const gate = Promise.withResolvers<void>();
  const server = await start({ cleaning: () => gate.promise });
  const [shutdown, normal, again] = [server.stop({ shutdown: "x" }), server.stop(), server.stop({ shutdown: "x" })];
  const refused = assertRejects(() => normal, CallExitError).then((error) =>
    assertEquals(error.reason, { shutdown: "x" })
  );
  gate.resolve();
  await Promise.all([shutdown, refused, again]);

  const killed = await start();
  const stopping = assertRejects(() => killed.stop(), CallExitError).then((error) =>
    assertEquals(error.reason, "killed")
  );
  killed.exit("kill");
  await stopping;
});

for (const fails of [false, true]) {
  Deno.test(`replyAndStop() answers once terminate ${fails ? "has failed" : "is through"}, and the name is free`, async () => {
    using _ = new Crashes();
    const steps: string[] = [];
    const cleaning = async () => {
      await Promise.resolve();
      steps.push("cleaned");
      if (fails) throw no;
    };
    const server = await start({ cleaning }, { name: "store" });
    assertEquals(await server.call("close"), "closed");
    steps.push("answered");
    assertEquals(steps, ["cleaned", "answered"]);
    await (await start({}, { name: "store" })).stop();
  });
}

Deno.test("replyAndStop() of a server that is killed while it cleans up answers nothing: its caller gets the reason", async () => {
  const server = await start({ cleaning: () => new Promise(() => {}) });
  const call = assertRejects(() => server.call("close"), CallExitError).then((error) =>
    assertEquals(error.reason, "killed")
  );
  await new Promise((resolve) => setTimeout(resolve, 0));
  server.exit("kill");
  await call;
});

Deno.test("GenServer.call() fails oldest first when the server ends", async () => {
  const server = await start();
  const order: number[] = [];
  const calls = [0, 1, 2].map((n) => server.call("wait", new Promise(() => {})).catch(() => void order.push(n)));
  server.exit("kill");
  await Promise.all(calls);
  assertEquals(order, [0, 1, 2]);
});

Deno.test("ServerRef.stop() fails when the end takes longer than its timeout; the server ends all the same", async () => {
  using time = new FakeTime();
  const gate = Promise.withResolvers<void>();
  const server = await start({ cleaning: () => gate.promise });
  const late = assertRejects(() => server.stop("normal", { timeoutMs: 10 }), CallTimeoutError);
  await time.tickAsync(10);
  await late;
  assertEquals(server.alive, true);
  gate.resolve();
  await server.stop();
  assertEquals(EndingServer.ends.length, 1);
});

Deno.test("ServerRef.stop() waits behind a handler, may be asked for twice, and is fine with an ended server", async () => {
  const gate = Promise.withResolvers<void>();
  const server = await start();
  const answer = server.call("wait", gate.promise);
  const stops = [server.stop("shutdown"), server.stop("shutdown")];
  gate.resolve();
  assertEquals(await answer, "done");
  await Promise.all(stops);
  await server.stop();
  assertEquals(EndingServer.ends, [{ reason: "shutdown", state: "state" }]);
});

const reasons: ExitReason[] = ["normal", "shutdown", { shutdown: "x" }, boom];
for (const reason of reasons) {
  const text = reason instanceof Error ? "an error" : JSON.stringify(reason);
  Deno.test(`GenServer.call() fails with the reason when the server ends with ${text} meanwhile`, async () => {
    using _ = new Crashes();
    const server = await start();
    server.cast("stop", reason);
    const error = await assertRejects(() => server.call("ping"), CallExitError);
    assertInstanceOf(error, CallExitError);
    assertEquals(error.reason, reason);
    assertEquals((await assertRejects(() => server.call("ping"), CallExitError)).reason, "noproc");
    assertEquals(server.cast("trap"), "closed");
  });
}

for (const how of ["a callback", "stop()"]) {
  Deno.test(`a server that ends with an error by ${how} is reported, one that ends as planned is not`, async () => {
    using crashes = new Crashes();
    const end = async (reason: ExitReason) => {
      const server = await start();
      if (how === "stop()") return await server.stop(reason);
      server.cast("stop", reason);
      await assertRejects(() => server.call("ping"), CallExitError);
    };
    for (const reason of ["normal", "shutdown", { shutdown: "x" }] as const) await end(reason);
    assertEquals(crashes.reports, []);
    await end(boom);
    assertEquals(crashes.reports.map(({ during, error }) => [during, error]), [
      [how === "stop()" ? "stop" : 'handleCast "stop"', boom],
    ]);
  });
}

Deno.test("formatStatus that fails concerns whoever asked, not the server", async () => {
  class Shy extends EndingServer {
    override formatStatus(): never {
      throw new Error("private");
    }
  }
  const server = await GenServer.start(Shy, {});
  await assertRejects(() => sys.getStatus(server), Error, "private");
  assertEquals(await server.call("ping"), "pong");
  await server.stop();
});

Deno.test("GenServer.whereis() finds a server by a via-name, and nobody where nobody is", async () => {
  const seat: ViaName & { pid?: Pid<never> } = {
    label: "seat",
    register: (pid) => void (seat.pid = pid),
    whereis: () => seat.pid,
  };
  assertEquals(GenServer.whereis(EndingServer, seat), undefined);
  assertEquals(GenServer.whereis(EndingServer, "nobody"), undefined);
  const server = await start({}, { name: seat });
  assertEquals(await GenServer.whereis(EndingServer, seat)!.call("ping"), "pong");
  await server.stop();
  assertEquals(GenServer.whereis(EndingServer, seat), undefined);
});

Deno.test("what is sent to a server that is ending is refused, and calls fail with its end", async () => {
  const cleaning = Promise.withResolvers<void>();
  const working = Promise.withResolvers<void>();
  const server = await GenServer.start(EndingServer, { cleaning: () => cleaning.promise });
  const before = server.call("wait", working.promise);
  const stopped = server.stop("shutdown");
  assertEquals(server.cast("trap"), "closed", "it has been told to stop");
  const late = server.call("ping");
  working.resolve();
  assertEquals(await before, "done", "what came before is still done");
  cleaning.resolve();
  await stopped;
  assertEquals((await assertRejects(() => late, CallExitError)).reason, "shutdown");
});

Deno.test("what is sent to a server that cleans up is refused, however its end began", async () => {
  for (const how of ["stop", "fail"] as const) {
    using _ = new Crashes();
    const cleaning = Promise.withResolvers<void>();
    const server = await GenServer.start(EndingServer, { cleaning: () => cleaning.promise });
    server.cast(how, how === "stop" ? "shutdown" : "boom");
    await new Promise((resolve) => setTimeout(resolve));
    assertEquals([server.alive, server.cast("trap"), server.send(1 as never)], [true, "closed", "closed"], how);
    const gone = assertRejects(() => server.stop(), CallExitError); // for the reason with which its end began
    cleaning.resolve();
    await gone;
  }
});
