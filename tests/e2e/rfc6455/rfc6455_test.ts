/**
 * What a WebSocket server owes to clients that keep the RFC, and to those that do not: after Autobahn's test suite,
 * sections 1 to 7, 9, 12 and 13, on a raw connection, on each transport.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { TRANSPORTS, type TransportUnderTest } from "../../support/transports.ts";
import { closes } from "./closes.ts";
import { compression } from "./compression.ts";
import { fragmentation } from "./fragmentation.ts";
import { framing } from "./framing.ts";
import { handshakes } from "./handshake.ts";
import { limits } from "./limits.ts";
import { masksAndLengths } from "./masks_and_lengths.ts";
import { opcodes } from "./opcodes.ts";
import { pings } from "./pings.ts";
import { reservedBits } from "./reserved_bits.ts";
import { echoEndpoint, play, rightAnswer, rightTrace, shakeHands } from "./runner.ts";
import { utf8Handling } from "./utf8_handling.ts";
import type { WireCase } from "./wire_case.ts";

const CASES: readonly WireCase[] = [
  ...framing,
  ...pings,
  ...reservedBits,
  ...opcodes,
  ...fragmentation,
  ...utf8Handling,
  ...closes,
  ...limits,
  ...compression,
  ...masksAndLengths,
];

Deno.test("the protocol suite names each case once, and knows of no difference without one", () => {
  const ids = [...CASES, ...handshakes].map(({ id }) => id);
  assertEquals(ids.filter((id, n) => ids.indexOf(id) !== n), []);
  for (const { known } of TRANSPORTS) {
    assertEquals(Object.keys(known).filter((id) => !ids.includes(id)), []);
  }
});

for (const transport of TRANSPORTS) {
  for (const wireCase of CASES) {
    Deno.test({
      name: `${transport.name} ${wireCase.id}: a client ${wireCase.what}`,
      ignore: wireCase.compresses === true && !transport.compression,
      fn: () => assertCase(transport, wireCase),
    });
  }
  for (const handshake of handshakes) {
    Deno.test(`${transport.name} ${handshake.id}: a client ${handshake.what}`, async () => {
      await using server = await transport.serve(echoEndpoint());
      const difference = transport.known[handshake.id];
      const became = await shakeHands(handshake, server.port);
      assertEquals([became], difference?.seen ?? [rightAnswer(handshake)]);
    });
  }
}

async function assertCase(transport: TransportUnderTest, wireCase: WireCase): Promise<void> {
  await using server = await transport.serve(echoEndpoint(), { compression: wireCase.compresses === true });
  const difference = transport.known[wireCase.id];
  const trace = await play(wireCase, server.port, difference?.seen);
  assertEquals(trace, difference?.seen ?? rightTrace(wireCase));
}
