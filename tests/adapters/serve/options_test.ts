import { assert, assertEquals, assertThrows } from "@std/assert";
import { type ListenOptions, serverSettings } from "../../../lib/adapters/serve/options.ts";

Deno.test("serverSettings() has the defaults that the options document", () => {
  const { maxTcpConnections, ...settings } = serverSettings({});
  assert(maxTcpConnections > 0); // below the limit of open files, whatever it is here
  assertEquals(settings, {
    port: 8000,
    hostname: "0.0.0.0",
    tls: undefined,
    thresholdBytes: undefined,
    pingMs: Infinity,
    headersTimeoutMs: 10_000,
    requestTimeoutMs: 60_000,
    sendTimeoutMs: 30_000,
    keepAliveTimeoutMs: 5_000,
    maxPipelinedRequests: 16,
    maxHeaderBytes: 16_384,
    shutdownMs: 5_000,
    reusePort: false,
  });
  assertEquals(serverSettings({ compression: {} }).thresholdBytes, 1024);
});

Deno.test("serverSettings() takes other values", () => {
  const options = {
    port: 1,
    hostname: "::1",
    tls: { key: "key", cert: "cert" },
    pingMs: 2,
    headersTimeoutMs: 3,
    requestTimeoutMs: Infinity,
    sendTimeoutMs: 4,
    keepAliveTimeoutMs: 5,
    maxTcpConnections: 7,
    maxPipelinedRequests: 0,
    maxHeaderBytes: 6,
    shutdownMs: 0,
    reusePort: true,
  };
  const settings = serverSettings({ ...options, compression: { thresholdBytes: 0 } });
  assertEquals(settings, { ...options, thresholdBytes: 0 });
});

const wrong: ListenOptions[] = [
  { port: -1 },
  { pingMs: 0 },
  { headersTimeoutMs: NaN },
  { requestTimeoutMs: 0 },
  { sendTimeoutMs: 0 },
  { keepAliveTimeoutMs: 0 },
  { maxTcpConnections: 0 },
  { maxPipelinedRequests: -1 },
  { maxHeaderBytes: 0 },
  { shutdownMs: -1 },
  { compression: { thresholdBytes: -1 } },
];
for (const options of wrong) {
  Deno.test(`serverSettings() refuses ${JSON.stringify(options)}`, () => {
    assertThrows(() => serverSettings(options), RangeError);
  });
}
