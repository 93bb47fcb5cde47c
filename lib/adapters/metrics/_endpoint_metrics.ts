/**
 * The metrics that are read from an endpoint when they are collected.
 *
 * @module
 */

import { crashCount, losses, type Overview, overview } from "../../endpoint/debug.ts";
import type { Endpoint } from "../../endpoint/endpoint.ts";
import type { LossKind } from "../../pubsub/loss_count.ts";
import { LoopDelay } from "./_loop_delay.ts";
import type { InstrumentDetails, InstrumentMeter, Labels, ObservableInstrument, Observer } from "./_meter.ts";

/** Reads one number of each overview. */
type Read = (overview: Overview) => number | undefined;

/**
 * Creates the instruments, which read `endpoints` until the result is disposed.
 *
 * @param common The attributes of all values.
 */
export function measureEndpoints(
  meter: InstrumentMeter,
  endpoints: readonly Endpoint[],
  common: Labels,
): Disposable {
  const stack = new DisposableStack();
  const delay = stack.use(new LoopDelay());
  const current = sharedOverviews(endpoints);
  const watch = (instrument: ObservableInstrument, observe: (observer: Observer) => void) => {
    const callback = (observer: Observer) => {
      observe({ observe: (value, attributes) => observer.observe(value, { ...common, ...attributes }) });
    };
    instrument.addCallback(callback);
    stack.defer(() => instrument.removeCallback(callback));
  };
  const sum = (name: string, description: string, unit: string, read: Read) => {
    const instrument = meter.createObservableUpDownCounter(name, { description, unit });
    watch(instrument, (observer) => observer.observe(current().reduce((all, one) => all + (read(one) ?? 0), 0)));
  };
  const first = (name: string, description: string, unit: string, read: Read) => {
    const instrument = meter.createObservableUpDownCounter(name, { description, unit });
    watch(instrument, (observer) => observer.observe(current().map(read)[0] ?? 0));
  };
  const active = meter.createObservableUpDownCounter("urvogel.server.active_connections", {
    description: "Open connections",
    unit: "{connection}",
  });
  watch(active, (observer) => observeConnections(current(), observer));
  sum("urvogel.server.channels", "Joined topics of all clients", "{channel}", ({ channels }) => channels);
  sum("urvogel.server.unread", "Bytes that clients have not read yet", "By", ({ bytesWaiting }) => bytesWaiting);
  // What belongs to the thread or to a PubSub that endpoints may share is not added up.
  first("urvogel.server.topics", "Different topics with subscribers", "{topic}", ({ topics }) => topics);
  first("urvogel.server.processes", "Processes", "{process}", ({ processes }) => processes);
  first("urvogel.server.backlog", "Messages in all mailboxes", "{message}", ({ mailboxBacklog }) => mailboxBacklog);
  first("urvogel.history.streams", "Topics with history in use", "{topic}", ({ historyStreams }) => historyStreams);
  first("urvogel.history.size", "Kept messages in memory", "By", ({ historyBytes }) => historyBytes);
  const gauge = (name: string, details: InstrumentDetails, read: () => number) => {
    watch(meter.createObservableGauge(name, details), (observer) => observer.observe(read()));
  };
  // With the unit "1" exporters would call it "..._ratio".
  gauge("urvogel.bus.up", { description: "Whether the nodes are connected: 1 or 0; 1 without a bus" }, () => {
    return current().every(({ bus }) => bus !== "down") ? 1 : 0;
  });
  gauge("urvogel.server.longest_backlog", { description: "Messages in the fullest mailbox", unit: "{message}" }, () => {
    return current()[0]?.longestMailbox ?? 0;
  });
  gauge("urvogel.server.event_loop.delay", {
    description: "Longest delay of a timer since the last collection",
    unit: "s",
  }, () => {
    return delay.take() / 1000;
  });
  const crashes = meter.createObservableCounter("urvogel.crashes", { description: "Crashes of processes" });
  watch(crashes, (observer) => observer.observe(crashCount()));
  const lost = meter.createObservableCounter("urvogel.losses", { description: "Messages lost between nodes" });
  watch(lost, (observer) => {
    const counts: Counts = { ...NO_LOSSES, ...Object.fromEntries(losses().map(({ kind, count }) => [kind, count])) };
    for (const [kind, count] of Object.entries(counts)) observer.observe(count, { "urvogel.kind": kind });
  });
  return stack;
}

type Counts = Readonly<Record<LossKind, number>>;

/** A counter that begins to exist with its first loss would hide it from `increase()`. */
const NO_LOSSES: Counts = {
  bus_gap: 0,
  bus_unconfirmed: 0,
  bus_refused: 0,
  bus_malformed: 0,
  history_unpublished: 0,
  history_unnumbered: 0,
  history_reset: 0,
  presence_unsent: 0,
};

/** Counts by socket and transport, over all endpoints and mounts. */
function observeConnections(overviews: readonly Overview[], observer: Observer): void {
  const all = overviews.flatMap(({ connections }) => connections);
  for (const group of Map.groupBy(all, ({ socket, transport }) => `${transport} ${socket}`).values()) {
    const { socket, transport } = group[0]!;
    const count = group.reduce((sum, { count }) => sum + count, 0);
    if (count === 0 && transport === "direct") continue; // there are some in tests only
    observer.observe(count, { "urvogel.socket": socket, "urvogel.transport": transport });
  }
}

/** Returns a function that takes the overviews, once for all instruments that are read in one turn. */
function sharedOverviews(endpoints: readonly Endpoint[]): () => readonly Overview[] {
  let taken: readonly Overview[] | undefined;
  return () => {
    if (taken) return taken;
    queueMicrotask(() => taken = undefined);
    return taken = endpoints.map((endpoint) => overview(endpoint));
  };
}
