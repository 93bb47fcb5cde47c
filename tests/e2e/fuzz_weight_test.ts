/**
 * Texts that are small on the wire and large in memory, against a live server whose handlers and joins take their time:
 * what waits stays within its limit, the rest is refused, and others are served.
 *
 * Seeded, as `fuzz_test.ts` is: `FUZZ_SEED=2 FUZZ_RUNS=5000 deno test -A tests/e2e/fuzz_weight_test.ts` looks further.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { ok, Socket } from "@urvogel/realtime";
import { frameWeight } from "../../lib/limits/frame_weight.ts";
import { letGo, SiegeChannel } from "../fixtures/siege_app.ts";
import { RawClient } from "../support/raw_client.ts";
import { assertServed, nextMessage, Siege } from "../support/siege.ts";
import { onTransports } from "../support/transports.ts";

const SEED = Number(Deno.env.get("FUZZ_SEED") ?? 1);
const RUNS = Math.ceil(Number(Deno.env.get("FUZZ_RUNS") ?? 150) / 3);
/** So little that each frame is looked through. */
const MAX = 13_000;

class BoundedSocket extends Socket {
  override channels = { "room:*": SiegeChannel };
  override maxQueuedBytes = MAX;
  override connect() {
    return ok();
  }
}

const atom = fc.constantFrom(
  "{}",
  "[]",
  "[{}]",
  "1",
  "1.5",
  '"ab"',
  '{"34":1}',
  '{"a":{}}',
  '"' + "x".repeat(50) + '"',
);
/** Many of the same: all but plain text weighs more than it is long. */
const wide = fc.tuple(atom, fc.integer({ min: 1, max: 200 })).map(([atom, count]) =>
  `[${Array(count).fill(atom).join()}]`
);
const keyed = fc.integer({ min: 1, max: 100 }).map((count) =>
  `{${Array.from({ length: count }, (_, n) => `"k${n}":{}`).join()}}`
);
const payload = fc.oneof(wide, wide, keyed);

onTransports(
  "what waits for a handler that takes its time weighs no more than maxQueuedBytes, and one message",
  async (transport) => {
    await using siege = await Siege.begin(transport, BoundedSocket);
    const property = fc.asyncProperty(fc.array(payload, { minLength: 1, maxLength: 30 }), async (payloads) => {
      await using client = await RawClient.connect({ port: siege.port, path: "/socket/websocket?vsn=2.0.0" });
      await client.sendText('["1","1","room:a","phx_join",{}]');
      await nextMessage(client);
      const frames = ['["1","0","room:a","hang",{}]'];
      for (const [n, payload] of payloads.entries()) frames.push(`["1","${n + 2}","room:a","echo",${payload}]`);
      for (const frame of frames) await client.sendText(frame);
      const refused = await refusedOf(client);
      assertEquals(refused, expectedOf(frames));
      letGo();
      for (let n = frames.length - 1 - refused.length; n > 0; n--) await nextMessage(client); // the others are handled
      await assertServed(client);
    });
    await fc.assert(property, { seed: SEED, numRuns: RUNS });
  },
);

/** Refs of messages that were refused before the heartbeat was answered. */
async function refusedOf(client: RawClient): Promise<unknown[]> {
  await client.sendText('[null,"beat","phoenix","heartbeat",{}]');
  const refs: unknown[] = [];
  while (true) {
    const [, ref, , , answer] = await nextMessage(client) as [0, unknown, 0, 0, unknown];
    if (ref === "beat") return refs;
    assertEquals(answer, { status: "error", response: { reason: "too many messages waiting" } });
    refs.push(ref);
  }
}

/** The same by a model: each has room as long as less than the limit waits. */
function expectedOf(frames: readonly string[]): unknown[] {
  let waiting = 0;
  const refused: unknown[] = [];
  for (const frame of frames) {
    if (waiting >= MAX) refused.push(JSON.parse(frame)[1]);
    else waiting += frameWeight(frame, undefined);
  }
  return refused;
}
