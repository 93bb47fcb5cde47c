import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { batched, type BatchedOptions, type PhoenixMessage } from "@urvogel/realtime/client";
import * as phoenix from "npm:phoenix@1.8.16";
import { nextTurn } from "../../lib/base/pause.ts";
import { batchedBy } from "../../lib/client/batched.ts";
import { MessageQueue } from "../../lib/client/_message_queue.ts";
import type { Frame } from "../../lib/protocol/message.ts";
import { serializerV2 } from "../../lib/protocol/serializer_v2.ts";

const SORTS: [name: string, make: () => BatchedOptions][] = [
  ["where events may follow between two microtasks", () => batchedBy(new MessageQueue({ isApart: false }))],
  ["where each event has a task", () => batchedBy(new MessageQueue({ isApart: true }))],
];

function message(event: string): string {
  return JSON.stringify([null, null, "room:a", event, {}]);
}

function batchOf(...events: string[]): string {
  return events.map(message).join("\n");
}

/** Collects errors that nobody catches, which would end the program, until disposed. */
class UncaughtErrors implements Disposable {
  readonly messages: string[] = [];
  readonly #onError = (event: ErrorEvent) => {
    event.preventDefault();
    this.messages.push(event.error.message);
  };

  constructor() {
    addEventListener("error", this.#onError);
  }

  [Symbol.dispose](): void {
    removeEventListener("error", this.#onError);
  }
}

interface PhoenixSerializer {
  decode(data: string | ArrayBuffer, callback: (message: PhoenixMessage) => void): void;
}

/** What phoenix.js itself makes of a message. */
function readByPhoenix(data: string | ArrayBuffer): PhoenixMessage {
  let read: PhoenixMessage | undefined;
  // `@types/phoenix`, which other files use, does not have it.
  const { Serializer } = phoenix as unknown as { readonly Serializer: PhoenixSerializer };
  Serializer.decode(data, (message) => read = message);
  return read!;
}

function onWire(frame: Frame): string | ArrayBuffer {
  return typeof frame === "string" ? frame : frame.slice().buffer;
}

Deno.test("batched asks for batches by a version that is 2.0.0 to others", () => {
  assertEquals(batched.vsn, "2.0.0+batch");
});

const payload = fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.uint8Array().map((bytes) => bytes.slice()));
const name = fc.string({ unit: "binary", maxLength: 20 }).filter((text) => text.isWellFormed());
const frame = fc.oneof(
  fc.record({ joinRef: name, ref: fc.constant(null), topic: name, event: name, payload })
    .map((push) => serializerV2.encodePush(push)),
  fc.record({ joinRef: name, ref: name, topic: name, status: name, response: payload })
    .map((reply) => serializerV2.encodeReply(reply)),
  fc.record({ topic: name, event: name, payload }).map((broadcast) => serializerV2.encodeBroadcast(broadcast)),
);

for (const [sort, make] of SORTS) {
  Deno.test(`batched.decode() reads what the server writes as phoenix.js does, in batches too, ${sort}`, async () => {
    await fc.assert(fc.asyncProperty(fc.array(frame, { maxLength: 12 }), fc.nat(4), async (frames, most) => {
      const { decode } = make();
      const read: PhoenixMessage[] = [];
      const batch: string[] = [];
      const end = () => {
        if (batch.length > 0) decode(batch.splice(0).join("\n"), (message) => read.push(message));
      };
      for (const frame of frames) {
        if (typeof frame !== "string" || batch.length > most) end();
        if (typeof frame === "string") batch.push(frame);
        else decode(onWire(frame), (message) => read.push(message));
      }
      end();
      await nextTurn();
      // A ref of an empty text is no ref; phoenix.js leaves it as it is in bytes.
      const plain = (message: PhoenixMessage) => ({
        ...message,
        join_ref: message.join_ref || null,
        ref: message.ref || null,
      });
      assertEquals(read.map(plain), frames.map((frame) => plain(readByPhoenix(onWire(frame)))));
    }));
  });

  Deno.test(`batched.decode() hands a message alone over at once, and lets through what that throws, ${sort}`, () => {
    const { decode } = make();
    const events: string[] = [];
    decode(message("one"), ({ event }) => events.push(event));
    assertEquals(events, ["one"]);
    const fail = () => {
      throw new Error("handler");
    };
    assertThrows(() => decode(message("two"), fail), Error, "handler");
    assertThrows(() => decode("no JSON", fail), SyntaxError);
  });

  Deno.test(`batched.decode() reports what one message of a batch throws, and goes on with the next, ${sort}`, async () => {
    using uncaught = new UncaughtErrors();
    const { decode } = make();
    const events: string[] = [];
    decode(`${batchOf("one", "two")}\nno JSON\n${message("three")}`, ({ event }) => {
      events.push(event);
      if (event !== "two") throw new Error(event);
    });
    await nextTurn();
    assertEquals(events, ["one", "two", "three"]);
    assertEquals(uncaught.messages.length, 3);
    assertEquals(uncaught.messages.filter((text) => !text.includes("JSON")), ["one", "three"]);
  });

  Deno.test(`batched.decode() keeps the order when a handler brings the next message in, ${sort}`, async () => {
    const { decode } = make();
    const events: string[] = [];
    const note = ({ event }: PhoenixMessage) => {
      events.push(event);
      if (event === "one") decode(message("three"), note);
    };
    decode(batchOf("one", "two"), note);
    decode(batchOf("four", "five"), note);
    await nextTurn();
    assertEquals(events.filter((event) => event !== "three"), ["one", "two", "four", "five"]);
    assert(events.indexOf("three") > events.indexOf("two"));
  });
}

Deno.test("batched.decode() lets promises settle between two messages where each event has a task", async () => {
  const { decode } = batchedBy(new MessageQueue({ isApart: true }));
  const joined = Promise.withResolvers<void>();
  const events: string[] = [];
  const handlers: Record<string, () => void> = { reply: () => joined.resolve() };
  async function join(): Promise<void> {
    return await joined.promise;
  }
  async function enter(): Promise<void> {
    await join();
    handlers.presence_state = () => events.push("presence_state");
  }
  const entered = enter();
  decode(batchOf("reply", "presence_state"), ({ event }) => handlers[event]?.());
  decode(message("presence_diff"), ({ event }) => events.push(event));
  await entered;
  await nextTurn();
  assertEquals(events, ["presence_state", "presence_diff"]);
});

Deno.test("batched.decode() has handed everything over when it returns where a close may follow at once", () => {
  const { decode } = batchedBy(new MessageQueue({ isApart: false }));
  const events: string[] = [];
  decode(batchOf("one", "two", "three"), ({ event }) => events.push(event));
  assertEquals(events, ["one", "two", "three"]);
});
