import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { stub } from "@std/testing/mock";
import { FakeTime } from "@std/testing/time";
import { Endpoint, type LimitHitEvent, shutdownOnSignalWith, type ShutdownOptions } from "@urvogel/realtime";
import { guardLargeTexts } from "../../lib/endpoint/_large_text_guard.ts";
import { shutDownAll } from "../../lib/endpoint/_services.ts";
import { settle } from "../support/fake_client.ts";
import { Collected } from "../support/telemetry.ts";

const never = () => new Promise<void>(() => {});

Deno.test("shutDownAll() ends services in order, and disposes of what cannot be shut down", async () => {
  const ended: string[] = [];
  const services = [
    { shutdown: () => Promise.resolve().then(() => void ended.push("first")) },
    { [Symbol.asyncDispose]: () => Promise.resolve().then(() => void ended.push("second")) },
    { shutdown: () => void ended.push("third") },
  ];
  assertEquals(await shutDownAll(services, 1000), 0);
  assertEquals(ended, ["first", "second", "third"]);
});

Deno.test("shutDownAll() reports a service that fails, and ends the others", async () => {
  using error = stub(console, "error");
  let ended = 0;
  const services = [
    { shutdown: () => Promise.reject(new Error("async")) },
    {
      shutdown() {
        throw new Error("sync");
      },
    },
    { shutdown: () => void ended++ },
  ];
  assertEquals(await shutDownAll(services, 1000), 2);
  assertEquals([ended, error.calls.length], [1, 2]);
  assertMatch(error.calls[0]!.args[0], /service 1 \(Object\) failed to shut down: Error: async\n/);
  assertMatch(error.calls[1]!.args[0], /service 2 \(Object\) failed to shut down: Error: sync\n/);
});

Deno.test("shutDownAll() gives each service its own time and the time of all", async () => {
  using time = new FakeTime();
  using error = stub(console, "error");
  const services = [{ shutdown: never }, { shutdown: never, shutdownMs: 30_000 }];
  let failed: number | undefined;
  void shutDownAll(services, 10_000).then((count) => failed = count);
  for (const [ms, errors] of [[9_999, 0], [1, 1], [39_999, 1], [1, 2]] as const) {
    time.tick(ms);
    await settle();
    assertEquals(error.calls.length, errors);
  }
  assertEquals(failed, 2);
  assertMatch(
    error.calls[1]!.args[0],
    /: Error: Cannot shut down service 2 \(Object\): it took longer than 40000 ms\n/,
  );
});

Deno.test("Endpoint.shutdownMs is its drainer's", () => {
  assertEquals(new Endpoint({ sockets: {} }).shutdownMs, 30_000);
  assertEquals(new Endpoint({ sockets: {}, drainer: { shutdownMs: 7 } }).shutdownMs, 7);
});

Deno.test.each([0, -1, NaN])("shutdownOnSignalWith() refuses a timeoutMs of %f", (timeoutMs) => {
  const message = `Cannot shut down: "timeoutMs" must be > 0, received ${timeoutMs}`;
  assertThrows(() => shutdownOnSignalWith({ timeoutMs }), RangeError, message);
});

const timeouts: [options: ShutdownOptions, ms: number][] = [[{}, 10_000], [{ timeoutMs: 50 }, 50]];
Deno.test.each(timeouts)(
  "shutdownOnSignalWith(%j) gives each service %i ms, then exits with 1",
  async (options, ms) => {
    using time = new FakeTime();
    using _error = stub(console, "error");
    const listeners = new Map<Deno.Signal, () => void>();
    using _add = stub(Deno, "addSignalListener", (signal, listener) => void listeners.set(signal, listener));
    using _remove = stub(Deno, "removeSignalListener", (signal) => void listeners.delete(signal));
    const exited = Promise.withResolvers<number | undefined>();
    using _exit = stub(Deno, "exit", (code) => exited.resolve(code) as never);
    const listening = shutdownOnSignalWith(options, { shutdown: never });
    listeners.get("SIGINT")!();
    time.tick(ms - 1);
    await settle();
    assertEquals(_error.calls.length, 0);
    time.tick(1);
    await settle();
    time.tick(1000); // sibling threads have introduced themselves by then
    assertEquals(await exited.promise, 1);
    listening[Symbol.dispose]();
    assertEquals(listeners.size, 0);
  },
);

/** Deno's error, or another with some of its marks. */
function textError(
  { type = TypeError as ErrorConstructor, message = "failed to allocate string; x", at = "ext:deno_websocket/1.js" },
) {
  const error = new type(message);
  error.stack = `${error.name}: ${message}\n    at ${at}:1:1`;
  return error;
}

function rejectionOf(reason: unknown): PromiseRejectionEvent {
  const promise = Promise.reject(reason);
  promise.catch(() => {});
  return new PromiseRejectionEvent("unhandledrejection", { promise, reason, cancelable: true });
}

Deno.test("guardLargeTexts() takes Deno's error for handled, and says so, until disposed of", () => {
  using error = stub(console, "error");
  using limits = new Collected<LimitHitEvent>("urvogel:limit:hit");
  const guard = guardLargeTexts();
  assertEquals(dispatchEvent(rejectionOf(textError({}))), false);
  assertEquals([error.calls.length, limits.events.map(({ limit }) => limit)], [1, ["maxFrameBytes"]]);
  guard[Symbol.dispose]();
  assertEquals(dispatchEvent(rejectionOf(textError({}))), true);
});

const { proxy: revoked, revoke } = Proxy.revocable({}, {});
revoke();
const foreign: [what: string, reason: unknown][] = [
  ["another type", textError({ type: RangeError })],
  ["another message", textError({ message: "cannot allocate string" })],
  ["another source", textError({ at: "file:///main.ts" })],
  ["nothing", undefined],
  ["a revoked proxy", revoked],
];
Deno.test.each(foreign)("guardLargeTexts() leaves an error alone that has %s", (_what, reason) => {
  using _guard = guardLargeTexts();
  assertEquals(dispatchEvent(rejectionOf(reason)), true);
});
