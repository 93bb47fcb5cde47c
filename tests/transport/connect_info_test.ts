import assert from "node:assert/strict";
import { connectInfo, type ServeInfo } from "../../lib/transport/connect_info.ts";

const headers = {
  "user-agent": "a browser",
  "x-real-ip": "10.0.0.1",
  "X-Request-Id": "7",
  "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
  "tracestate": "vendor=1",
  "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
  "cookie": "session=secret",
  "authorization": "Bearer secret",
  "origin": "https://evil.example",
};
const request = () => new Request("http://example.com/socket/websocket?vsn=2.0.0&a=1", { headers });

Deno.test("connectInfo() keeps what Phoenix keeps, and no cookies or rights", () => {
  const info = connectInfo(request(), undefined, "websocket", "token");
  assert.equal(info.transport, "websocket");
  assert.equal(info.uri.href, "http://example.com/socket/websocket?vsn=2.0.0&a=1");
  assert.equal(info.userAgent, "a browser");
  assert.equal(info.authToken, "token");
  assert.deepEqual([...info.xHeaders], [["x-real-ip", "10.0.0.1"], ["x-request-id", "7"]]);
  assert.deepEqual([...info.traceContextHeaders], [
    ["traceparent", headers.traceparent],
    ["tracestate", headers.tracestate],
  ]);
  const everything = JSON.stringify({
    ...info,
    ...Object.fromEntries([...info.xHeaders, ...info.secWebSocketHeaders]),
  });
  assert.doesNotMatch(everything, /secret|evil/);
});

Deno.test("connectInfo() knows nothing where nothing was sent", () => {
  const info = connectInfo(new Request("http://example.com/"), {}, "websocket", undefined);
  assert.deepEqual([info.userAgent, info.authToken, info.peerData], [undefined, undefined, undefined]);
  const sizes = [info.xHeaders, info.traceContextHeaders, info.secWebSocketHeaders].map(({ size }) => size);
  assert.deepEqual(sizes, [0, 0, 0]);
});

const hosts: [what: string, info: ServeInfo | undefined, peerData: unknown][] = [
  ["Deno.serve", { remoteAddr: { transport: "tcp", hostname: "::1", port: 5 } }, { hostname: "::1", port: 5 }],
  ["a Unix socket", { remoteAddr: { transport: "unix", path: "/run/x" } }, undefined],
  ["a host that says nothing", undefined, undefined],
  ["a host that says null", { remoteAddr: null }, undefined],
  ["a host that says text", { remoteAddr: "1.2.3.4" }, undefined],
  ["a host with a port that is none", { remoteAddr: { hostname: "h", port: "5" } }, undefined],
];
Deno.test.each(hosts)("connectInfo() has the client's address as far as %s tells", (_what, info, peerData) => {
  assert.deepEqual(connectInfo(request(), info, "websocket", undefined).peerData, peerData);
});
