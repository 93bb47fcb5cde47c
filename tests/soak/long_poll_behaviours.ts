/**
 * What visitors do who poll.
 *
 * @module
 */

import { delay } from "@std/async/delay";
import { RawConnection } from "../support/raw_connection.ts";
import { hostOf, rawRequest, writeHead } from "../support/raw_http.ts";
import { askOnce, LongPollClient } from "./long_poll_client.ts";
import { busyTopic, join, until, type Visit } from "./visit.ts";

/** Says some things to everybody, and polls no more. */
export async function chatByPolling(visit: Visit): Promise<void> {
  const topic = busyTopic(visit);
  const client = await enterByPolling(visit, topic);
  for (let i = visit.random.between(1, 3); i > 0; i--) {
    await client.send("1", "say", topic, "say", { text: "x".repeat(visit.random.between(0, 500)) });
    await until(client, (event) => event === "phx_reply");
  }
}

/** Breaks a poll off while it waits. */
export async function vanishWhilePolling(visit: Visit): Promise<void> {
  const { path } = await enterByPolling(visit, busyTopic(visit));
  const patience = new AbortController();
  const poll = rawRequest({ port: visit.port, method: "GET", path, signal: patience.signal });
  await Promise.race([poll, delay(visit.random.between(0, 300))]);
  patience.abort();
  await poll.catch(() => {});
  visit.tally.vanished++;
}

/** Posts a body that stops before its end. */
export async function stallPost(visit: Visit): Promise<void> {
  const { port, random, tally } = visit;
  const { path } = await enterByPolling(visit, busyTopic(visit));
  await using connection = await RawConnection.connect({ port });
  const headers = { "Host": hostOf({ port }), "Content-Type": "application/x-ndjson", "Content-Length": "200000" };
  await writeHead(connection, `POST ${path}`, headers);
  await connection.write(new Uint8Array(random.between(0, 100_000)).fill(0x5b)).catch(() => {}); // it may be refused
  tally.stalled++;
  await delay(random.between(500, 5000));
}

async function enterByPolling(visit: Visit, topic: string): Promise<LongPollClient> {
  const client = await LongPollClient.open(visit.port, askOnce);
  visit.tally.connections++;
  await join(client, topic, visit);
  return client;
}
