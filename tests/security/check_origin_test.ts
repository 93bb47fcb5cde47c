import assert from "node:assert/strict";
import { type CheckOrigin, originCheck } from "../../lib/security/check_origin.ts";

function request(origin: string | null, url = "https://example.com/socket/websocket"): Request {
  return new Request(url, { headers: origin === null ? {} : { origin } });
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
  { option: (origin) => origin.hostname.endsWith(".fr"), origin: "https://a.fr", allowed: true },
  { option: (origin) => origin.hostname.endsWith(".fr"), origin: "https://a.de", allowed: false },
];
for (const { option, host, origin, allowed } of cases) {
  const what = typeof option === "function" ? "a function" : JSON.stringify(option);
  Deno.test(`originCheck(${what}, ${host}) ${allowed ? "allows" : "refuses"} ${origin}`, () => {
    assert.equal(originCheck(option, host)(request(origin)), allowed);
  });
}

for (const entry of ["example.com", "//", "https://*.*.com", "https://a b.com", "//example.com/path"]) {
  Deno.test(`originCheck() refuses the entry ${entry}`, () => {
    assert.throws(() => originCheck([entry]), /expected "\/\/host" or "scheme:\/\/host"/);
  });
}
