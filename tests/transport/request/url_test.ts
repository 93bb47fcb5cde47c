import { assertEquals, assertStrictEquals } from "@std/assert";
import { Endpoint, ok, type SocketDriver } from "@urvogel/realtime";
import fc from "fast-check";
import { parseParams } from "../../../lib/transport/request/params.ts";
import { queryOf, requestUrl } from "../../../lib/transport/request/url.ts";
import { rawRequest } from "../../support/raw_http.ts";
import { serve } from "../../support/serve.ts";
import { Failures } from "../../support/telemetry.ts";

/** A request with the URL that Deno makes of it. */
function request(host: string | null, path: string): Request {
  const headers = new Headers(host === null ? {} : { host });
  return { url: `http://${host ?? "localhost"}${path}`, headers } as Request;
}

const GOOD: [host: string | null, path: string, pathname: string][] = [
  [null, "/a?b", "/a"],
  ["example.com", "/a?b", "/a"],
  ["EXAMPLE.com.:4000", "/", "/"],
  ["[::1]:4000", "//a/", "//a/"],
  ["bücher.de", "/%2F", "/%2F"],
];
for (const [host, path, pathname] of GOOD) {
  Deno.test(`requestUrl() reads ${path} when Host is ${host}`, () => {
    assertStrictEquals(requestUrl(request(host, path))?.pathname, pathname);
  });
}

const BAD = ["a b", "a\tb", "a, b", "[", "%zz", "a:99999", "x/socket", "x/socket?a=", "x?a=", "x#", "x\\y", "u@x", "/"];
for (const host of BAD) {
  Deno.test(`requestUrl() refuses the Host ${JSON.stringify(host)}`, () => {
    assertEquals(requestUrl(request(host, "/a")), undefined);
  });
}

Deno.test("Endpoint.fetch() answers 400 to a Host that is none, calls nothing and prints nothing", async () => {
  using failures = new Failures();
  let asked = 0;
  const driver: SocketDriver = {
    connect() {
      asked++;
      return ok({ open: () => ({ handleIn() {}, close() {} }) });
    },
  };
  const renderError = () => new Response("rendered", { status: 500 });
  await using server = serve(new Endpoint({ sockets: { "/raw": [driver, { longpoll: true }] }, renderError }));
  for (const host of ["a b", "[", "x/raw/longpoll?vsn=2.0.0&a="]) {
    const { status, body } = await rawRequest({ ...server, method: "GET", path: "/public?token=1", headers: { host } });
    assertEquals([host, status, body.length], [host, 400, 0]);
  }
  assertEquals([asked, failures.messages], [0, []]);
});

// A request line has no space at its end; `URL` would drop one.
const targets = fc.string({ unit: fc.constantFrom(..."ab?#&=%[]+/'\"<>|é 2041fC3A9") }).map((text) => text.trimEnd());

Deno.test("queryOf() leads to the parameters that URL leads to", () => {
  const paramsOf = (query: string) => {
    try {
      return JSON.stringify(parseParams(query));
    } catch (error) {
      return (error as Error).name;
    }
  };
  fc.assert(fc.property(targets, (target) => {
    const url = `http://localhost/socket${target}`;
    assertEquals(paramsOf(queryOf(url)), paramsOf(new URL(url).search));
  }));
});
