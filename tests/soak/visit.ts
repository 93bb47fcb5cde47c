/**
 * What all visits have in common: where they come to, what they join, what they wait for.
 *
 * @module
 */

import type { Random } from "./random.ts";
import { type Received, SoakClient, type Talker } from "./soak_client.ts";
import type { Tally } from "./tally.ts";

/** What a visitor has: its chances, and where it comes to. */
export interface Visit {
  readonly port: number;
  readonly random: Random;
  readonly tally: Tally;
}

/** Rooms in which all hear those who chat, those too who do not read. So many that it stays a crowd, not a flood. */
const BUSY_TOPICS = 20;
const QUIET_TOPICS = 500;

/** Opens a WebSocket and joins `topic`. */
export async function enter(visit: Visit, topic: string): Promise<SoakClient> {
  const client = await SoakClient.connect(visit.port);
  visit.tally.connections++;
  await join(client, topic, visit);
  return client;
}

/** Joins `topic`, and waits for the answer. */
export async function join(client: Talker, topic: string, { tally }: Visit): Promise<void> {
  await client.send("1", "1", topic, "phx_join", {});
  await until(client, (event) => event === "phx_reply");
  tally.joins++;
}

/** A room where a lot is said. */
export function busyTopic({ random }: Visit): string {
  return `room:busy:${random.between(1, BUSY_TOPICS)}`;
}

/** A room where hardly anybody is. */
export function quietTopic({ random }: Visit): string {
  return `room:${random.between(1, QUIET_TOPICS)}`;
}

/** Reads until a message with such an event comes. */
export async function until(client: Talker, isIt: (event: unknown) => boolean): Promise<void> {
  while (true) {
    const received: Received = await client.next();
    if (received.kind === "pong") continue;
    if (received.kind !== "message") throw new Error(`Cannot go on: the server ended it, ${JSON.stringify(received)}`);
    if (isIt(received.message[3])) return;
  }
}

/** Reads until the connection is over. */
export async function untilClosed(client: Talker): Promise<void> {
  for (let received; (received = await client.next()).kind === "message" || received.kind === "pong";);
}
