/**
 * What visitors do who try to cost the server more than they pay, or try its patience.
 *
 * @module
 */

import { delay } from "@std/async/delay";
import { connect } from "node:net";
import { encodeFrame, Opcode } from "../support/ws_frame.ts";
import { handshake, SoakClient } from "./soak_client.ts";
import { busyTopic, enter, join, quietTopic, until, untilClosed, type Visit } from "./visit.ts";

const NESTED_DEEP = 10_000;
/** Longer than a `connect` with `slow` takes. */
const SLOW_CONNECT = "vsn=2.0.0&slow=1";

/** Heartbeats that cost more than their bytes, and heartbeats of many bytes: built once, as building costs the most. */
const MANY_OBJECTS = heartbeat(`[${Array(30_000).fill("{}").join()}]`);
const MANY_BYTES = heartbeat(`"${"x".repeat(100_000)}"`);

/** Streams large messages, a few that fill the heap or more bytes than `byteRate` allows, without a pause. */
export async function floodBytes(visit: Visit): Promise<void> {
  using client = await enter(visit, quietTopic(visit));
  const [frame, count] = visit.random.between(1, 10) === 1 ? [MANY_BYTES, 200] : [MANY_OBJECTS, 5];
  visit.tally.garbage++;
  await Promise.race([untilClosed(client), writeAll(client, frame, count).then(() => delay(1000))]);
}

async function writeAll(client: SoakClient, frame: Uint8Array, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await client.write(frame);
}

function heartbeat(payload: string): Uint8Array {
  const text = `[null,"1","phoenix","heartbeat",${payload}]`;
  return encodeFrame({ opcode: Opcode.text, payload: new TextEncoder().encode(text) });
}

/** Sends a message that is nested deeper than a stack is. */
export async function nestDeep(visit: Visit): Promise<void> {
  const topic = quietTopic(visit);
  using client = await enter(visit, topic);
  const payload = "[".repeat(NESTED_DEEP) + '{"0":0}' + "]".repeat(NESTED_DEEP);
  const message = visit.random.pick([
    `["1","2","${topic}","echo",${payload}]`,
    `["1","2","${topic}","nobody handles this",${payload}]`,
    `["1",${payload},"${topic}","say",{}]`,
    `["2","2","${topic}","phx_join",${payload}]`,
  ]);
  await client.sendFrame({ opcode: Opcode.text, payload: new TextEncoder().encode(message) });
  visit.tally.garbage++;
  await Promise.race([untilClosed(client), delay(1000)]);
}

/** Resets the connection when the handshake is sent: the answer finds nobody. */
export async function resetHandshake({ port, tally }: Visit): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {}); // the server may be faster
  await new Promise((resolve) => socket.write(handshake(port), resolve));
  socket.resetAndDestroy();
  tally.lostHandshakes++;
}

/** Goes while the server still decides whether to let it in. */
export async function abandonHandshake({ port, random, tally }: Visit): Promise<void> {
  using client = await SoakClient.dial(port);
  await client.write(handshake(port, SLOW_CONNECT));
  await delay(random.between(0, 20));
  tally.lostHandshakes++;
}

/** Says nothing, but pings. */
export async function pingOnly(visit: Visit): Promise<void> {
  using client = await enter(visit, quietTopic(visit));
  for (let i = visit.random.between(1, 10); i > 0; i--) {
    await client.sendFrame({ opcode: Opcode.ping, payload: Uint8Array.of(i) });
    const received = await client.next();
    if (received.kind !== "pong") throw new Error(`Cannot ping: the server sent ${JSON.stringify(received)}`);
    await delay(500);
  }
}

/** Reads all that it asks for, but slowly. The server must wait for it. */
export async function readSlowly(visit: Visit): Promise<void> {
  const topic = busyTopic(visit);
  using client = await enter(visit, topic);
  const asked = 40;
  for (let i = 0; i < asked; i++) await client.send("1", `${i}`, topic, "echo", { text: "x".repeat(10_000) });
  for (let answers = 0; answers < asked; answers++) {
    await until(client, (event) => event === "phx_reply");
    await delay(visit.random.between(20, 100));
  }
  await join(client, topic, visit); // it is still a member like others
}
