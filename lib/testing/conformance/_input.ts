/**
 * Cases about what other programs send over the same engine.
 *
 * @module
 */

import { subscribe as listen, unsubscribe as ignore } from "node:diagnostics_channel";
import { assertEquals } from "@std/assert/equals";
import { spawn } from "../../otp/process/spawn.ts";
import type { Broadcast } from "../../pubsub/broadcast.ts";
import { encodeEnvelope } from "../../pubsub/envelope.ts";
import { busMalformed, type BusMalformedEvent } from "../../pubsub/telemetry.ts";
import type { Site } from "./_site.ts";
import { EVENT } from "./_test_node.ts";

const TOPIC = "input";

/** What is no envelope is counted, and does nothing else. */
export async function malformed(site: Site): Promise<void> {
  await reportsAll(site, malformedEnvelopes());
}

/** An envelope on the subject of another topic is counted, and does nothing else. */
export async function misplaced(site: Site): Promise<void> {
  await reportsAll(site, [encodeEnvelope("forger", { topic: "another", event: EVENT, payload: "forged" })]);
}

async function reportsAll(site: Site, envelopes: readonly Uint8Array[]): Promise<void> {
  const publishRaw = site.need("publishRaw");
  const [a, b] = [await site.node(), await site.node()];
  await b.subscribe(TOPIC, "another");
  using reports = new MalformedReports(b.name);
  const pubsub = b.pubsub();
  const delivered: unknown[] = [];
  const listener = spawn<Broadcast>(async (mailbox) => {
    for await (const { payload } of mailbox) delivered.push(payload);
  });
  for (const topic of [TOPIC, "another"]) pubsub.subscribe(topic, listener);
  try {
    for (const envelope of envelopes) await publishRaw.call(site.bus, envelope, TOPIC);
    await site.until(
      () => reports.count >= envelopes.length,
      () => `${envelopes.length} envelopes were reported as malformed (${reports.count} were)`,
    );
    a.broadcast(TOPIC, "good");
    await site.until(() => delivered.length > 0, "a broadcast arrives after malformed ones");
    await site.quiet();
  } finally {
    listener.exit("shutdown");
    await pubsub.stop();
  }
  assertEquals(delivered, ["good"], "What is malformed is not delivered.");
  assertEquals(reports.count, envelopes.length, "What is malformed is reported once.");
  assertEquals(b.adapter.isConnected, true, "What is malformed does not end the connection.");
}

/** Envelopes that are cut off, damaged, or of a future version. */
function malformedEnvelopes(): Uint8Array[] {
  const good = encodeEnvelope("forger", { topic: TOPIC, event: EVENT, payload: { text: "forged" } });
  const changed = (at: number, byte: number) => good.with(at, byte);
  return [
    new Uint8Array(1),
    new TextEncoder().encode("hello, is this a chat?"),
    crypto.getRandomValues(new Uint8Array(500)).with(0, 0),
    good.slice(0, 5),
    good.slice(0, 12),
    good.slice(0, -1),
    changed(0, 2), // a future version
    changed(1, 9), // an unknown kind of payload
    changed(2, 0xff), // a header of 4 GB
    changed(6, 0xff), // a header that is no UTF-8
  ];
}

/** Counts the reports of one node. */
class MalformedReports implements Disposable {
  count = 0;
  readonly #listener: (event: unknown) => void;

  constructor(nodeName: string) {
    this.#listener = (event) => {
      if ((event as BusMalformedEvent).node === nodeName) this.count++;
    };
    listen(busMalformed.name, this.#listener);
  }

  [Symbol.dispose](): void {
    ignore(busMalformed.name, this.#listener);
  }
}
