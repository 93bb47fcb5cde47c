/**
 * Bodies that are posted to a long-poll session.
 *
 * @module
 */

import { assert } from "@std/assert";
import { SiegeSocket } from "../../fixtures/siege_app.ts";
import { rawRequest } from "../../support/raw_http.ts";
import { Siege } from "../../support/siege.ts";
import { Collected } from "../../support/telemetry.ts";
import { advisory } from "./advisory.ts";

const NDJSON = { "content-type": "application/x-ndjson" };
const BODIES = {
  "newlines alone": "\n".repeat(900_000),
  "newlines behind a message": '[null,"1","phoenix","heartbeat",{}]' + "\n".repeat(900_000),
  "carriage returns": "\r\n".repeat(450_000),
} as const;

for (const [what, body] of Object.entries(BODIES)) {
  advisory("CVE-2026-32689", `a body of ${what} costs the server next to nothing`, async (transport) => {
    using malformed = new Collected("urvogel:socket:malformed_frame");
    await using siege = await Siege.begin(transport, SiegeSocket);
    const path = `/poll/longpoll?vsn=2.0.0&token=${await openSession(siege.port)}`;
    const { status } = await rawRequest({
      port: siege.port,
      method: "POST",
      path,
      headers: NDJSON,
      body: new TextEncoder().encode(body),
    });
    assert([200, 400, 413].includes(status), `status ${status}`);
    assert(malformed.events.length <= 1, `${malformed.events.length} lines were handled`);
  });
}

async function openSession(port: number): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/poll/longpoll?vsn=2.0.0`);
  return encodeURIComponent((await response.json()).token);
}
