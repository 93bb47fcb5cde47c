import { assertEquals, assertStrictEquals } from "@std/assert";
import { handshakeFault } from "../../../lib/transport/websocket/_handshake.ts";

const GOOD = {
  connection: "keep-alive, Upgrade",
  upgrade: "WebSocket",
  "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
  "sec-websocket-version": "13",
};

/** Only the headers are looked at; a real `Request` would refuse to carry some of them. */
function request(headers: Record<string, string>): Request {
  return { headers: new Headers(headers) } as Request;
}

Deno.test("handshakeFault() finds nothing wrong with a handshake", () => {
  assertEquals(handshakeFault(request(GOOD)), undefined);
});

const faults: [change: Record<string, string>, fault: string][] = [
  [{ connection: "close" }, `'connection' header must contain 'upgrade', got ["close"]`],
  [{ upgrade: "h2c" }, `'upgrade' header must contain 'websocket', got ["h2c"]`],
  [{ "sec-websocket-key": "" }, "'sec-websocket-key' header is absent"],
  [{ "sec-websocket-key": "!!!!!!!!!!!!!!!!!!!!!!==" }, "'sec-websocket-key' header must be 16 bytes in base64"],
  [{ "sec-websocket-key": "AAAAAA==" }, "'sec-websocket-key' header must be 16 bytes in base64"],
  [
    { "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==, dGhlIHNhbXBsZSBub25jZQ==" },
    "'sec-websocket-key' header must be 16 bytes in base64",
  ],
  [{ "sec-websocket-version": "8" }, `'sec-websocket-version' header must equal '13', got ["8"]`],
];
for (const [change, fault] of faults) {
  Deno.test(`handshakeFault() tells what is wrong with ${JSON.stringify(change)}`, () => {
    assertStrictEquals(handshakeFault(request({ ...GOOD, ...change })), fault);
  });
}

Deno.test("handshakeFault() tells what is missing", () => {
  assertEquals(handshakeFault(request({})), "'connection' header must contain 'upgrade', got []");
});
