import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { stub } from "@std/testing/mock";
import { CallExitError, CallTimeoutError, GenServer, ok, reply, spawn, type StartError } from "@urvogel/realtime";
import { settle } from "@urvogel/realtime/testing";
import type { Behaviour } from "../../../lib/otp/server/behaviour.ts";
import { Process } from "../../../lib/otp/process/process.ts";
import { ServerProcess } from "../../../lib/otp/server/server_process.ts";
import { reportUnhandled } from "../../../lib/otp/process/unhandled_message.ts";
import { Crashes } from "../../support/crashes.ts";
import { HOSTILE } from "../../support/hostile_values.ts";

interface Thrower {
  calls: { fail(): never; failLater(): never; get(): number };
}

class ThrowerServer extends GenServer<() => unknown, Thrower> {
  override init(thrown: () => unknown) {
    return thrown;
  }
  override handleCall = this.calls({
    fail: (thrown: () => unknown): never => {
      throw thrown();
    },
    failLater: async (thrown: () => unknown): Promise<never> => {
      await Promise.resolve();
      throw thrown();
    },
    get: (thrown) => reply(1, thrown),
  });
}

for (const [what, make] of Object.entries(HOSTILE)) {
  for (const call of ["fail", "failLater"] as const) {
    Deno.test(`GenServer ends by itself alone when a handler throws ${what} (${call})`, async () => {
      using _ = stub(console, "error");
      const server = await GenServer.start(ThrowerServer, make);
      await using other = await GenServer.start(ThrowerServer, make);
      const failed = server.call(call).catch((error: unknown) => error);
      assertEquals(await other.call("get"), 1);
      assert(await failed instanceof CallExitError);
      assert(!server.alive);
    });
  }
}

Deno.test("GenServer.start() fails when init throws what has no text", async () => {
  using _ = stub(console, "error");
  class Broken extends GenServer<number> {
    override init(_: undefined): number {
      throw Object.create(null);
    }
  }
  const error = await GenServer.start(Broken, undefined).catch((error: StartError) => error);
  assertEquals((error as StartError).message, "Cannot start Broken: Error: Thrown: something that has no text");
});

Deno.test("A crash report keeps labels, names and errors that clients sent within one entry of the log", async () => {
  using error = stub(console, "error");
  const server = await GenServer.start(ThrowerServer, () => new Error("a\n[urvogel] b"), {
    label: "room:a\n[urvogel] c",
  });
  await server.call("x\n[urvogel] d" as "fail").catch(() => {});
  const child = await GenServer.start(ThrowerServer, () => new Error("a\n[urvogel] b"), { label: "x\u001b[2J" });
  await child.call("fail").catch(() => {});
  const logged = error.calls.map(({ args }) => args.join(" "));
  assertEquals(logged.length, 2);
  for (const text of logged) assert(!text.includes("\n[urvogel]") && !text.includes("\u001b"), text);
  assertMatch(logged[0]!, /process \d+ \(room:a\\u000a\[urvogel\] c\) failed in handleCall "x\\u000a/);
});

Deno.test("GenServer.handleInfo() warns of what nobody handles in one entry of the log", async () => {
  using warn = stub(console, "warn");
  class Deaf extends GenServer<number, { info: unknown; calls: { get(): number } }> {
    override init(_: undefined) {
      return 1;
    }
    override handleCall = this.calls({ get: (state) => reply(state, state) });
  }
  await using deaf = await GenServer.start(Deaf, undefined);
  for (const message of ["a\n[urvogel] b\u001b[2J", HOSTILE["an inspector that throws"]!()]) {
    deaf.send(message);
  }
  assertEquals(await deaf.call("get"), 1);
  const logged = warn.calls.map(({ args }) => args.join(" "));
  assertMatch(
    logged[0]!,
    / warn \[urvogel\] Deaf got a message that it has no handler for received="a\\n\[urvogel\] b/,
  );
  assert(!logged[0]!.includes("\n") && !logged[0]!.includes("\u001b"), logged[0]);
  assertMatch(logged[1]!, / received=\{\}$/);
});

for (const [what, make] of Object.entries(HOSTILE)) {
  Deno.test(`reportUnhandled() logs ${what}`, () => {
    using warn = stub(console, "warn");
    using pid = new Idle();
    reportUnhandled(pid, "Deaf", make());
    assertEquals(warn.calls.length, 1);
    assertMatch(warn.calls[0]?.args[0], /Deaf got a message that it has no handler for received=/);
  });

  Deno.test(`a process ends by itself alone when it throws ${what}`, async () => {
    using _ = stub(console, "error");
    const pid = spawn(() => {
      throw make();
    });
    await settle();
    assert(!pid.alive);
  });
}

/** A process that does nothing. */
class Idle extends Process implements Disposable {
  [Symbol.dispose](): void {
    this.end("normal");
  }
}

/** A server that cannot say what it does. */
const speechless: Behaviour<null> = {
  init: () => ok(null),
  describe: fail,
  handleCall: fail,
  handleCast: fail,
  handleInfo: () => new Promise(() => {}),
  handleContinue: fail,
  terminate() {},
};

function fail(): never {
  throw new Error("boom");
}

Deno.test("a crash is reported, also when the message cannot be described", async () => {
  using crashes = new Crashes();
  const server = new ServerProcess(speechless);
  server.start(() => {});
  await assertRejects(() => server.call("work"), CallExitError);
  assertEquals(crashes.reports.map(({ during, error }) => [during, error.message]), [[
    'handleCall "work"',
    "boom",
  ]]);
});

Deno.test("a call fails in time, also when what the server is busy with cannot be described", async () => {
  const server = new ServerProcess(speechless);
  server.start(() => {});
  server.send("message");
  assertMatch(
    (await assertRejects(() => server.call("work", undefined, { timeoutMs: 5 }), CallTimeoutError)).message,
    /; it is busy with handleInfo$/,
  );
  server.end("normal");
});
