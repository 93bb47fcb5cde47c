/**
 * Messages in fragments: without end, tiny, empty.
 *
 * @module
 */

import { assertEquals, assertStrictEquals, fail } from "@std/assert";
import { SiegeSocket } from "../../fixtures/siege_app.ts";
import type { RawClient } from "../../support/raw_client.ts";
import { assertServed, nextClose, Siege } from "../../support/siege.ts";
import { Opcode } from "../../support/ws_frame.ts";
import { continuation, fragments, text, together } from "../rfc6455/wire_case.ts";
import { advisory } from "./advisory.ts";

const LIMIT_BYTES = 100_000;
const PART = new Uint8Array(10_000).fill(0x78);
/** What the native transport cannot do before a message is whole stands among its differences as this case. */
const WHILE_IT_ARRIVES = "9.9.6";

/** Sends parts of a message that never ends. Returns the code that the server closes with. */
async function sendForEver(client: RawClient, part: Uint8Array): Promise<number | null> {
  await client.sendBytes(text(part, { fin: false }));
  for (let n = 0; n < 1000; n++) {
    await client.sendBytes(continuation(part, { fin: false })).catch(() => {}); // the server may be gone
    const incoming = await client.recv(5);
    if (incoming?.kind === "close") return incoming.code;
    assertEquals(incoming, undefined);
  }
  fail("the server did not close");
}

advisory("CVE-2026-42786", "fragments without end are bounded, and hurt nobody else", async (transport) => {
  await using siege = await Siege.begin(transport, SiegeSocket, { maxFrameBytes: LIMIT_BYTES, timeoutMs: 100 });
  const client = await siege.join("room:a");
  const silence = 1001; // after timeoutMs
  assertStrictEquals(await sendForEver(client, PART), transport.known[WHILE_IT_ARRIVES] ? silence : 1009);
});

advisory("CVE-2026-42786", "fragments that end beyond the limit close with 1009", async (transport) => {
  await using siege = await Siege.begin(transport, SiegeSocket, { maxFrameBytes: LIMIT_BYTES });
  const client = await siege.join("room:a");
  await client.sendBytes(together(...fragments(Opcode.text, Array<Uint8Array>(11).fill(PART))));
  assertEquals((await nextClose(client)).code, 1009);
});

/** Sends a message of so many fragments, and ends it if the server has not closed. */
async function sendFragments(client: RawClient, count: number, part: string): Promise<void> {
  await client.sendBytes(text('[null,"1","phoenix",', { fin: false }));
  const burst = together(...Array<Uint8Array>(1000).fill(continuation(part, { fin: false })));
  for (let n = 0; n < count; n += 1000) await client.sendBytes(burst).catch(() => {});
  await client.sendBytes(continuation('"heartbeat",{}]')).catch(() => {});
}

for (const [what, part] of [["empty", ""], ["tiny", " "]] as const) {
  advisory("GHSA-96hv-2xvq-fx4p", `20,000 ${what} fragments are put together, or refused`, async (transport) => {
    await using siege = await Siege.begin(transport, SiegeSocket);
    const client = await siege.connect();
    await sendFragments(client, 20_000, part);
    const incoming = await client.recv();
    if (incoming?.kind === "text") return await assertServed(client);
    assertEquals(incoming?.kind === "close" && [1008, 1009].includes(incoming.code ?? 0), true);
  });
}

advisory(
  "ws#2331",
  "clients with fragments that wait for their end hold up nobody, and leave nothing",
  async (transport) => {
    await using siege = await Siege.begin(transport, SiegeSocket);
    for (let n = 0; n < 10; n++) {
      const client = await siege.connect();
      await client.sendBytes(
        together(text("[", { fin: false }), ...Array<Uint8Array>(5000).fill(continuation(" ", { fin: false }))),
      );
      client.drop();
    }
    await assertServed(await siege.connect());
  },
);
