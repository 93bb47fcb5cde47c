/**
 * Messages and ends of connections that other servers could not bear.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { SiegeSocket } from "../../fixtures/siege_app.ts";
import { RawConnection } from "../../support/raw_connection.ts";
import { hostOf, writeHead } from "../../support/raw_http.ts";
import { assertServed, nextMessage, Siege } from "../../support/siege.ts";
import { Opcode } from "../../support/ws_frame.ts";
import { frame, text } from "../rfc6455/wire_case.ts";
import { advisory } from "./advisory.ts";

/** A packet of Socket.IO's that announces attachments, as a payload. */
const ANNOUNCED = { _placeholder: true, num: 4_294_967_295, attachments: 1e9 };

for (const id of ["CVE-2026-33151", "CVE-2026-69185"]) {
  advisory(id, "nothing in a message makes the server wait for attachments", async (transport) => {
    await using siege = await Siege.begin(transport, SiegeSocket);
    const client = await siege.join("room:a");
    await client.sendText(JSON.stringify(["1", "2", "room:a", "echo", ANNOUNCED]));
    assertEquals(
      await nextMessage(client),
      ["1", "2", "room:a", "phx_reply", { status: "ok", response: ANNOUNCED }],
    );
    await assertServed(client);
  });
}

advisory(
  "CVE-2026-48804",
  "binary messages are whole by themselves, and none is kept for another",
  async (transport) => {
    await using siege = await Siege.begin(transport, SiegeSocket);
    const client = await siege.join("room:a");
    const push = Uint8Array.of(0, 1, 1, 6, 6, ...new TextEncoder().encode("12room:aignore"), ...new Uint8Array(10_000));
    for (let n = 0; n < 200; n++) await client.sendBinary(push);
    await assertServed(client);
    assertEquals(siege.crashes.reports.length, 0);
  },
);

const ENDS: Readonly<Record<string, Uint8Array>> = {
  "in the middle of a frame": Uint8Array.of(0x81, 0xfe, 0x7f, 0xff, 1, 2, 3),
  "behind a frame that breaks the RFC": frame(3, "reserved"),
  "behind a message that is none": text("nonsense"),
  "behind a close frame": frame(Opcode.close, Uint8Array.of(3, 232)),
  "behind a push that is not answered yet": text('["1","2","room:a","pour",{"count":50,"size":10000}]'),
};

for (const [when, bytes] of Object.entries(ENDS)) {
  advisory("CVE-2024-38355", `a client that breaks off ${when} is no error of the program`, async (transport) => {
    await using siege = await Siege.begin(transport, SiegeSocket);
    for (let n = 0; n < 5; n++) {
      const client = await siege.join("room:a");
      await client.sendBytes(bytes);
      client.drop();
    }
    await siege.cleared();
  }); // Siege fails if anything reached the program
}

advisory("CVE-2024-38355", "a client that breaks off in the middle of a POST is no failure", async (transport) => {
  await using siege = await Siege.begin(transport, SiegeSocket);
  const opened = await fetch(`http://127.0.0.1:${siege.port}/poll/longpoll?vsn=2.0.0`);
  const path = `/poll/longpoll?vsn=2.0.0&token=${encodeURIComponent((await opened.json()).token)}`;
  for (let n = 0; n < 5; n++) {
    await using connection = await RawConnection.connect({ port: siege.port });
    await writeHead(connection, `POST ${path}`, { "Host": hostOf({ port: siege.port }), "Content-Length": "1000" });
    await connection.write(new Uint8Array(500).fill(0x5b));
    await connection.receive(20); // the server is at work on it
  }
  await siege.cleared();
}); // Siege fails if a socket has failed
