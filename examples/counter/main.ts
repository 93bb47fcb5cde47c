/**
 * A GenServer, without any network: the classic server that keeps a number.
 *
 * ```sh
 * deno task start
 * ```
 *
 * @module
 */

import { CallExitError, GenServer, noreply, reply } from "@urvogel/realtime";

/** What the counter understands: its callers and its handlers are checked against this. */
interface Counter {
  calls: { get(): number; add(by: number): number; divide(by: number): number };
  casts: { reset(): void };
}

class CounterServer extends GenServer<number, Counter> {
  override init(start: number) {
    return start;
  }

  override handleCall = this.calls({
    get: (count) => reply(count, count),
    add: (count, by) => reply(count + by, count + by),
    divide: (count, by) => {
      if (by === 0) throw new RangeError("Cannot divide: by 0");
      return reply(count / by, count / by);
    },
  });

  override handleCast = this.casts({ reset: () => noreply(0) });
}

const counter = await GenServer.start(CounterServer, 0, { name: "counter" });
console.log("add 2:", await counter.call("add", 2));
console.log("add 40:", await counter.call("add", 40));

// Whoever knows the name finds it.
const found = GenServer.whereis(CounterServer, "counter");
found?.cast("reset");
console.log("after reset:", await counter.call("get"));

// A handler that throws ends the server, and tells whoever waits for it.
try {
  await counter.call("divide", 0);
} catch (error) {
  if (!(error instanceof CallExitError)) throw error;
  console.log("failed:", error.message);
}
console.log("still there?", counter.alive);

const next = await GenServer.start(CounterServer, 100, { name: "counter" });
console.log("a new one:", await next.call("get"));
await next.stop();
