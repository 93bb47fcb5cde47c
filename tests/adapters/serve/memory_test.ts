/**
 * What clients can make `serve` keep while their messages arrive, as the operating system counts it.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Program } from "../../support/program.ts";
import { RawClient } from "../../support/raw_client.ts";
import { continuation, text, together } from "../../e2e/rfc6455/wire_case.ts";

const ATTACKERS = 100;
/** The default. */
const MAX_FRAME_BYTES = 1_048_576;
const PART = new Uint8Array(65_000).fill(0x61);
const PARTS = 16; // just below the limit

Deno.test({
  name: "serve() keeps no more than twice maxFrameBytes for each client whose message does not end",
  ignore: Deno.build.os !== "linux", // which says how much memory a program has
  async fn() {
    await using program = new Program("deno run -A tests/fixtures/chat_app.ts");
    const [, port] = await program.prints(/localhost:(\d+)/);
    await using attackers = new AsyncDisposableStack();
    const clients = await Promise.all(Array.from({ length: ATTACKERS }, async () => {
      const path = "/socket/websocket?vsn=2.0.0&name=eve";
      return attackers.use(await RawClient.connect({ port: Number(port), path }));
    }));
    const before = await rssBytes(program.pid);
    const message = together(
      text(PART, { fin: false }),
      ...Array<Uint8Array>(PARTS - 1).fill(continuation(PART, { fin: false })),
    );
    for (const client of clients) await client.sendBytes(message);
    const held = await rssBytes(program.pid) - before;
    assert.ok(held < ATTACKERS * 2 * MAX_FRAME_BYTES, `${held} bytes`);
    for (const client of clients) {
      await client.sendBytes(continuation(PART, { fin: false }));
      assert.deepEqual(await client.recv(10_000), { kind: "close", code: 1009, reason: "" });
    }
  },
});

async function rssBytes(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)![1]) * 1024;
}
