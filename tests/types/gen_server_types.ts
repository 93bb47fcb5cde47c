/**
 * What must not compile, and what must. `deno check` is the test: an error that does not come is one.
 *
 * @module
 */

import { child, type ExitReason, GenServer, noreply, type Pid, reply, type ServerRef, spawn } from "@urvogel/realtime";

interface Counter {
  calls: { get(): number; add(by: number): number };
  casts: { reset(): void; set(to: number): void };
  info: "tick";
}

class CounterServer extends GenServer<number, Counter> {
  override init(start: number) {
    return start;
  }
  override handleCall = this.calls({
    get: (state) => reply(state, state),
    add: (state, by) => reply(state + by, state + by),
  });
  override handleCast = this.casts({ reset: () => noreply(0), set: (_, to) => noreply(to) });
}

/** Never run. */
export async function callers(counter: ServerRef<Counter>): Promise<void> {
  const total: number = await counter.call("add", 2);
  await counter.call("get");
  await counter.call("get", undefined, { timeoutMs: 10 });
  await counter.call("add", total, { timeoutMs: 10 });
  counter.cast("reset");
  counter.cast("set", 1);
  counter.send("tick");

  // @ts-expect-error: the request is a number
  await counter.call("add", "2");
  // @ts-expect-error: the request is missing
  await counter.call("add");
  // @ts-expect-error: there is no such call
  await counter.call("subtract", 1);
  // @ts-expect-error: a cast is not a call
  await counter.call("reset");
  // @ts-expect-error: a call is not a cast
  counter.cast("get");
  // @ts-expect-error: the reply is a number
  const text: string = await counter.call("get");
  // @ts-expect-error: no such message
  counter.send("tock");
  return void text;
}

/** Never run. */
export async function starters(): Promise<void> {
  const counter: ServerRef<Counter> = await GenServer.start(CounterServer, 0);
  const inferred = await GenServer.start(CounterServer, 0);
  const total: number = await inferred.call("add", 2);
  inferred.cast("reset");
  // @ts-expect-error: the request is a number
  await inferred.call("add", "2");
  const found: ServerRef<Counter> | undefined = GenServer.whereis(CounterServer, "counter");
  // @ts-expect-error: init takes a number
  await GenServer.start(CounterServer, "0");
  // @ts-expect-error: init takes a number
  await GenServer.start(CounterServer);
  // @ts-expect-error: init takes a number
  child(CounterServer);
  await GenServer.start(Ordered);
  await GenServer.start(Ordered, undefined, { name: "ordered" });
  child(Ordered);
  child(Ordered, undefined, { restart: "transient" });
  // @ts-expect-error: options are the third argument
  child(CounterServer, { restart: "transient" });
  // @ts-expect-error: options are the third argument, also of a server whose init takes none
  child(Ordered, { name: "ordered" });
  // @ts-expect-error: the same
  await GenServer.start(Ordered, { name: "ordered" });
  // @ts-expect-error: calls have no handlers
  await GenServer.start(Incomplete, undefined);
  // @ts-expect-error: an interface is not a value
  GenServer.whereis(Counter, "counter");
  return void [counter, found, total];
}

class Incomplete extends GenServer<number, Counter> {
  override init(_: undefined) {
    return 0;
  }
}

/** Never started. */
export class WrongReply extends CounterServer {
  override handleCall = this.calls({
    // @ts-expect-error: `get` replies with a number
    get: (state) => reply("text", state),
    // @ts-expect-error: `add` must reply
    add: (state, by) => state + by,
  });
}

/** Never started. */
export class WrongState extends CounterServer {
  override handleCast = this.casts({
    // @ts-expect-error: the state is a number
    reset: () => noreply("text"),
    // @ts-expect-error: the next state is missing
    set: () => noreply(),
  });
}

/** Never started. */
export class MissingHandler extends CounterServer {
  // @ts-expect-error: there is no handler for `add`
  override handleCall = this.calls({ get: (state) => reply(state, state) });
}

/** Never started. */
export class UnknownHandler extends CounterServer {
  override handleCast = this.casts({
    reset: () => noreply(0),
    set: (_, to) => noreply(to),
    // @ts-expect-error: there is no such cast
    unset: () => noreply(0),
  });
}

/** Methods fit as handlers, in a generic server too, and so do functions with a `this`. */
export class Queue<T> extends GenServer<readonly T[], { calls: { put(item: T): number; size(): number } }> {
  #puts = 0;
  override init() {
    return [];
  }
  put(items: readonly T[], item: T) {
    return reply(++this.#puts, [...items, item]);
  }
  override handleCall = this.calls({
    put: this.put,
    size(items) {
      return reply(this.#puts, items);
    },
  });
}

/** A class may replace handlers of its base. */
class Doubling extends CounterServer {
  override handleCall = this.extendCalls({ add: (state, by) => reply(state + 2 * by, state + 2 * by) });
  override handleCast = this.extendCasts({
    // @ts-expect-error: the state is a number
    set: () => noreply("text"),
  });
}

interface BiggerCounter extends Counter {
  calls: Counter["calls"] & { subtract(by: number): number };
}

/** A class may add to the interface of its base. */
class BiggerServer extends CounterServer {
  declare readonly interface?: BiggerCounter;
  override handleCall = this.extendCalls<BiggerCounter>({ subtract: (state, by) => reply(state - by, state - by) });
}

/** Never started. */
export class Forgetful extends CounterServer {
  declare readonly interface?: BiggerCounter;
  // @ts-expect-error: there is no handler for what is new, `subtract`
  override handleCall = this.extendCalls<BiggerCounter>({ add: (state) => reply(state, state) });
}

/** Never run. */
export async function extended(): Promise<void> {
  const doubling: ServerRef<Counter> = await GenServer.start(Doubling, 0);
  const bigger = await GenServer.start(BiggerServer, 0);
  const left: number = await bigger.call("subtract", 1);
  // @ts-expect-error: the base has no such call
  await doubling.call("subtract", 1);
  return void left;
}

/** A request is one value: what a second parameter would be for is not sent. */
class TwoParameters extends GenServer<null, { calls: { move(x: number, y: number): void; where(): number } }> {
  override init() {
    return null;
  }
  override handleCall = this.calls({
    where: (state) => reply(0, state),
    // @ts-expect-error: "a method of a server's interface takes no or one request: put several values into one object"
    move: (state: null) => reply(undefined, state),
  });
}

/** Never run. */
export async function movers(): Promise<void> {
  const server = await GenServer.start(TwoParameters, undefined);
  await server.call("where");
  // @ts-expect-error: the same, where it is called
  await server.call("move", 1);
  // @ts-expect-error: an optional second parameter is one too many, too
  (server as unknown as ServerRef<{ casts: { go(x: number, y?: number): void } }>).cast("go", 1);
}

/** The state comes first in every callback. */
export class Ordered extends GenServer<number> {
  override init() {
    return 0;
  }
  override handleInfo(state: number, message: unknown) {
    // @ts-expect-error: a message may be anything
    const next: number = message;
    return noreply(state + next);
  }
  override handleContinue(state: number, _argument: unknown) {
    return noreply(state);
  }
  override terminate(_state: number, _reason: ExitReason) {}
}

/** Never started. The two parameters of `handleInfo` could be swapped unseen: one of them is `unknown`. */
export class Swapped extends GenServer<number> {
  override init() {
    return 0;
  }
  // @ts-expect-error: the state comes first
  override terminate(_reason: ExitReason, _state: number) {}
}

/** Never run. */
export function senders(): void {
  const logger = spawn<string>(async (mailbox) => {
    for await (const line of mailbox) {
      // @ts-expect-error: a line is a string
      const n: number = line;
      void n;
    }
  });
  logger.send("hello");
  // @ts-expect-error: it takes strings
  logger.send(1);
  const anybody: Pid = logger; // whoever holds this can watch it, not send to it
  // @ts-expect-error: nothing is known of what it takes
  anybody.send("hello");
}

/** A state may have a field `next`; a result cannot be written by hand. */
export class PlayList extends GenServer<{ next: "ok" | "stop" }, { casts: { skip(): void; stop(): void } }> {
  override init(_: undefined): { next: "ok" | "stop" } {
    return { next: "stop" };
  }
  override handleCast = this.casts({
    skip: () => noreply({ next: "ok" } as const),
    // @ts-expect-error: results are made by functions
    stop: () => ({ next: "noreply", state: { next: "ok" }, after: undefined }) as const,
  });
}
