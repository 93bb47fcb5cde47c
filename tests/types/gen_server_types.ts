/**
 * What must not compile, and what must. `deno check` is the test: an error that does not come is one.
 *
 * @module
 */

import { GenServer, noreply, type Pid, reply, type ServerRef, spawn } from "@urvogel/realtime";

interface Counter {
  calls: { get(): number; add(by: number): number };
  casts: { reset(): void; set(to: number): void };
  info: "tick";
}

class CounterServer extends GenServer<number, Counter> {
  override init(start: number) {
    return start;
  }
  override handleCall = {
    get: (state: number) => reply(state, state),
    add: (state: number, by: number) => reply(state + by, state + by),
  };
  override handleCast = { reset: () => noreply(0), set: (_: number, to: number) => noreply(to) };
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
export class WrongReply extends GenServer<number, Counter> {
  override init(_: undefined) {
    return 0;
  }
  // @ts-expect-error: `get` replies with a number
  override handleCall = {
    get: (state: number) => reply("text", state),
    add: (state: number, by: number) => reply(state + by, state + by),
  };
}

/** Never started. */
export class WrongState extends GenServer<number, Counter> {
  override init(_: undefined) {
    return 0;
  }
  // @ts-expect-error: the state is a number
  override handleCast = { reset: () => noreply("text"), set: (_: number, to: number) => noreply(to) };
}

/** Never started. */
export class ForgottenState extends GenServer<number, Counter> {
  override init(_: undefined) {
    return 0;
  }
  // @ts-expect-error: the next state is missing
  override handleCast = { reset: () => noreply(), set: (_: number, to: number) => noreply(to) };
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
  // @ts-expect-error: results are made by functions
  override handleCast = {
    skip: () => noreply({ next: "ok" } as const),
    stop: () => ({ next: "noreply", state: { next: "ok" }, after: undefined }) as const,
  };
}
