import { assertEquals, assertMatch } from "@std/assert";
import { Endpoint, type LimitHitEvent, type LogRecord, ok, refuse, type SocketDriver } from "@urvogel/realtime";
import { Log } from "../../lib/base/log.ts";
import { RefusedOrigins } from "../../lib/transport/_refused_origins.ts";
import { RawClient } from "../support/raw_client.ts";
import { serve } from "../support/serve.ts";
import { Collected } from "../support/telemetry.ts";

/** A logger that keeps its records. */
function collectingLogger() {
  const records: LogRecord[] = [];
  return { records, logger: (record: LogRecord) => void records.push(record) };
}

Deno.test("RefusedOrigins.report() logs each origin once, with the remedies", () => {
  const { records, logger } = collectingLogger();
  const refused = new RefusedOrigins(new Log({ logger }));
  refused.report("https://evil.example\n", "example.com");
  refused.report("https://evil.example\n", "example.com");
  refused.report("null", "example.com");
  assertEquals(records.map(({ level, fields }) => ({ level, ...fields })), [
    { level: "warn", origin: "https://evil.example\n", host: "example.com" },
    { level: "warn", origin: "null", host: "example.com" },
  ]);
  assertMatch(records[0]!.message, /option "host".* or name the origin in "checkOrigin"/);
});

Deno.test("RefusedOrigins.report() does not let clients fill the log, and says when it is silent", () => {
  const { records, logger } = collectingLogger();
  const refused = new RefusedOrigins(new Log({ logger }));
  for (let n = 0; n < 1000; n++) refused.report(`https://${n}.example`, "example.com");
  assertEquals(records.length, 101);
  assertEquals(records.map(({ fields: { origin } }) => origin).slice(98), [
    "https://98.example",
    "https://99.example",
    undefined,
  ]);
  assertMatch(records[100]!.message, /further origins are not logged/);
});

const driver: SocketDriver = { connect: () => ok({ open: () => ({ handleIn() {}, close() {} }) }) };

Deno.test("an endpoint says which origin it refuses, and with what it compared it, to the log and to telemetry", async () => {
  const { records, logger } = collectingLogger();
  using hits = new Collected<LimitHitEvent>("urvogel:limit:hit");
  await using server = serve(
    new Endpoint({ sockets: { "/raw": [driver, { longpoll: true }] }, host: "chat.example", logger }),
  );
  const headers = { Origin: "https://evil.example" };
  for (let n = 0; n < 2; n++) {
    await using client = await RawClient.connect({ port: server.port, path: "/raw/websocket", headers });
    assertEquals(client.handshake.status, 403);
  }
  await (await fetch(`${server.url}/raw/longpoll`, { headers })).body?.cancel();
  const told = hits.events.map(({ limit, origin, host, address }) => ({ limit, origin, host, address }));
  const hit = { limit: "checkOrigin", origin: headers.Origin, host: "chat.example", address: "127.0.0.1" };
  assertEquals<unknown>(told, [hit, hit, hit]);
  assertEquals(records.length, 2); // one for each transport
  assertEquals(records[0]?.fields, { origin: headers.Origin, host: "chat.example" });
});

Deno.test("an endpoint logs why connect refused", async () => {
  const { records, logger } = collectingLogger();
  const no: SocketDriver = { connect: () => refuse({ reason: "no seat\n" }) };
  using events = new Collected<{ result: string; reason: unknown }>("urvogel:socket:connected");
  await using server = serve(new Endpoint({ sockets: { "/raw": no, "/ok": driver }, logger, logLevel: "info" }));
  for (const path of ["/raw/websocket", "/ok/websocket"]) {
    await using _client = await RawClient.connect({ port: server.port, path });
  }
  assertEquals(records.map(({ level, message, fields: { reason } }) => [level, message, reason]), [
    ["info", "/raw refused a client", { reason: "no seat\n" }],
    ["info", "/ok connected a client", undefined],
  ]);
  const outcomes = events.events.map(({ result, reason }) => ({ result, reason }));
  assertEquals(outcomes, [
    { result: "refused", reason: { reason: "no seat\n" } },
    { result: "ok", reason: undefined },
  ]);
});
