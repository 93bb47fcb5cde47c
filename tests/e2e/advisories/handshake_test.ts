/**
 * Handshakes that other servers could not bear, or should not have let in.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { SiegeSocket } from "../../fixtures/siege_app.ts";
import { RawConnection } from "../../support/raw_connection.ts";
import { readHead, writeHead } from "../../support/raw_http.ts";
import { assertServed, Siege } from "../../support/siege.ts";
import { advisory } from "./advisory.ts";

const UPGRADE = {
  "Host": "127.0.0.1",
  "Upgrade": "websocket",
  "Connection": "Upgrade",
  "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Version": "13",
};
/** Beyond what node:http keeps (2,000), and Deno.serve (a few hundred). */
const MANY = 2500;

for (
  const [where, build] of [["before", (many: object) => ({ ...many, ...UPGRADE })], ["behind", (many: object) => ({
    ...UPGRADE,
    ...many,
  })]] as const
) {
  advisory(
    "CVE-2024-37890",
    `2,500 headers ${where} those of the upgrade end one request, and no more`,
    async (transport) => {
      await using siege = await Siege.begin(transport, SiegeSocket);
      const many = Object.fromEntries(Array.from({ length: MANY }, (_, n) => [`X-${n}`, "1"]));
      for (let n = 0; n < 3; n++) {
        await using connection = await RawConnection.connect({ port: siege.port });
        await writeHead(connection, "GET /socket/websocket?vsn=2.0.0", build(many)).catch(() => {});
        const head = await readHead(connection, 3000).catch(() => undefined); // it may hang up
        if (head) assert(head.status >= 400 && head.status <= 431, `status ${head.status}`);
      }
      await assertServed(await siege.connect());
    },
  );
}

const STRANGERS: Readonly<Record<string, readonly string[]>> = {
  "CVE-2025-24010": ["https://evil.example", "null"],
  "CVE-2025-30360": ["http://192.0.2.7", "http://[2001:db8::1]", "http://127.0.0.1.evil.example"],
  "GHSA-p773-8mf4-rjm5": ["https://evil.example:8000", "http://localhost.evil.example"],
};

for (const [id, origins] of Object.entries(STRANGERS)) {
  advisory(id, `pages from ${origins.join(", ")} get no WebSocket`, async (transport) => {
    await using siege = await Siege.begin(transport, SiegeSocket);
    for (const origin of origins) assertEquals((await siege.connect(undefined, { origin })).handshake.status, 403);
    const own = `http://127.0.0.1:${siege.port}`;
    assertEquals((await siege.connect(undefined, { origin: own })).handshake.status, 101);
  });
}
