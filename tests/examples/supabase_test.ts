import { assertEquals } from "@std/assert";
import { Endpoint, ok, Presence, PubSub, Socket } from "@urvogel/realtime";
import { connect } from "@urvogel/realtime/testing";
import { RealtimeChannel, type Visitor } from "../../examples/supabase/realtime_channel.ts";
import { Inbox } from "../support/phoenix_client.ts";
import { commandOf, Program } from "../support/program.ts";
import { loadSupabaseClient, type SupabaseMessage } from "../support/supabase_client.ts";

// The client leaves timers of its own behind when it disconnects.
const sanitize = { sanitizeOps: false, sanitizeResources: false };

Deno.test("supabase serves realtime-js as its README says", sanitize, async () => {
  await using program = new Program(await commandOf("examples/supabase/README.md"), { PORT: "0" });
  const [, url] = await program.prints(/connect to (ws:\S+)/);
  const RealtimeClient = await loadSupabaseClient({ version: "2.109.0" });
  const realtime = new RealtimeClient(url!, { params: { apikey: "anon" }, transport: WebSocket });
  const room = realtime.channel("room1", { config: { broadcast: { ack: true, self: true } } });
  const [statuses, heard] = [new Inbox<string>(), new Inbox<SupabaseMessage>()];
  room.on("broadcast", { event: "cursor" }, heard.put).subscribe(statuses.put);
  assertEquals(await statuses.next(), "SUBSCRIBED");
  assertEquals(await room.send({ type: "broadcast", event: "cursor", payload: { x: 1 } }), "ok");
  assertEquals((await heard.next()).payload, { x: 1 });
  await realtime.removeAllChannels();
  realtime.disconnect();
});

/** As realtime-js joins without a listener for presence. */
const DEAF = { config: { presence: { key: "ann", enabled: false } } };

Deno.test("supabase pushes presence_state to a client that begins to track, once", async () => {
  const pubsub = new PubSub();
  await using presence = new Presence<object>({ pubsub });
  class VisitorSocket extends Socket<Visitor> {
    override channels = { "realtime:*": RealtimeChannel };
    override connect() {
      return ok({ presence, verify: () => Promise.reject(new TypeError("public channels have no token")) });
    }
  }
  await using endpoint = new Endpoint({ pubsub, sockets: { "/socket": VisitorSocket } });
  await using client = await connect(endpoint);
  const room = await client.join("realtime:room1", DEAF);
  await room.assertReply(room.push("presence", { event: "untrack" }), "ok");
  await room.refutePush("presence_state");
  await room.assertReply(room.push("presence", { event: "track", payload: { n: 1 } }), "ok");
  await room.assertPush("presence_state", { ann: { metas: [{ n: 1 }] } });
  await room.assertReply(room.push("presence", { event: "track", payload: { n: 2 } }), "ok");
  await room.refutePush("presence_state");
});
