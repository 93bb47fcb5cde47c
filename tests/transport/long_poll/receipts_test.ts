import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Frame } from "@urvogel/realtime";
import { type Receipt, Receipts } from "../../../lib/transport/long_poll/_receipts.ts";

const GO: Receipt = { next: "go", repeated: [], known: 0 };

Deno.test("Receipts.settle() repeats nothing when the client has received everything", () => {
  const receipts = new Receipts();
  assertEquals(receipts.settle(undefined), GO);
  receipts.onSent(["a", "b"]);
  assertEquals(receipts.settle(2), GO);
  assertEquals(receipts.received, 2);
});

Deno.test("Receipts.settle() repeats the last response when the client has an older token", () => {
  const receipts = new Receipts();
  receipts.settle(0);
  receipts.onSent(["a", "b"]);
  assertEquals(receipts.settle(0), { next: "go", repeated: ["a", "b"], known: 0 });
  assertEquals(receipts.settle(0), GO); // they wait in the queue
});

Deno.test("Receipts.settle() says how many frames of the queue the client has received after all", () => {
  const receipts = new Receipts();
  receipts.settle(0);
  receipts.onSent(["a", "b"]);
  receipts.settle(0); // a proxy sends the poll a second time
  assertEquals(receipts.settle(2), { next: "go", repeated: [], known: 2 });
  assertEquals(receipts.received, 2);
});

Deno.test("Receipts.settle() believes no client that has received more than it was sent", () => {
  const receipts = new Receipts();
  receipts.settle(0);
  receipts.onSent(["a"]);
  assertEquals(receipts.settle(1_000), GO);
  assertEquals(receipts.received, 1);
  assertEquals(receipts.settle(1_000), GO);
});

Deno.test("Receipts.settle() takes back nothing when a poll is sent a second time, long after", () => {
  const receipts = new Receipts();
  for (const n of [0, 1, 2]) {
    receipts.settle(n);
    receipts.onSent([`${n}`]);
  }
  assertEquals(receipts.settle(undefined), { next: "go", repeated: ["2"], known: 0 });
  assertEquals(receipts.received, 2);
});

Deno.test("Receipts.settle() asks a client once whether it uses renewed tokens", () => {
  const receipts = new Receipts();
  receipts.settle(undefined);
  receipts.onSent(["a"]);
  assertEquals(receipts.settle(undefined), { next: "ask" });
  assertEquals(receipts.settle(undefined), GO);
  assertEquals(receipts.received, 1);
  receipts.onSent(["b"]);
  assertEquals(receipts.settle(undefined), GO);
});

Deno.test("Receipts bring a client that uses renewed tokens all frames once, whichever responses are lost", () => {
  fc.assert(fc.property(fc.array(fc.record({ frames: fc.nat(3), fate: fc.nat(2) })), (rounds) => {
    const receipts = new Receipts();
    const [queue, sent, came]: [Frame[], Frame[], Frame[]] = [[], [], []];
    let token: number | undefined;
    const poll = () => {
      const receipt = receipts.settle(token);
      if (receipt.next === "ask") return { taken: [], token: receipts.received };
      queue.unshift(...receipt.repeated);
      queue.splice(0, receipt.known);
      const taken = queue.splice(0, 2);
      const renewed = receipts.received + taken.length;
      receipts.onSent(taken);
      return { taken, token: renewed };
    };
    const receive = (response: ReturnType<typeof poll>) => {
      came.push(...response.taken);
      token = response.token;
    };
    receive(poll()); // a client that has never received a response is asked only once
    for (const { frames, fate } of rounds) {
      const added = Array.from({ length: frames }, (_, n) => `${sent.length + n}`);
      sent.push(...added);
      queue.push(...added);
      const response = poll();
      if (fate === 1) poll(); // a proxy sends the poll a second time; its response is lost
      if (fate !== 0) receive(response);
    }
    for (let n = 0; n <= sent.length; n++) receive(poll());
    assertEquals(came, sent);
  }));
});
