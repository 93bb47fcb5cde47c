/**
 * The floor: the least that a server of Phoenix's protocol (V2, JSON) can do on Deno's own WebSocket. It parses, looks
 * the topic up and answers; a shout is encoded once and sent to everybody. It checks nothing, keeps no processes, has no
 * limits, and loses its head over the first malformed frame.
 *
 * @module
 */

import { serveContestant } from "./contestant.ts";

const topics = new Map<string, Set<WebSocket>>();

function answer(socket: WebSocket, joined: Map<string, string>, text: string): void {
  const [joinRef, ref, topic, event, payload] = JSON.parse(text);
  const reply = (response: unknown) =>
    socket.send(JSON.stringify([joinRef, ref, topic, "phx_reply", { status: "ok", response }]));
  switch (event) {
    case "echo":
      if (joined.get(topic) === joinRef) reply(payload);
      return;
    case "shout": {
      if (joined.get(topic) !== joinRef) return;
      const frame = JSON.stringify([null, null, topic, event, payload]);
      for (const member of topics.get(topic)!) member.send(frame);
      return;
    }
    case "heartbeat":
      return reply({});
    case "phx_join":
      join(socket, joined, topic, joinRef);
      return reply({});
    case "phx_leave":
      joined.delete(topic);
      part(socket, topic);
      reply({});
      return socket.send(JSON.stringify([joinRef, joinRef, topic, "phx_close", {}]));
  }
}

function join(socket: WebSocket, joined: Map<string, string>, topic: string, joinRef: string): void {
  joined.set(topic, joinRef);
  const members = topics.get(topic);
  if (members) members.add(socket);
  else topics.set(topic, new Set([socket]));
}

function part(socket: WebSocket, topic: string): void {
  const members = topics.get(topic);
  if (members?.delete(socket) && members.size === 0) topics.delete(topic);
}

await serveContestant((request) => {
  // 0: no timer for each connection, which costs memory. Urvogel does the same, and watches over silence itself.
  const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: 0 });
  const joined = new Map<string, string>();
  socket.onmessage = (event: MessageEvent) => answer(socket, joined, event.data);
  socket.onclose = () => {
    for (const topic of joined.keys()) part(socket, topic);
  };
  return response;
});
