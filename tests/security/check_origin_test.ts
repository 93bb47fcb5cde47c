import { assertEquals, assertMatch, assertStrictEquals, assertThrows } from "@std/assert";
import { type CheckOrigin, originCheck } from "../../lib/security/check_origin.ts";

function request(origin: string | null, url = "https://example.com/socket/websocket"): Request {
  return new Request(url, { headers: origin === null ? {} : { origin } });
}

function isFrench(origin: URL | null): boolean {
  return origin?.hostname.endsWith(".fr") ?? false;
}

function untyped(result: unknown): CheckOrigin {
  return () => result as boolean;
}

const cases: { option: CheckOrigin; host?: string; origin: string | null; allowed: boolean }[] = [
  { option: true, origin: "https://example.com", allowed: true },
  { option: true, origin: "http://example.com:3000", allowed: true },
  { option: true, origin: "https://evil.example", allowed: false },
  { option: true, origin: "https://example.com.evil.example", allowed: false },
  { option: true, origin: "null", allowed: false },
  { option: true, origin: "not a url", allowed: false },
  { option: true, origin: "file:///etc/passwd", allowed: false },
  { option: true, origin: null, allowed: true },
  { option: true, host: "chat.example", origin: "https://chat.example", allowed: true },
  { option: true, host: "chat.example", origin: "https://example.com", allowed: false },
  { option: false, origin: "https://evil.example", allowed: true },
  { option: "conn", origin: "https://example.com", allowed: true },
  { option: "conn", origin: "http://example.com", allowed: false },
  { option: "conn", origin: "https://example.com:8443", allowed: false },
  { option: ["https://example.com"], origin: "https://example.com", allowed: true },
  { option: ["https://example.com"], origin: "http://example.com", allowed: false },
  { option: ["https://example.com"], origin: "https://example.com:8443", allowed: true },
  { option: ["//example.com"], origin: "http://example.com:4000", allowed: true },
  { option: ["//example.com:4000"], origin: "http://example.com:4000", allowed: true },
  { option: ["//example.com:4000"], origin: "http://example.com", allowed: false },
  { option: ["//example.com:443"], origin: "https://example.com", allowed: true },
  { option: ["//*.example.com"], origin: "https://a.b.example.com", allowed: true },
  { option: ["//*.example.com"], origin: "https://example.com", allowed: true },
  { option: ["//*.example.com"], origin: "https://badexample.com", allowed: false },
  { option: ["//[::1]:4000"], origin: "http://[::1]:4000", allowed: true },
  { option: ["//EXAMPLE.com"], origin: "https://example.com", allowed: true },
  { option: [], origin: "https://example.com", allowed: false },
  { option: isFrench, origin: "https://a.fr", allowed: true },
  { option: isFrench, origin: "https://a.de", allowed: false },
  // one spelling of hosts, on both sides
  { option: true, host: "Example.COM", origin: "https://example.com", allowed: true },
  { option: true, host: "example.com.", origin: "https://example.com", allowed: true },
  { option: true, host: "example.com", origin: "https://example.com.", allowed: true },
  { option: true, host: "bücher.de", origin: "https://xn--bcher-kva.de", allowed: true },
  { option: true, host: "::1", origin: "http://[::1]:4000", allowed: true },
  { option: true, host: "[0:0:0:0:0:0:0:1]", origin: "http://[::1]", allowed: true },
  { option: true, host: "AbCd", origin: "moz-extension://AbCd", allowed: true },
  { option: "conn", origin: "https://example.com.", allowed: true },
  { option: "conn", origin: "https://example.com:443", allowed: true },
  { option: "conn", origin: "null", allowed: false },
  { option: ["//bücher.de"], origin: "https://xn--bcher-kva.de", allowed: true },
  { option: ["//*.bücher.de"], origin: "https://a.xn--bcher-kva.de", allowed: true },
  { option: ["//[0:0:0:0:0:0:0:1]"], origin: "http://[::1]", allowed: true },
  { option: ["//example.com."], origin: "https://example.com", allowed: true },
  { option: ["//example.com"], origin: "https://example.com.", allowed: true },
  { option: ["//*.example.com"], origin: "https://a.example.com.", allowed: true },
  { option: ["https://example.com:443"], origin: "https://example.com", allowed: true },
  { option: ["//example.com:0443"], origin: "https://example.com", allowed: true },
  { option: ["moz-extension://AbCd"], origin: "moz-extension://AbCd", allowed: true },
  { option: ["capacitor://localhost/"], origin: "capacitor://localhost", allowed: true },
  { option: ["//example.com"], origin: "null", allowed: false },
  // pages without a host
  { option: (origin) => origin === null, origin: "null", allowed: true },
  { option: (origin) => origin?.protocol === "file:", origin: "file://", allowed: true },
  { option: () => true, origin: "not an origin", allowed: false },
  { option: () => true, origin: "https://a.de, https://b.de", allowed: false },
  // only true is a yes
  { option: () => Promise.resolve(true), origin: "https://a.fr", allowed: true },
  { option: () => Promise.resolve(false), origin: "https://a.fr", allowed: false },
  { option: untyped("yes"), origin: "https://a.fr", allowed: false },
  { option: untyped(Promise.resolve("yes")), origin: "https://a.fr", allowed: false },
  { option: untyped({ then: (resolve: (value: boolean) => void) => resolve(true) }), origin: "a:b", allowed: false },
];
for (const { option, host, origin, allowed } of cases) {
  const what = typeof option === "function" ? "a function" : JSON.stringify(option);
  Deno.test(`originCheck(${what}, ${host}) ${allowed ? "allows" : "refuses"} ${origin}`, async () => {
    assertStrictEquals(await originCheck(option, host).allows(request(origin)), allowed);
  });
}

const entries = [
  ...["example.com", "//", "https://*.*.com", "https://a b.com", "//example.com/path", "null", "file://", "*"],
  // these would match no page
  ...["//user@example.com", "//example.com?x", "//example.com#x", "https://example.com\\x", "//%zz", "//[::zz]"],
  ...["//example.com:99999", "wss://example.com", "ws://example.com", ""],
];
for (const entry of entries) {
  Deno.test(`originCheck() refuses the entry ${entry}`, () => {
    assertMatch(
      assertThrows(() => originCheck(["//good.example", entry]), TypeError).message,
      /expected "\/\/host" or "scheme:\/\/host" of a page, received ".*let "checkOrigin" be a function/,
    );
  });
}

for (const host of ["", "example.com:4000", "https://example.com", "//example.com", "a/b", "user@a", "[::1]:4000"]) {
  Deno.test(`originCheck() refuses the host ${JSON.stringify(host)}`, () => {
    assertThrows(
      () => originCheck(true, host),
      TypeError,
      `Cannot check origins: "host" must be a host name without scheme, port and path, received "${host}"`,
    );
  });
}

const expectations: [option: CheckOrigin, host: string | undefined, expected: string][] = [
  [true, "Chat.Example", "chat.example"],
  [true, undefined, "example.com"],
  ["conn", undefined, "https://example.com"],
  [["//a", "https://b"], undefined, "//a, https://b"],
  [isFrench, undefined, "what the function checkOrigin allows"],
];
for (const [option, host, expected] of expectations) {
  Deno.test(`originCheck() compares with ${expected}, and says so`, () => {
    assertStrictEquals(originCheck(option, host).expected(request("https://a.de")), expected);
  });
}

Deno.test("originCheck() decides about each page and host on its own, however often it has been asked", () => {
  const own = originCheck(true);
  const same = originCheck("conn");
  const on = (origin: string, host: string, scheme = "https") => request(origin, `${scheme}://${host}/socket`);
  for (let n = 0; n < 3; n++) {
    assertEquals(own.allows(on("https://a.example", "a.example")), true);
    assertEquals(own.allows(on("https://a.example", "b.example")), false);
    assertEquals(own.allows(on("https://b.example", "b.example")), true);
    assertEquals(same.allows(on("https://a.example", "a.example")), true);
    assertEquals(same.allows(on("https://a.example", "a.example", "http")), false);
    assertEquals(same.allows(on("https://a.example:8443", "a.example")), false);
  }
});

Deno.test("originCheck() asks a function each time", () => {
  let asked = 0;
  const check = originCheck(() => ++asked % 2 === 1);
  const page = request("https://example.com");
  assertEquals([1, 2, 3].map(() => check.allows(page)), [true, false, true]);
});
