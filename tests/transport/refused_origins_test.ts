import assert from "node:assert/strict";
import { Endpoint, type LimitHitEvent, ok, refuse, type SocketDriver } from "@urvogel/realtime";
import { Log } from "../../lib/base/log.ts";
import { RefusedOrigins } from "../../lib/transport/refused_origins.ts";
import { RawClient } from "../support/raw_client.ts";
import { serve } from "../support/serve.ts";
import { Collected } from "../support/telemetry.ts";

/** A logger that keeps its lines, each behind its level. */
function collectingLogger() {
  const lines: string[] = [];
  const at = (level: string) => (line: string) => void lines.push(`${level} ${line}`);
  return { lines, logger: { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") } };
}

Deno.test("RefusedOrigins.report() logs each origin once, escaped, with the remedies", () => {
  const { lines, logger } = collectingLogger();
  const refused = new RefusedOrigins(new Log({ logger }));
  refused.report("https://evil.example\n", "example.com");
  refused.report("https://evil.example\n", "example.com");
  refused.report("null", "example.com");
  assert.deepEqual(lines.length, 2);
  assert.match(lines[0]!, /^warn \[urvogel\] .*"https:\/\/evil.example\\n", compared with "example.com"/);
  assert.match(lines[0]!, /option "host".* or name the origin in "checkOrigin"/);
});

Deno.test("RefusedOrigins.report() does not let clients fill the log", () => {
  const { lines, logger } = collectingLogger();
  const refused = new RefusedOrigins(new Log({ logger }));
  for (let n = 0; n < 1000; n++) refused.report(`https://${n}.example`, "example.com");
  assert.equal(lines.length, 100);
});

const driver: SocketDriver = { connect: () => ok({ open: () => ({ handleIn() {}, close() {} }) }) };

Deno.test("an endpoint says which origin it refuses, and with what it compared it, to the log and to telemetry", async () => {
  const { lines, logger } = collectingLogger();
  using hits = new Collected<LimitHitEvent>("urvogel:limit:hit");
  await using server = serve(
    new Endpoint({ sockets: { "/raw": [driver, { longpoll: true }] }, host: "chat.example", logger }),
  );
  const headers = { Origin: "https://evil.example" };
  for (let n = 0; n < 2; n++) {
    await using client = await RawClient.connect({ port: server.port, path: "/raw/websocket", headers });
    assert.equal(client.handshake.status, 403);
  }
  await (await fetch(`${server.url}/raw/longpoll`, { headers })).body?.cancel();
  const told = hits.events.map(({ limit, origin, host, address }) => ({ limit, origin, host, address }));
  const hit = { limit: "checkOrigin", origin: headers.Origin, host: "chat.example", address: "127.0.0.1" };
  assert.deepEqual(told, [hit, hit, hit]);
  assert.equal(lines.length, 2); // one for each transport
  assert.match(lines[0]!, /"https:\/\/evil.example", compared with "chat.example"/);
});

Deno.test("an endpoint logs why connect refused", async () => {
  const { lines, logger } = collectingLogger();
  const no: SocketDriver = { connect: () => refuse({ reason: "no seat\n" }) };
  using events = new Collected<{ result: string; reason: unknown }>("urvogel:socket:connected");
  await using server = serve(new Endpoint({ sockets: { "/raw": no, "/ok": driver }, logger, logLevel: "info" }));
  for (const path of ["/raw/websocket", "/ok/websocket"]) {
    await using _client = await RawClient.connect({ port: server.port, path });
  }
  assert.match(
    lines[0]!,
    /^info \[urvogel\] \/raw refused a client in .*: reason \{"reason":"no seat\\n"\}, websocket/,
  );
  assert.match(lines[1]!, /^info \[urvogel\] \/ok connected a client in [^:]*: websocket, /);
  const outcomes = events.events.map(({ result, reason }) => ({ result, reason }));
  assert.deepEqual(outcomes, [
    { result: "refused", reason: { reason: "no seat\n" } },
    { result: "ok", reason: undefined },
  ]);
});
