import { assert, assertEquals, assertThrows } from "@std/assert";
import { readServers } from "../../../lib/adapters/nats/_server.ts";
import { connectError } from "../../../lib/adapters/nats/_setup_error.ts";
import { natsAdapter } from "@urvogel/realtime/nats";

const CASES: readonly [string, Partial<ReturnType<typeof readServers>[number]>][] = [
  ["nats://127.0.0.1:4222", { host: "127.0.0.1", port: 4222, tls: undefined, name: "NATS at 127.0.0.1:4222" }],
  ["localhost", { host: "localhost", port: 4222, tls: undefined }],
  ["127.0.0.1:80/", { port: 80 }],
  ["nats://[::1]:1234", { host: "::1", port: 1234, tls: undefined, name: "NATS at [::1]:1234" }],
  ["tls://nats.internal", { host: "nats.internal", port: 4222, tls: {} }],
  ["TLS://nats.internal:443", { port: 443, tls: {} }],
  ["nats.internal:4222", { tls: {} }],
  ["nats://ann:s3cret%2F@localhost", { credentials: { user: "ann", password: "s3cret/" } }],
  ["nats://t0ken@localhost", { credentials: { token: "t0ken" } }],
  ["nats://localhost", { credentials: { user: "common", password: "common" } }],
];
for (const [url, expected] of CASES) {
  Deno.test(`readServers() reads ${url}`, () => {
    const [server] = readServers({ servers: url, credentials: { user: "common", password: "common" } });
    for (const [key, value] of Object.entries(expected)) assertEquals(server?.[key as "name"], value, key);
  });
}

Deno.test("readServers() connects to this machine by default", () => {
  assertEquals(readServers({}).map(({ name }) => name), ["NATS at 127.0.0.1:4222"]);
});

for (
  const url of [
    "",
    "http://ann:s3cret@host",
    "nats://ann:s3cret@",
    "nats://ann:s3cret@host/path",
    "x?s3cret",
    "s3cret %",
  ]
) {
  Deno.test(`readServers() refuses ${JSON.stringify(url)} without quoting it`, () => {
    const error = assertThrows(() => readServers({ servers: url, tls: {} }), TypeError, "Cannot create NATS adapter");
    assert(!Deno.inspect(error, { depth: 9 }).includes("s3cret"), Deno.inspect(error));
  });
}

Deno.test("readServers() refuses unencrypted connections with other machines unless told", () => {
  const servers = "nats://ann:s3cret@nats.internal";
  const error = assertThrows(() => natsAdapter({ servers }), TypeError, "is another machine");
  assert(!error.message.includes("s3cret"));
  assertThrows(() => natsAdapter({ servers: "nats://127.0.0.1.evil.com" }), TypeError, "is another machine");
  assertEquals(readServers({ servers, tls: false })[0]?.tls, false);
  assertEquals(readServers({ servers, tls: { ca: "x" } })[0]?.tls, { ca: "x" });
  assertThrows(() => readServers({ servers: "tls://localhost", tls: false }), TypeError, "received both");
  assertThrows(() => readServers({ servers: [] }), TypeError, "received none");
});

Deno.test("connectError() hides secrets, whatever the client says", () => {
  const [server] = readServers({ servers: "nats://ann:s3cret@localhost" });
  const error = connectError(server!, new Error("cannot reach nats://ann:s3cret@localhost\n", { cause: "s3cret" }));
  assert(!Deno.inspect(error, { depth: 9 }).includes("s3cret"), Deno.inspect(error));
  assert(error.message.startsWith("Cannot connect to NATS at localhost:4222: cannot reach"), error.message);
});
