/**
 * GenServer: calls, casts, starting and stopping, and what one costs that does nothing.
 *
 * @module
 */

import { GenServer, noreply, reply, type ServerRef } from "@urvogel/realtime";
import { heapBytes, perSecond, printFigures } from "./figures.ts";

interface Counter {
  calls: { get(): number };
  casts: { add(by: number): void };
}

class CounterServer extends GenServer<number, Counter> {
  override init(start: number) {
    return start;
  }
  override handleCall = this.calls({ get: (state) => reply(state, state) });
  override handleCast = this.casts({ add: (state, by) => noreply(state + by) });
}

const CALLS = 500_000;
const CASTS = 1_000_000;
/** A sender that never waits fills the mailbox; one that asks now and then does not. */
const CASTS_IN_A_ROW = 1000;
const STARTS = 100_000;
const IDLE_SERVERS = 50_000;

const counter = await GenServer.start(CounterServer, 0);

async function calls(): Promise<void> {
  for (let i = 0; i < CALLS; i++) await counter.call("get");
}

async function casts(): Promise<void> {
  const before = await counter.call("get");
  for (let sent = 0; sent < CASTS; sent += CASTS_IN_A_ROW) {
    for (let i = 0; i < CASTS_IN_A_ROW; i++) counter.cast("add", 1);
    await counter.call("get");
  }
  const added = await counter.call("get") - before;
  if (added !== CASTS) throw new Error(`Cannot trust this run: ${added} of ${CASTS} casts were handled`);
}

async function startsAndStops(): Promise<void> {
  for (let i = 0; i < STARTS; i++) {
    const server = await GenServer.start(CounterServer, i);
    await server.stop();
  }
}

async function bytesPerServer(): Promise<number> {
  const servers: ServerRef<Counter>[] = new Array(IDLE_SERVERS);
  const before = heapBytes();
  for (let i = 0; i < IDLE_SERVERS; i++) servers[i] = await GenServer.start(CounterServer, i);
  const bytes = (heapBytes() - before) / IDLE_SERVERS;
  for (const server of servers) await server.stop();
  return bytes;
}

await printFigures([
  {
    what: "call and reply, one caller, with its 5 s timeout",
    elixir: "0.74 to 0.85 M",
    target: ">= 2.5 M",
    unit: "per second",
    measure: () => perSecond(CALLS, calls),
  },
  {
    what: "cast",
    elixir: "2.7 to 7.6 M",
    target: ">= 6 M",
    unit: "per second",
    measure: () => perSecond(CASTS, casts),
  },
  {
    what: "start and stop",
    elixir: "0.20 M",
    target: ">= 0.5 M",
    unit: "per second",
    measure: () => perSecond(STARTS, startsAndStops),
  },
  {
    what: "memory of an idle GenServer",
    elixir: "2,855 (1,263 hibernated)",
    target: "<= 1,500",
    unit: "bytes",
    measure: bytesPerServer,
  },
]);
