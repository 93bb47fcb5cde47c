import { assertEquals } from "@std/assert";
import { headers, type Msg } from "@nats-io/transport-node";
import type { Retention } from "@urvogel/realtime";
import { Announcements } from "../../../lib/adapters/nats/history/_announcements.ts";
import { encodeMessage, markHeaders } from "../../../lib/adapters/nats/history/_entry.ts";
import { Streams } from "../../../lib/adapters/nats/history/_streams.ts";
import type { Session } from "../../../lib/adapters/nats/_session.ts";

const KEEP: Retention = { maxMessages: 10, maxAgeMs: 60_000, maxBytes: 1_000_000 };

type Take = (error: Error | null, message: Msg) => void;

/** Announcements of one topic, as NATS sends them. */
async function announced() {
  let take: Take = () => {};
  const session = {
    isOpen: true,
    engine: "NATS",
    client: { subscribe: (_subject: string, { callback }: { callback: Take }) => void (take = callback) },
    confirm: () => Promise.resolve(true),
    takeRefusal: () => false,
  } as unknown as Session;
  const streams = new Streams("shop", 1);
  const place = streams.placeOf(KEEP);
  const announcements = new Announcements(streams);
  announcements.attach(session);
  const previous: number[] = [];
  await announcements.add("room", KEEP, (message) => previous.push(message.previous));
  const { body } = encodeMessage("a", "room", { event: "said", payload: {} });
  const send = (epoch: string, seq: number, last: number, mark?: number) => {
    const all = mark === undefined ? headers() : markHeaders(mark);
    all.set("Nats-Sequence", String(seq));
    all.set("Nats-Last-Sequence", String(last));
    const data = mark === undefined ? body : new Uint8Array();
    take(null, { subject: place.kept(epoch, "room"), headers: all, data } as Msg);
  };
  return { send, previous };
}

Deno.test("Announcements follow a mark with what it stands for, in its epoch", async () => {
  const { send, previous } = await announced();
  send("first", 25, 19, 19);
  send("first", 26, 25);
  send("first", 27, 26);
  assertEquals(previous, [19, 26]);
  send("first", 40, 27, 27);
  send("second", 41, 40); // the stream was created anew, and has come as far
  assertEquals(previous, [19, 26, 40]);
});
