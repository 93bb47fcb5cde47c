/**
 * What an endpoint logs of connections, joins and messages.
 *
 * @module
 */

import assert from "node:assert/strict";
import { stub } from "@std/testing/mock";
import { type ChannelHandledInEvent, Endpoint, type EndpointOptions, type SocketClass } from "@urvogel/realtime";
import { connect } from "@urvogel/realtime/testing";
import { SpokenChannel, SpokenSocket } from "../support/spoken_app.ts";
import { Crashes } from "../support/crashes.ts";

class QuietChannel extends SpokenChannel {
  override logJoin = false as const;
  override logHandleIn = ({ event, result }: ChannelHandledInEvent) => {
    if (result === "failed") return "error";
    return event === "echo" ? false : "info";
  };
}

class QuietSocket extends SpokenSocket {
  override channels = { "room:*": QuietChannel };
  override log = "debug" as const;
}

type Options = Omit<EndpointOptions, "sockets">;

/** The lines that a short conversation leaves, with their levels and without their durations. */
async function logged(socket: SocketClass, options: Options): Promise<string[]> {
  const lines: string[] = [];
  const at = (level: string) => (line: string) => void lines.push(`${level} ${line.replace(/in [\d.]+ .?s/, "in T")}`);
  const logger = { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
  using _crashes = new Crashes();
  const endpoint = new Endpoint({ sockets: { "/socket": socket }, logger, ...options });
  await using client = await connect(endpoint, { name: "ann", userToken: "sesame" });
  const room = await client.join("room:open", { password: "sesame", text: "a\nb\u009b" });
  await assert.rejects(client.join("room:closed"));
  room.push("echo", new Uint8Array(3));
  room.push("push", { apiSecret: "sesame" });
  room.push("fail", {});
  await room.assertPush("phx_error");
  return lines;
}

const CONNECTED =
  'SpokenSocket connected a client in T: test, vsn "2.0.0", params {"vsn":"2.0.0","name":"ann","userToken":"[redacted]"}';
const JOINED = 'SpokenChannel joined "room:open" in T, params {"password":"[redacted]","text":"a\\nb\\u009b"}';

Deno.test("an endpoint with the level debug logs connections, joins and messages, a line for each", async () => {
  assert.deepEqual(await logged(SpokenSocket, { logLevel: "debug" }), [
    `info [urvogel] ${CONNECTED}`,
    `info [urvogel] ${JOINED}`,
    'info [urvogel] SpokenChannel refused the join of "room:closed" in T, params {}',
    'debug [urvogel] SpokenChannel "room:open" handled "echo" in T, params <3 bytes>',
    'debug [urvogel] SpokenChannel "room:open" handled "push" in T, params {"apiSecret":"[redacted]"}',
    'debug [urvogel] SpokenChannel "room:open" failed to handle "fail" in T, params {}',
  ]);
});

Deno.test("an endpoint with the level info logs no messages", async () => {
  const lines = await logged(SpokenSocket, { logLevel: "info" });
  assert.deepEqual(lines.map((line) => line.split(" ", 1)[0]), ["info", "info", "info"]);
});

Deno.test("an endpoint logs nothing of all that by default", async () => {
  assert.deepEqual(await logged(SpokenSocket, {}), []);
});

Deno.test("log, logJoin and logHandleIn say on what level, if at all", async () => {
  assert.deepEqual(await logged(QuietSocket, { logLevel: "info" }), [
    'info [urvogel] QuietChannel "room:open" handled "push" in T, params {"apiSecret":"[redacted]"}',
    'error [urvogel] QuietChannel "room:open" failed to handle "fail" in T, params {}',
  ]);
});

Deno.test("an endpoint logs to the console unless told otherwise", async () => {
  using info = stub(console, "info");
  const endpoint = new Endpoint({ sockets: { "/socket": SpokenSocket }, logLevel: "info" });
  await using _client = await connect(endpoint);
  assert.match(info.calls[0]?.args[0], /^\[urvogel\] SpokenSocket connected a client in /);
});
