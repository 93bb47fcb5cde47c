import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { EventEmitter } from "node:events";
import type { ServerResponse } from "node:http";
import { sendResponse } from "../../../lib/adapters/serve/_requests.ts";
import { timers } from "../../../lib/base/timer_wheel.ts";

/** A response whose client reads when it is told to. */
class Outgoing extends EventEmitter {
  readonly destroyed = false;
  readonly written: number[] = [];
  isEnded = false;

  writeHead(): void {}

  write(part: Uint8Array): boolean {
    this.written.push(part.length);
    return false;
  }

  end(): void {
    this.isEnded = true;
  }

  get asResponse(): ServerResponse {
    return this as unknown as ServerResponse;
  }
}

const PART_BYTES = 65_536;

function send(outgoing: Outgoing, parts: number) {
  const late: string[] = [];
  const limit = { method: "GET", timeoutMs: 100, onLate: () => void late.push("late") };
  const sent = sendResponse(new Response(new Uint8Array(parts * PART_BYTES)), outgoing.asResponse, limit);
  return { late, sent };
}

Deno.test("sendResponse() bears with a client that reads a part now and then, and no longer with one that stops", async () => {
  using time = new FakeTime();
  const outgoing = new Outgoing();
  const { late, sent } = send(outgoing, 3);
  for (let n = 1; n <= 2; n++) {
    await time.tickAsync(90);
    assertEquals(outgoing.written, Array(n).fill(PART_BYTES));
    outgoing.emit("drain");
  }
  await time.tickAsync(99);
  assertEquals([outgoing.written.length, late], [3, []]);
  await time.tickAsync(1);
  assertEquals(late, ["late"]);
  outgoing.emit("close");
  await sent;
  assertEquals(timers.size, 0);
});

Deno.test("sendResponse() waits as long for a client to read the last part, and leaves no timer behind", async () => {
  using time = new FakeTime();
  for (const reads of [false, true]) {
    const outgoing = new Outgoing();
    const { late, sent } = send(outgoing, 1);
    await time.tickAsync(0);
    outgoing.emit("drain");
    await sent;
    assertEquals(outgoing.isEnded, true);
    if (reads) outgoing.emit("close");
    await time.tickAsync(100);
    assertEquals([late.length, timers.size], [reads ? 0 : 1, 0]);
  }
});
