/**
 * A client that is cut off after any number of frames: what it gets in the end.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { Channel, type ChannelSocket, Endpoint, noreply, ok, type Payload, Socket } from "@urvogel/realtime";
import { connect, settle } from "@urvogel/realtime/testing";

class PlainChannel extends Channel {
  override history = { maxMessages: 100 };
  override join() {
    return ok();
  }
}

/** Passes each message on as none, one or two pushes. */
class HandlingChannel extends PlainChannel {
  override handleOut = this.outgoing({
    said: async (payload: Payload, socket: ChannelSocket) => {
      const { n } = payload as { n: number };
      if (n % 3 === 0) return noreply();
      if (n % 3 === 1) socket.push("begin", { n });
      await Promise.resolve();
      socket.push("said", payload);
      return noreply();
    },
  });
}

/** A client that reads some frames, and remembers where it stands, as the five lines do. */
class Reader {
  readonly got: number[] = [];
  since: string | undefined;

  read(frames: readonly (string | Uint8Array)[]): void {
    for (const frame of frames) {
      if (typeof frame !== "string") {
        this.got.push(frame.at(-1)!);
        continue;
      }
      const [, ref, , event, payload] = JSON.parse(frame);
      if (event === "said") this.got.push(payload.n);
      if (event === "history_state") this.since = payload.position;
      else if (typeof ref === "string" && ref.includes(":")) this.since = ref;
    }
  }
}

async function cutAfter(Room: new () => Channel, frames: number): Promise<{ got: number[]; isOver: boolean }> {
  class RoomSocket extends Socket {
    override channels = { "room:*": Room };
    override connect() {
      return ok();
    }
  }
  const endpoint = new Endpoint({ sockets: { "/socket": RoomSocket } });
  const reader = new Reader();
  const say = async (from: number, to: number) => {
    for (let n = from; n <= to; n++) await endpoint.publish("room:1", "said", { n });
  };
  const join = async () => {
    const client = await connect(endpoint);
    await client.join("room:1", { since: reader.since });
    return client;
  };
  let client = await join();
  reader.read(client.frames); // it has its position, and nothing else
  await client.close();
  await say(1, 4);
  client = await join();
  await say(5, 6); // live
  await settle();
  const isOver = frames >= client.frames.length;
  reader.read(client.frames.slice(0, frames));
  await client.close();
  await say(7, 7);
  client = await join();
  await settle();
  reader.read(client.frames);
  await client.close();
  await endpoint.shutdown();
  return { got: reader.got, isOver };
}

const CASES: readonly (readonly [new () => Channel, readonly number[]])[] = [
  [PlainChannel, [1, 2, 3, 4, 5, 6, 7]],
  [HandlingChannel, [1, 2, 4, 5, 7]],
];
for (const [Room, expected] of CASES) {
  Deno.test(`${Room.name}: a client that is cut off after any frame gets all, once and in order`, async () => {
    for (let frames = 0;; frames++) {
      const { got, isOver } = await cutAfter(Room, frames);
      assertEquals(got, expected, `cut after ${frames} frames`);
      if (!isOver) continue;
      assertEquals(frames > 7, true);
      return;
    }
  });
}

Deno.test("A client that is cut off between bytes and their position gets these bytes again, and nothing else", async () => {
  class RoomSocket extends Socket {
    override channels = { "room:*": PlainChannel };
    override connect() {
      return ok();
    }
  }
  const endpoint = new Endpoint({ sockets: { "/socket": RoomSocket } });
  const reader = new Reader();
  const first = await connect(endpoint);
  await first.join("room:1");
  for (const n of [1, 2, 3]) await endpoint.publish("room:1", "drew", Uint8Array.of(n));
  const isBytes = (frame: unknown) => frame instanceof Uint8Array;
  reader.read(first.frames.slice(0, first.frames.findLastIndex(isBytes) + 1)); // not the last position
  await first.close();
  const second = await connect(endpoint);
  await second.join("room:1", { since: reader.since });
  reader.read(second.frames);
  assertEquals(reader.got, [1, 2, 3, 3]);
  await second.close();
  await endpoint.shutdown();
});
