import assert from "node:assert/strict";
import { stub } from "@std/testing/mock";
import { CallExitError, GenServer, reply, type StartError } from "@urvogel/realtime";

interface Thrower {
  calls: { fail(): never; failLater(): never; get(): number };
}

class ThrowerServer extends GenServer<() => unknown, Thrower> {
  override init(thrown: () => unknown) {
    return thrown;
  }
  override handleCall = {
    fail: (thrown: () => unknown): never => {
      throw thrown();
    },
    failLater: async (thrown: () => unknown): Promise<never> => {
      await Promise.resolve();
      throw thrown();
    },
    get: (thrown: () => unknown) => reply(1, thrown),
  };
}

/** Things that throw when they are turned into a text. */
const hostile: Readonly<Record<string, () => unknown>> = {
  "an object without a prototype": () => Object.create(null),
  "an object whose toString throws": () => ({
    toString() {
      throw new Error("no text");
    },
  }),
  "an error whose message throws": () =>
    Object.defineProperty(new Error(), "message", {
      get() {
        throw new Error("no message");
      },
    }),
  "an error that does not like to be looked at": () =>
    Object.assign(new Error("shy"), {
      [Symbol.for("Deno.customInspect")]() {
        throw new Error("do not look");
      },
    }),
};

for (const [what, make] of Object.entries(hostile)) {
  for (const call of ["fail", "failLater"] as const) {
    Deno.test(`GenServer ends by itself alone when a handler throws ${what} (${call})`, async () => {
      using _ = stub(console, "error");
      const server = await GenServer.start(ThrowerServer, make);
      await using other = await GenServer.start(ThrowerServer, make);
      const failed = server.call(call).catch((error: unknown) => error);
      assert.equal(await other.call("get"), 1);
      assert.ok(await failed instanceof CallExitError);
      assert.ok(!server.alive);
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
  assert.equal((error as StartError).message, "Cannot start Broken: Error: Thrown: something that has no text");
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
  assert.equal(logged.length, 2);
  for (const text of logged) assert.ok(!text.includes("\n[urvogel]") && !text.includes("\u001b"), text);
  assert.match(logged[0]!, /process \d+ \(room:a\\u000a\[urvogel\] c\) failed in handleCall "x\\u000a/);
});

Deno.test("GenServer.handleInfo() warns of what nobody handles in one entry of the log", async () => {
  using warn = stub(console, "warn");
  class Deaf extends GenServer<number, { info: unknown; calls: { get(): number } }> {
    override init(_: undefined) {
      return 1;
    }
    override handleCall = { get: (state: number) => reply(state, state) };
  }
  await using deaf = await GenServer.start(Deaf, undefined);
  for (const message of ["a\n[urvogel] b\u001b[2J", hostile["an error that does not like to be looked at"]!()]) {
    deaf.send(message);
  }
  assert.equal(await deaf.call("get"), 1);
  const logged = warn.calls.map(({ args }) => args.join(" "));
  assert.match(logged[0]!, /^\[urvogel\] Deaf got a message that it has no handler for:.*a\\n\[urvogel\] b/);
  assert.ok(!logged[0]!.includes("\n") && !logged[0]!.includes("\u001b"), logged[0]);
  assert.match(logged[1]!, /a value that cannot be shown/);
});
