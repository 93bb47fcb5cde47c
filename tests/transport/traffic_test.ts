import { assertEquals } from "@std/assert";
import { Channel, Endpoint, noreply, ok, Socket } from "@urvogel/realtime";
import { traffic, type TrafficCounts } from "../../lib/transport/traffic.ts";
import { serve } from "../support/serve.ts";

class QuietChannel extends Channel {
  override join() {
    return ok();
  }
  override handleIn = this.handlers({ hush: () => noreply() });
}

class QuietSocket extends Socket {
  override channels = { quiet: QuietChannel };
  override connect() {
    return ok();
  }
}

const JOIN = '["1","1","quiet","phx_join",{}]';
const HUSH = '["1","2","quiet","hush",{}]';
const JOINED = '["1","1","quiet","phx_reply",{"status":"ok","response":{}}]';

function difference(before: TrafficCounts): TrafficCounts {
  const { received, receivedBytes, sent, sentBytes } = traffic;
  return {
    received: received - before.received,
    receivedBytes: receivedBytes - before.receivedBytes,
    sent: sent - before.sent,
    sentBytes: sentBytes - before.sentBytes,
  };
}

Deno.test("traffic counts the frames of a WebSocket in both directions", async () => {
  const endpoint = new Endpoint({ sockets: { "/socket": QuietSocket } });
  await using server = serve(endpoint);
  const before = { ...traffic };
  const socket = new WebSocket(`${server.wsUrl}/socket/websocket?vsn=2.0.0`);
  const opened = Promise.withResolvers<void>();
  const replied = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  socket.onopen = () => opened.resolve();
  socket.onmessage = () => replied.resolve();
  socket.onclose = () => closed.resolve();
  await opened.promise;
  socket.send(HUSH); // refused: it has not joined
  socket.send(JOIN);
  await replied.promise;
  socket.close();
  await closed.promise;
  const { received, receivedBytes, sent, sentBytes } = difference(before);
  assertEquals([received, receivedBytes], [2, JOIN.length + HUSH.length]);
  assertEquals(sent, 2);
  assertEquals(sentBytes > JOINED.length, true);
});

Deno.test("traffic counts the frames of long polls in both directions", async () => {
  const endpoint = new Endpoint({ sockets: { "/socket": [QuietSocket, { websocket: false, longpoll: true }] } });
  await using server = serve(endpoint);
  const url = `${server.url}/socket/longpoll?vsn=2.0.0`;
  const { token } = await (await fetch(url)).json();
  const before = { ...traffic };
  const posted = await fetch(`${url}&token=${token}`, { method: "POST", body: JOIN });
  await posted.body?.cancel();
  const { messages } = await (await fetch(`${url}&token=${token}`)).json();
  assertEquals(messages, [JOINED]);
  const expected = { received: 1, receivedBytes: JOIN.length, sent: 1, sentBytes: JOINED.length };
  assertEquals(difference(before), expected);
});
