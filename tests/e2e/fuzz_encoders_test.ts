/**
 * Formats that throw at any moment, against a live server: only their own connections end, with 1011, and those who speak
 * another format in the same topic are served all the time.
 *
 * Seeded, as `fuzz_test.ts` is: `FUZZ_SEED=2 FUZZ_RUNS=5000 deno test -A tests/e2e/fuzz_encoders_test.ts` looks further.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Frame, ok, type Serializer, serializerV2, Socket } from "@urvogel/realtime";
import { SiegeChannel } from "../fixtures/siege_app.ts";
import { RawClient } from "../support/raw_client.ts";
import { Siege } from "../support/siege.ts";
import { onTransports } from "../support/transports.ts";

const SEED = Number(Deno.env.get("FUZZ_SEED") ?? 1);
const RUNS = Number(Deno.env.get("FUZZ_RUNS") ?? 150);

/** Whether the next calls throw; from the beginning again at its end. */
const dice = { throws: [false] as readonly boolean[], next: 0 };

function faulty<M>(encode: (message: M) => Frame): (message: M) => Frame {
  return (message) => {
    if (dice.throws[dice.next++ % dice.throws.length]) throw new RangeError("the dice said so");
    return encode(message);
  };
}

const faultySerializer: Serializer = {
  ...serializerV2,
  name: "faulty",
  encodePush: faulty(serializerV2.encodePush),
  encodeReply: faulty(serializerV2.encodeReply),
  encodeBroadcast: faulty(serializerV2.encodeBroadcast),
};

/** Clients of version 2 and those of a format that fails meet in the same topics. */
class MixedSocket extends Socket {
  override channels = { "room:*": SiegeChannel };
  override serializers = [
    { versions: "~> 2.0.0", serializer: serializerV2 },
    { versions: "~> 3.0.0", serializer: faultySerializer },
  ];
  override connect() {
    return ok();
  }
  override refresh() {
    return ok();
  }
}

const message = fc.tuple(
  fc.constantFrom("1", "2", null),
  fc.constantFrom("7", "8", null),
  fc.constantFrom("room:a", "room:a", "room:b", "nowhere", "phoenix"),
  fc.constantFrom(
    "phx_join",
    "phx_join",
    "phx_leave",
    "echo",
    "shout",
    "crash",
    "bytes",
    "heartbeat",
    "refresh",
    "none",
  ),
  fc.constantFrom({}, { text: "x" }),
);

/** A member of room:a that speaks version 2: what it asks for is answered, whatever else comes. */
async function assertServed(member: RawClient, ref: string): Promise<void> {
  await member.sendText(JSON.stringify(["1", ref, "room:a", "echo", {}]));
  while (true) {
    const incoming = await member.recv(5000);
    assertEquals(incoming?.kind, "text", `expected a message, received ${JSON.stringify(incoming)}`);
    if (incoming?.kind === "text" && incoming.text.startsWith(`["1","${ref}"`)) return;
  }
}

/** How the client's connection ends; or that it was served. */
async function endOf(client: RawClient): Promise<string> {
  await client.sendText('[null,"beat","phoenix","heartbeat",{}]');
  while (true) {
    const incoming = await client.recv(5000);
    if (incoming === undefined) return "silence";
    if (incoming.kind === "text" && incoming.text.includes('"beat"')) return "served";
    if (incoming.kind === "close") return `${incoming.code}`;
    if (incoming.kind === "eof") return incoming.how;
  }
}

onTransports("formats that throw at any moment end nothing but their own connections", async (transport) => {
  await using siege = await Siege.begin(transport, MixedSocket);
  const member = await siege.join("room:a");
  const messages = fc.array(message, { minLength: 1, maxLength: 12 });
  const throws = fc.array(fc.constantFrom(false, false, true), { minLength: 1, maxLength: 20 });
  let round = 0;
  const ends: Record<string, number> = {};
  const property = fc.asyncProperty(messages, throws, async (messages, throws) => {
    dice.throws = [false];
    await using client = await RawClient.connect({ port: siege.port, path: "/socket/websocket?vsn=3.0.0" });
    Object.assign(dice, { throws, next: 0 });
    for (const message of messages) await client.sendText(JSON.stringify(message));
    const end = await endOf(client);
    ends[end] = (ends[end] ?? 0) + 1;
    assert(end === "served" || end === "1011", `the connection ended with ${end}`);
    await assertServed(member, `m${++round}`);
  });
  await fc.assert(property, { seed: SEED, numRuns: RUNS });
  assertEquals(Object.keys(ends).toSorted(), ["1011", "served"]); // both have been seen
  assert(siege.failures.every(({ message }) => message === "the dice said so"));
  siege.failures.length = 0;
});
