/**
 * permessage-deflate: bombs, and frames that say they are compressed where nothing was agreed on.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import { constants, deflateRawSync } from "node:zlib";
import { SiegeSocket } from "../../fixtures/siege_app.ts";
import { RawClient } from "../../support/raw_client.ts";
import { nextText, Siege } from "../../support/siege.ts";
import type { TransportUnderTest } from "../../support/transports.ts";
import { text } from "../rfc6455/wire_case.ts";
import { advisory } from "./advisory.ts";

const OFFER = { "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits" };

function deflated(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(deflateRawSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4));
}

async function begin(transport: TransportUnderTest): Promise<{ siege: Siege; client: RawClient }> {
  const siege = await Siege.begin(transport, SiegeSocket, { maxFrameBytes: 100_000 });
  const client = await RawClient.connect({ port: siege.port, path: "/socket/websocket?vsn=2.0.0", headers: OFFER });
  return { siege, client };
}

advisory("CVE-2026-39804", "a bomb of 1,000 : 1 closes with 1009, or is not taken at all", async (transport) => {
  const { siege, client } = await begin(transport);
  await using _ = siege;
  await using __ = client;
  await client.sendBytes(text(deflated(new Uint8Array(8_000_000).fill(0x20)), { rsv: 4 }));
  const incoming = await client.recv();
  if (transport.compression) assertEquals(incoming?.kind === "close" && incoming.code, 1009);
  else assertEquals(incoming?.kind, "eof"); // nothing was agreed on, so the frame breaks the RFC
});

advisory("CVE-2026-1526", "what the server sends is compressed only where that was agreed on", async (transport) => {
  const { siege, client } = await begin(transport);
  await using _ = siege;
  await using __ = client;
  assertEquals(client.handshake.headers.has("sec-websocket-extensions"), transport.compression);
  const plain = await siege.join("room:a");
  await plain.sendText(JSON.stringify(["1", "2", "room:a", "echo", { text: "x".repeat(50_000) }]));
  assertMatch(await nextText(plain), /phx_reply/); // one frame, without reserved bits: nextText takes no other
});
