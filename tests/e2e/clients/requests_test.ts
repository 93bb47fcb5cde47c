/**
 * Requests of the server to unmodified clients of all ages, of protocol V1 and V2.
 */

import { assertEquals, assertRejects } from "@std/assert";
import { Channel, type ChannelSocket, Endpoint, ok, RequestRefusedError, Socket } from "@urvogel/realtime";
import { answerOf, CLIENT_FORKS, CLIENT_VERSIONS, loadSocketClass } from "../../support/phoenix_client.ts";
import { serve } from "../../support/serve.ts";

// The client leaves timers of its own behind when it disconnects.
const sanitize = { sanitizeOps: false, sanitizeResources: false };

for (const client of [...CLIENT_VERSIONS, ...CLIENT_FORKS.filter(({ isNode }) => !isNode)]) {
  const name = `${client.package ?? "phoenix"} ${client.version}`;
  Deno.test(`${name} as it is answers requests of the server`, sanitize, async () => {
    const joined = Promise.withResolvers<ChannelSocket>();
    class RoomChannel extends Channel {
      override join() {
        return ok();
      }
      override afterJoin(socket: ChannelSocket) {
        joined.resolve(socket);
      }
    }
    class RoomSocket extends Socket {
      override channels = { "room:*": RoomChannel };
      override connect() {
        return ok();
      }
    }
    const endpoint = new Endpoint({ sockets: { "/socket": RoomSocket } });
    await using server = serve(endpoint);
    const PhoenixSocketClass = await loadSocketClass(client);
    const socket = new PhoenixSocketClass(`${server.wsUrl}/socket`, { transport: WebSocket });
    socket.connect();
    const room = socket.channel("room:1");
    const on = room.on.bind(room) as (event: string, callback: (payload: unknown, ref: unknown) => void) => void;
    on("confirm", (payload, ref) => {
      const { fail } = payload as { fail?: unknown };
      room.push("phx_answer", fail === undefined ? { ref, response: payload } : { ref, error: fail });
    });
    await answerOf(room.join());
    const asked = await joined.promise;
    assertEquals(await asked.request("confirm", { n: 1 }), { n: 1 });
    const error = await assertRejects(() => asked.request("confirm", { fail: "busy" }), RequestRefusedError);
    assertEquals(error.response, "busy");
    const { replies } = await endpoint.requestAll("room:1", "confirm", { n: 2 });
    assertEquals(replies.map(({ response }) => response), [{ n: 2 }]);
    await new Promise<void>((resolve) => socket.disconnect(resolve));
  });
}
