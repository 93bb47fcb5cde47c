import { assert, assertEquals } from "@std/assert";
import { setImmediate } from "node:timers";
import fc from "fast-check";
import type { Frame } from "@urvogel/realtime";
import { nextTurn } from "../../../lib/base/pause.ts";
import { BATCH_SEPARATOR } from "../../../lib/protocol/batch.ts";
import { BatchedSocket } from "../../../lib/transport/websocket/_batched_socket.ts";
import { BatchTurn } from "../../../lib/transport/websocket/_batch_turn.ts";
import { FakeWebSocket } from "../../support/fake_web_socket.ts";

function batched(batchTurn: BatchTurn = new BatchTurn(1000)) {
  const socket = new FakeWebSocket();
  return { socket, out: new BatchedSocket(socket.asWebSocket, batchTurn) };
}

Deno.test("BatchedSocket sends the texts of a turn as one message, a line each", async () => {
  const { socket, out } = batched();
  out.send("[1]");
  await Promise.resolve(); // microtasks belong to the turn
  out.send("[2]");
  assertEquals(socket.sent, []);
  await nextTurn();
  assertEquals(socket.sent, ["[1]\n[2]"]);
  out.send("[3]");
  await nextTurn();
  await nextTurn();
  assertEquals(socket.sent, ["[1]\n[2]", "[3]"]);
});

Deno.test("BatchedSocket sends at the end of the turn what is sent by what runs at the end of the turn", async () => {
  const { socket, out } = batched();
  setImmediate(() => out.send("late"));
  out.send("early");
  await nextTurn();
  await nextTurn();
  assertEquals(socket.sent.join("\n"), "early\nlate");
});

Deno.test("BatchedSocket sends what was collected before bytes, and goes on collecting behind them", async () => {
  const { socket, out } = batched();
  const bytes = Uint8Array.of(1, 2);
  out.send("a");
  out.send("b");
  out.send(bytes);
  assertEquals(socket.sent, ["a\nb", bytes]);
  out.send("c");
  out.send("d");
  assertEquals(socket.sent.length, 2);
  await nextTurn();
  assertEquals(socket.sent, ["a\nb", bytes, "c\nd"]);
});

Deno.test("BatchedSocket sends bytes alone at once", async () => {
  const { socket, out } = batched();
  out.send(Uint8Array.of(1));
  assertEquals(socket.sent, [Uint8Array.of(1)]);
  await nextTurn();
  assertEquals(socket.sent.length, 1);
});

Deno.test("BatchedSocket.close() sends what was collected before", async () => {
  const { socket, out } = batched();
  out.send("a");
  out.send("b");
  out.close(1001, "bye");
  assertEquals(socket.sent, ["a\nb"]);
  assertEquals(await socket.closings(), [{ code: 1001, text: "bye" }]);
  await nextTurn();
  assertEquals(socket.sent.length, 1);
});

Deno.test("BatchedSocket begins another batch when one would be larger than maxBatchBytes", async () => {
  const { socket, out } = batched(new BatchTurn(5));
  for (const frame of ["12", "45", "é", "é!", "x"]) out.send(frame);
  await nextTurn();
  assertEquals(socket.sent, ["12\n45", "é\n", "é!\nx"].map((text) => text.trim()));
});

Deno.test("BatchedSocket sends a text alone that is larger than maxBatchBytes", async () => {
  const { socket, out } = batched(new BatchTurn(5));
  for (const frame of ["a", "1234567", "b"]) out.send(frame);
  await nextTurn();
  assertEquals(socket.sent, ["a", "1234567", "b"]);
});

Deno.test("BatchedSocket sends all texts one by one when maxBatchBytes is 1", async () => {
  const { socket, out } = batched(new BatchTurn(1));
  for (const frame of ["a", "", "b"]) out.send(frame);
  await nextTurn();
  assertEquals(socket.sent, ["a", "", "b"]);
});

Deno.test("BatchedSocket.bufferedAmount counts what was collected, in bytes", async () => {
  const { socket, out } = batched();
  socket.bufferedAmount = 100;
  out.send("é");
  out.send("x");
  assertEquals(out.bufferedAmount, 105); // a separator each
  await nextTurn();
  assertEquals(out.bufferedAmount, 100);
});

Deno.test("BatchedSocket shares the batches of a turn with others that are sent the same", async () => {
  const shared = new BatchTurn(1000);
  const all = Array.from({ length: 4 }, () => batched(shared));
  for (const frame of ["a", "b"]) {
    for (const { out } of all) out.send(frame);
    if (frame === "a") all[2]!.out.send("reply");
  }
  assertEquals(shared.empty.with("a").with("b").text, "a\nb");
  await nextTurn();
  assertEquals(all.map(({ socket }) => socket.sent), [["a\nb"], ["a\nb"], ["a\nreply\nb"], ["a\nb"]]);
});

/** What a test does to a socket. */
type Step =
  | { readonly send: string }
  | { readonly bytes: number }
  | { readonly wait: "microtask" | "turn" };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ send: fc.string({ unit: "binary" }).map((text) => JSON.stringify(text)) }) },
  { weight: 1, arbitrary: fc.record({ bytes: fc.nat(255) }) },
  { weight: 1, arbitrary: fc.record({ wait: fc.constantFrom("microtask" as const, "turn" as const) }) },
);

/** The messages of a client that splits lines. */
function split(received: readonly unknown[]): unknown[] {
  return received.flatMap((data) => typeof data === "string" ? data.split(BATCH_SEPARATOR) : [data]);
}

Deno.test("BatchedSocket delivers any sequence of sends as it is, whatever others on the same turn are sent", async () => {
  const plans = fc.array(fc.tuple(fc.nat(2), step), { maxLength: 40 });
  await fc.assert(fc.asyncProperty(plans, fc.integer({ min: 1, max: 200 }), async (plan, maxBatchBytes) => {
    const shared = new BatchTurn(maxBatchBytes);
    const all = [batched(shared), batched(shared)];
    const sent: Frame[][] = [[], []];
    for (const [whom, what] of plan) {
      if ("wait" in what) await (what.wait === "turn" ? nextTurn() : Promise.resolve());
      else {
        const frame = "send" in what ? what.send : Uint8Array.of(what.bytes);
        for (const n of whom === 2 ? [0, 1] : [whom]) {
          all[n]!.out.send(frame);
          sent[n]!.push(frame);
        }
      }
    }
    await nextTurn();
    for (const n of [0, 1]) {
      const { socket } = all[n]!;
      assertEquals(split(socket.sent), sent[n]);
      for (const data of socket.sent) {
        const isBatch = typeof data === "string" && data.includes(BATCH_SEPARATOR);
        assert(!isBatch || new TextEncoder().encode(data).length <= maxBatchBytes);
      }
    }
  }));
});
