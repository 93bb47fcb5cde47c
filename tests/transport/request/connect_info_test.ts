import { assert, assertEquals, assertNotMatch, assertThrows } from "@std/assert";
import { type ConnectInfo, Endpoint, ok, type Params, refuse, type RefusedRequest } from "@urvogel/realtime";
import {
  type AddressOf,
  hostnameOf,
  RequestInfo,
  type ServeInfo,
} from "../../../lib/transport/request/connect_info.ts";
import { RequestSnapshot } from "../../../lib/transport/request/snapshot.ts";
import { RawClient } from "../../support/raw_client.ts";
import { serve } from "../../support/serve.ts";

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

function infoOf(
  request: Request,
  serveInfo: ServeInfo | undefined,
  authToken?: string,
  addressOf: AddressOf = hostnameOf,
): ConnectInfo {
  return new RequestInfo({
    request: new RequestSnapshot(request),
    serveInfo,
    transport: "websocket",
    authToken,
    session: undefined,
    addressOf,
  });
}

Deno.test("RequestInfo keeps what Phoenix keeps, and no cookies or rights", () => {
  const info = infoOf(request(), undefined, "token");
  assertEquals(info.transport, "websocket");
  assertEquals(info.uri.href, "http://example.com/socket/websocket?vsn=2.0.0&a=1");
  assertEquals(info.userAgent, "a browser");
  assertEquals(info.authToken, "token");
  assertEquals([...info.xHeaders], [["x-real-ip", "10.0.0.1"], ["x-request-id", "7"]]);
  assertEquals([...info.traceContextHeaders], [
    ["traceparent", headers.traceparent],
    ["tracestate", headers.tracestate],
  ]);
  const { xHeaders, traceContextHeaders, secWebSocketHeaders, userAgent, uri } = info;
  const maps = [...xHeaders, ...traceContextHeaders, ...secWebSocketHeaders];
  const everything = JSON.stringify([info, userAgent, uri, maps]);
  assertNotMatch(everything, /secret|evil/);
});

Deno.test("RequestInfo knows nothing where nothing was sent", () => {
  const info = infoOf(new Request("http://example.com/"), {});
  assertEquals([info.userAgent, info.authToken, info.peerData], [undefined, undefined, undefined]);
  const sizes = [info.xHeaders, info.traceContextHeaders, info.secWebSocketHeaders].map(({ size }) => size);
  assertEquals(sizes, [0, 0, 0]);
});

const hosts: [what: string, info: ServeInfo | undefined, peerData: unknown][] = [
  ["Deno.serve", { remoteAddr: { transport: "tcp", hostname: "::1", port: 5 } }, { hostname: "::1", port: 5 }],
  ["a Unix socket", { remoteAddr: { transport: "unix", path: "/run/x" } }, undefined],
  ["a host that says nothing", undefined, undefined],
  ["a host that says null", { remoteAddr: null }, undefined],
  ["a host that says text", { remoteAddr: "1.2.3.4" }, undefined],
  ["a host with a port that is none", { remoteAddr: { hostname: "h", port: "5" } }, undefined],
];
Deno.test.each(hosts)("RequestInfo has the client's address as far as %s tells", (_what, info, peerData) => {
  assertEquals(infoOf(request(), info).peerData, peerData);
});

Deno.test("RequestInfo.address is what addressOf returns, which is called once", () => {
  const serveInfo = { remoteAddr: { hostname: "127.0.0.1", port: 5 } };
  let calls = 0;
  const info = infoOf(request(), serveInfo, undefined, ({ xHeaders }) => {
    calls++;
    return xHeaders.get("x-real-ip");
  });
  assertEquals([info.address, info.address, info.peerData?.hostname, calls], ["10.0.0.1", "10.0.0.1", "127.0.0.1", 1]);
  assertEquals(infoOf(request(), serveInfo).address, "127.0.0.1");
});

Deno.test("RequestInfo.address is the other end of the TCP connection once addressOf has thrown", () => {
  const info = infoOf(request(), { remoteAddr: { hostname: "127.0.0.1", port: 5 } }, undefined, () => {
    throw new Error("broken");
  });
  assertThrows(() => info.address, Error, "broken");
  assertEquals(info.address, "127.0.0.1");
});

// Without an origin, which would be refused, and without what RawClient sends itself.
const { origin: _, "sec-websocket-key": __, ...CLIENT_HEADERS } = headers;

/** An endpoint that keeps what `connect` was told, and what its error handler was. */
function curiousEndpoint(accepts: boolean) {
  const seen: { info?: ConnectInfo; refused?: RefusedRequest } = {};
  const driver = {
    connect(_params: Params, info: ConnectInfo) {
      seen.info = info;
      return accepts ? ok({ open: () => ({ handleIn() {}, close() {} }) }) : refuse();
    },
  };
  const errorHandler = (_reason: unknown, request: RefusedRequest) => {
    seen.refused = request;
    return new Response(null, { status: 403 });
  };
  return { seen, endpoint: new Endpoint({ sockets: { "/s": [driver, { websocket: { errorHandler } }] } }) };
}

Deno.test("what connect is told can be read when the request is closed", async () => {
  const { seen, endpoint } = curiousEndpoint(true);
  await using server = serve(endpoint);
  await using client = await RawClient.connect({
    port: server.port,
    path: "/s/websocket?a=1",
    headers: CLIENT_HEADERS,
  });
  assert(client.handshake.accepted);
  assertEquals(seen.info?.uri.search, "?a=1");
  assertEquals(seen.info!.userAgent, "a browser");
  assertEquals(seen.info!.xHeaders.get("x-real-ip"), "10.0.0.1");
  assertEquals(seen.info!.secWebSocketHeaders.get("sec-websocket-version"), "13");
});

Deno.test("what errorHandler is told can be read when the request is closed", async () => {
  const { seen, endpoint } = curiousEndpoint(false);
  await using server = serve(endpoint);
  await using client = await RawClient.connect({
    port: server.port,
    path: "/s/websocket?a=1",
    headers: CLIENT_HEADERS,
  });
  assertEquals(client.handshake.status, 403);
  assertEquals(seen.refused?.url, `${server.url}/s/websocket?a=1`);
  assertEquals(seen.refused!.headers.get("cookie"), "session=secret");
});

Deno.test("RequestInfo returns the same object of trace headers each time, by which tracers know a connection", () => {
  const info = infoOf(request(), undefined);
  assert(info.traceContextHeaders === info.traceContextHeaders);
  assert(info.traceContextHeaders !== infoOf(request(), undefined).traceContextHeaders);
});
