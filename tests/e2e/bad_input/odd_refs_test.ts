/**
 * Refs of all types: those that a reply can carry are repeated as they are, the others are no refs.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { SiegeSocket } from "../../fixtures/siege_app.ts";
import { assertServed, nextClose, nextMessage, Siege } from "../../support/siege.ts";
import { eachOnTransports, onTransports } from "../../support/transports.ts";

const REFS = [
  "",
  "1",
  0,
  -1.5,
  1e300,
  true,
  false,
  null,
  [],
  [1, ["a"]],
  {},
  { ref: "1" },
  "\u0000\u001b[2J\n",
  "😀".repeat(63),
  "constructor",
  "__proto__",
] as const;

eachOnTransports(REFS.map((ref) => [ref]))("a ref of any type is repeated: %o", async (transport, ref) => {
  await using siege = await Siege.begin(transport, SiegeSocket);
  const client = await siege.connect();
  await client.sendText(JSON.stringify([ref, ref, "room:a", "phx_join", {}]));
  assertEquals(await nextMessage(client), [ref, ref, "room:a", "phx_reply", { status: "ok", response: {} }]);
  await client.sendText(JSON.stringify([ref, ref, "room:a", "echo", { n: 1 }]));
  assertEquals(await nextMessage(client), [ref, ref, "room:a", "phx_reply", { status: "ok", response: { n: 1 } }]);
  await client.sendText(JSON.stringify([ref, ref, "room:b", "echo", {}]));
  const unmatched = { status: "error", response: { reason: "unmatched topic" } };
  assertEquals(await nextMessage(client), [null, ref, "room:b", "phx_reply", unmatched]);
  await client.sendText(JSON.stringify([ref, ref, "room:a", "phx_leave", {}]));
  assertEquals(await nextMessage(client), [ref, ref, "room:a", "phx_reply", { status: "ok", response: {} }]);
  assertEquals(await nextMessage(client), [ref, ref, "room:a", "phx_close", {}]);
});

const NOT_REFS = {
  "a text longer than a binary frame can carry": JSON.stringify("x".repeat(256)),
  "a text of more bytes than a binary frame can carry": JSON.stringify("é".repeat(128)),
  "a large list": JSON.stringify(Array.from({ length: 10_000 }, (_, n) => n)),
} as const;
const PLACES = [
  "join_ref of a join",
  "ref of a join",
  "join_ref of a push",
  "ref of a push",
  "ref of a heartbeat",
] as const;

eachOnTransports(Object.entries(NOT_REFS).flatMap(([name, ref]) => PLACES.map((place) => [name, place, ref] as const)))(
  "%s as %s closes with 1007",
  async (transport, _name, place, ref) => {
    await using siege = await Siege.begin(transport, SiegeSocket);
    const client = await siege.join("room:a");
    await client.sendText(
      {
        "join_ref of a join": `[${ref},"2","room:b","phx_join",{}]`,
        "ref of a join": `["2",${ref},"room:b","phx_join",{}]`,
        "join_ref of a push": `[${ref},"2","room:a","echo",{}]`,
        "ref of a push": `["1",${ref},"room:a","echo",{}]`,
        "ref of a heartbeat": `[null,${ref},"phoenix","heartbeat",{}]`,
      }[place],
    );
    assertEquals(await nextClose(client), { code: 1007, reason: "malformed message" });
    await siege.cleared();
  },
);

onTransports("a ref that bytes cannot go with costs the client its channel, and nothing more", async (transport) => {
  await using siege = await Siege.begin(transport, SiegeSocket);
  const client = await siege.join("room:a");
  await client.sendText('["1",["odd"],"room:a","bytes",{}]');
  assertEquals(await nextMessage(client), ["1", "1", "room:a", "phx_error", { reason: "channel_crash" }]);
  assertEquals(siege.crashes.reports.length, 1);
  await assertServed(client);
});

onTransports("a join whose answer cannot be written is a join that crashed", async (transport) => {
  await using siege = await Siege.begin(transport, SiegeSocket);
  const client = await siege.connect();
  const crashed = { status: "error", response: { reason: "join crashed" } };
  await client.sendText('[["odd"],"1","room:a","phx_join",{"bytes":true}]');
  assertEquals(await nextMessage(client), [["odd"], "1", "room:a", "phx_reply", crashed]);
  await client.sendText('["2","2","room:a","phx_join",{}]');
  assertEquals(await nextMessage(client), ["2", "2", "room:a", "phx_reply", { status: "ok", response: {} }]);
  assertEquals(siege.crashes.reports.length, 1);
});

onTransports("a join over V1 that is answered with bytes is a join that crashed", async (transport) => {
  await using siege = await Siege.begin(transport, SiegeSocket);
  const client = await siege.connect("vsn=1.0.0");
  const payload = { status: "error", response: { reason: "join crashed" } };
  await client.sendText('{"topic":"room:a","event":"phx_join","payload":{"bytes":true},"ref":"1"}');
  assertEquals(await nextMessage(client), { topic: "room:a", event: "phx_reply", payload, ref: "1" });
});
