/**
 * What visitors do with their connection. Each is one visit; how it ends is part of it.
 *
 * @module
 */

import { delay } from "@std/async/delay";
import { Opcode } from "../support/ws_frame.ts";
import { abandonHandshake, floodBytes, nestDeep, pingOnly, readSlowly, resetHandshake } from "./hostile_behaviours.ts";
import { chatByPolling, stallPost, vanishWhilePolling } from "./long_poll_behaviours.ts";
import { handshake, SoakClient } from "./soak_client.ts";
import { busyTopic, enter, join, quietTopic, until, untilClosed, type Visit } from "./visit.ts";

/** Visits, the usual ones several times. */
export const BEHAVIOURS: readonly [(visit: Visit) => Promise<void>, ...((visit: Visit) => Promise<void>)[]] = [
  chat,
  chat,
  comeAndGo,
  crash,
  vanish,
  vanish,
  stall,
  talkGarbage,
  breakFrames,
  dropHandshake,
  chatByPolling,
  chatByPolling,
  vanishWhilePolling,
  stallPost,
  floodBytes,
  nestDeep,
  resetHandshake,
  abandonHandshake,
  pingOnly,
  readSlowly,
];

/** Says some things to everybody, then closes as one should. */
async function chat(visit: Visit): Promise<void> {
  const topic = busyTopic(visit);
  using client = await enter(visit, topic);
  for (let i = visit.random.between(1, 3); i > 0; i--) {
    await client.send("1", "say", topic, "say", { text: "x".repeat(visit.random.between(0, 500)) });
    await until(client, (event) => event === "phx_reply");
  }
  await client.sendFrame({ opcode: Opcode.close, payload: Uint8Array.of(3, 232) });
  await untilClosed(client);
}

/** Joins topics and leaves them, some twice. */
async function comeAndGo(visit: Visit): Promise<void> {
  using client = await enter(visit, quietTopic(visit));
  for (let i = visit.random.between(1, 5); i > 0; i--) {
    const topic = quietTopic(visit);
    for (let joins = visit.random.between(1, 2); joins > 0; joins--) await join(client, topic, visit);
    await client.send("1", "2", topic, "phx_leave", {});
    await until(client, (event) => event === "phx_reply");
  }
}

/** Makes its channel fail, and joins again. */
async function crash(visit: Visit): Promise<void> {
  const topic = quietTopic(visit);
  using client = await enter(visit, topic);
  for (let i = visit.random.between(1, 3); i > 0; i--) {
    await client.send("1", "2", topic, "crash", {});
    await until(client, (event) => event === "phx_error");
    visit.tally.crashes++;
    await join(client, topic, visit);
  }
}

/** Goes in the middle of a word. */
async function vanish(visit: Visit): Promise<void> {
  const topic = visit.random.pick([busyTopic, quietTopic])(visit);
  using client = await enter(visit, topic);
  await client.send("1", "2", topic, "echo", { text: "x".repeat(2000) });
  await client.write(Uint8Array.of(0x81, 0xfe)); // the start of a frame
  visit.tally.vanished++;
}

/** Joins where a lot is said, and reads nothing of it. */
async function stall(visit: Visit): Promise<void> {
  const topic = busyTopic(visit);
  using client = await enter(visit, topic);
  for (let i = 0; i < 20; i++) await client.send("1", `${i}`, topic, "echo", { text: "x".repeat(5000) });
  visit.tally.stalled++;
  await delay(visit.random.between(500, 5000));
}

/** Sends messages that are none. The server closes, or does not care. */
async function talkGarbage(visit: Visit): Promise<void> {
  using client = await enter(visit, quietTopic(visit));
  const { random } = visit;
  const garbage = random.pick([
    () => random.bytes(random.between(0, 300)),
    () => new TextEncoder().encode('["1","2","room:1","say",'),
    () => new TextEncoder().encode(JSON.stringify({ topic: null, [`${random.next()}`]: [] })),
    () => new TextEncoder().encode(JSON.stringify([[], {}, random.next(), null, "phx_join"])),
    () => Uint8Array.of(0, 255, 255, 255, 255, ...random.bytes(20)),
  ]);
  await client.sendFrame({ opcode: random.pick([Opcode.text, Opcode.binary]), payload: garbage() });
  visit.tally.garbage++;
  await Promise.race([untilClosed(client), delay(1000)]);
}

/** Sends what is not even a frame. */
async function breakFrames(visit: Visit): Promise<void> {
  using client = await enter(visit, quietTopic(visit));
  await client.write(visit.random.bytes(visit.random.between(1, 200)));
  visit.tally.garbage++;
  await Promise.race([untilClosed(client), delay(1000)]);
}

/** Goes before it is let in, or as soon as it is. */
async function dropHandshake({ port, random, tally }: Visit): Promise<void> {
  using client = await SoakClient.dial(port);
  const request = handshake(port);
  await client.write(request.subarray(0, random.pick([0, 20, request.length - 2, request.length])));
  tally.vanished++;
  await delay(random.between(0, 50));
}
