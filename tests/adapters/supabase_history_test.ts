import { assertEquals } from "@std/assert";
import { Channel, Endpoint, ok, Socket } from "@urvogel/realtime";
import { serializerSupabaseV2, SUPABASE_SERIALIZERS } from "@urvogel/realtime/supabase";
import { connect } from "@urvogel/realtime/testing";
import { FakeTime } from "@std/testing/time";

class RealtimeChannel extends Channel {
  override history = { maxMessages: 100 };
  override join() {
    return ok();
  }
}

class RealtimeSocket extends Socket {
  override channels = { "realtime:*": RealtimeChannel };
  override serializers = SUPABASE_SERIALIZERS;
  override connect() {
    return ok();
  }
}

const said = (n: number) => ({ type: "broadcast", event: "said", payload: { n } });

Deno.test("Supabase's clients get the id of a message that is kept, and whether it is replayed, in its meta", async () => {
  using time = new FakeTime();
  const endpoint = new Endpoint({ sockets: { "/socket": RealtimeSocket } });
  const publish = (n: number) => endpoint.publish("realtime:a", "broadcast", said(n));
  await publish(1);
  time.tick(1000);
  const sinceMs = Date.now();
  const ids = [await publish(2), await publish(3), await publish(4)];
  const payloadsOf = async (replay: object) => {
    const client = await connect(endpoint);
    await client.join("realtime:a", { config: { broadcast: { replay } } });
    const payloads = client.frames.map((frame) => JSON.parse(frame as string)).filter(([, , , event]) =>
      event === "broadcast"
    ).map(([, , , , payload]) => payload);
    await client.close();
    return payloads;
  };
  const replayed = [2, 3, 4].map((n, i) => ({ ...said(n), meta: { id: ids[i], replayed: true } }));
  assertEquals(await payloadsOf({ since: sinceMs }), replayed);
  assertEquals(await payloadsOf({ since: sinceMs, limit: 2 }), replayed.slice(1));
  assertEquals(await payloadsOf({ since: sinceMs, limit: -1 }), []);
  assertEquals(await payloadsOf({ since: "yesterday" }), []);
  for (let n = 5; n <= 40; n++) await publish(n);
  assertEquals((await payloadsOf({ since: 0, limit: 1000 })).length, 25);
  const client = await connect(endpoint);
  const room = await client.join("realtime:a", { config: { broadcast: {} } });
  const id = await publish(41);
  await room.assertPush("broadcast", { ...said(41), meta: { id } });
  await client.close();
  await endpoint.shutdown();
});

Deno.test("serializerSupabaseV2.encodeBroadcast() keeps the meta of its sender, and adds to bytes, too", () => {
  const broadcast = { topic: "realtime:a", event: "broadcast", position: "e:1", isReplayed: true };
  const payload = { ...said(1), meta: { from: "ann" } };
  assertEquals(JSON.parse(serializerSupabaseV2.encodeBroadcast({ ...broadcast, payload }) as string)[4].meta, {
    from: "ann",
    id: "e:1",
    replayed: true,
  });
  const bytes = serializerSupabaseV2.encodeBroadcast({
    ...broadcast,
    payload: { ...said(1), payload: Uint8Array.of(7) },
  });
  assertEquals(new TextDecoder().decode(bytes as Uint8Array).includes('{"id":"e:1","replayed":true}'), true);
  const other = { topic: "realtime:a", event: "system", payload: { n: 1 }, position: "e:1" };
  assertEquals(JSON.parse(serializerSupabaseV2.encodeBroadcast(other) as string), [
    null,
    "e:1",
    "realtime:a",
    "system",
    {
      n: 1,
    },
  ]);
});
