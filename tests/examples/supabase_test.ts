import assert from "node:assert/strict";
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
  assert.equal(await statuses.next(), "SUBSCRIBED");
  assert.equal(await room.send({ type: "broadcast", event: "cursor", payload: { x: 1 } }), "ok");
  assert.deepEqual((await heard.next()).payload, { x: 1 });
  await realtime.removeAllChannels();
  realtime.disconnect();
});
