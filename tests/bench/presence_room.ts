/**
 * One room with many members: all join, one changes, all leave. What it costs the server, without a network.
 *
 * `deno run -A tests/bench/presence_room.ts` prints what lib/presence/README.md quotes.
 *
 * @module
 */

import { setImmediate } from "node:timers/promises";
import {
  type Broadcast,
  type Fastlane,
  type Frame,
  type Pid,
  Presence,
  type PresenceOptions,
  PubSub,
  serializerV2,
  spawn,
} from "@urvogel/realtime";
import { Hub } from "../support/pubsub_hub.ts";

const MEMBERS = Number(Deno.args[0] ?? 10_000);
const TOPIC = "room:large";

interface Meta {
  readonly online_at: number;
}

/** What was written to the members of a room. */
class Traffic {
  messages = 0;
  bytes = 0;

  /** The connection of a member; to all of them goes the same frame. */
  lane(): Fastlane<Frame> {
    const write = (frame: Frame) => {
      this.messages++;
      this.bytes += frame.length;
    };
    return { encoder: serializerV2, intercepts: new Set(), write };
  }
}

function idle(): Pid<Broadcast> {
  return spawn<Broadcast>(async (mailbox) => {
    for await (const _ of mailbox);
  });
}

interface Row {
  readonly step: string;
  readonly ms: number;
  readonly messages: number;
  readonly megabytes: number;
}

async function measure(traffic: Traffic, step: string, act: () => Promise<void>): Promise<Row> {
  const before = { messages: traffic.messages, bytes: traffic.bytes, at: performance.now() };
  await act();
  return {
    step,
    ms: Math.round(performance.now() - before.at),
    messages: traffic.messages - before.messages,
    megabytes: Number(((traffic.bytes - before.bytes) / 1e6).toFixed(2)),
  };
}

/** How members arrive and leave: this many in one turn of the event loop. */
const AT_ONCE = 10;

async function runRoom(options: Partial<PresenceOptions<Meta>>): Promise<Row[]> {
  const pubsub = new PubSub();
  await using presence = new Presence<Meta>({ pubsub, ...options });
  const pids = Array.from({ length: MEMBERS }, idle);
  const traffic = new Traffic();
  /** Until the last window has been told. */
  const quiet = () => new Promise<void>((resolve) => setTimeout(resolve, options.coalesceMs ?? 0));

  async function each(act: (pid: Pid<Broadcast>, index: number) => void): Promise<void> {
    for (const [index, pid] of pids.entries()) {
      act(pid, index);
      if (index % AT_ONCE === 0) await setImmediate();
    }
    await quiet();
    await setImmediate();
  }

  const join = (pid: Pid<Broadcast>, index: number) => {
    pubsub.subscribe(TOPIC, pid, traffic.lane());
    presence.track(pid, TOPIC, `user:${index}`, { online_at: 1_700_000_000_000 + index });
  };
  const rows = [
    await measure(traffic, "all join", () => each(join)),
    await measure(traffic, "one update", async () => {
      presence.update(pids[0]!, TOPIC, "user:0", { online_at: 0 });
      await quiet();
      await setImmediate();
    }),
  ];
  const at = performance.now();
  const size = JSON.stringify(presence.list(TOPIC)).length;
  const list = { step: "one list", ms: Math.round(performance.now() - at), messages: 1, megabytes: size / 1e6 };
  return [...rows, list, await measure(traffic, "all leave", () => each((pid) => pid.exit("shutdown")))];
}

/** The same members on one node, seen from another that starts later. */
async function runTransfer(): Promise<Row[]> {
  const hub = new Hub();
  const options = { broadcastPeriodMs: 50 };
  const one = new PubSub({ adapter: hub.adapter("one") });
  const two = new PubSub({ adapter: hub.adapter("two") });
  await using nodes = new AsyncDisposableStack();
  for (const pubsub of [one, two]) nodes.defer(() => pubsub.stop());
  await using presence = new Presence<Meta>({ pubsub: one, ...options });
  const pids = Array.from({ length: MEMBERS }, idle);
  const traffic = new Traffic();
  const rows = [
    await measure(traffic, "all join, nobody listens", async () => {
      for (const [index, pid] of pids.entries()) presence.track(pid, TOPIC, `user:${index}`, { online_at: index });
      await setImmediate();
    }),
  ];
  await new Promise((resolve) => setTimeout(resolve, 2 * options.broadcastPeriodMs));
  hub.sent.length = 0;
  const at = performance.now();
  await using other = new Presence<Meta>({ pubsub: two, ...options });
  while (other.count(TOPIC).keys < MEMBERS) await new Promise((resolve) => setTimeout(resolve, 1));
  const sent = hub.sent.filter(({ event }) => event === "transfer_ack");
  const megabytes = sent.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6;
  rows.push({
    step: "transfer to a new node",
    ms: Math.round(performance.now() - at),
    messages: sent.length,
    megabytes,
  });
  rows.push(
    await measure(traffic, "all leave, nobody listens", async () => {
      for (const pid of pids) pid.exit("shutdown");
      await setImmediate();
    }),
  );
  return rows;
}

console.log(`${MEMBERS} members`);
for (const options of [{}, { coalesceMs: 100 }, { report: "counts", coalesceMs: 100 }] as const) {
  console.log(JSON.stringify(options));
  console.table(await runRoom(options));
}
console.log("two nodes");
console.table(await runTransfer());
