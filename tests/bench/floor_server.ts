/**
 * The floor on Deno's own WebSocket.
 *
 * @module
 */

import { FloorConnection } from "./floor.ts";
import { serveNatively } from "./native_contestant.ts";

serveNatively((request) => {
  // 0: no timer for each connection, which costs memory. Urvogel does the same, and watches over silence itself.
  const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: 0 });
  const connection = new FloorConnection(socket);
  socket.onmessage = (event: MessageEvent) => connection.receive(event.data);
  socket.onclose = () => connection.close();
  return response;
});
