import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { serve } from "@urvogel/realtime/serve";
import { RawClient } from "../../support/raw_client.ts";
import { RawConnection } from "../../support/raw_connection.ts";

const APP = new URL("../../fixtures/threads_app.ts", import.meta.url);
const LOOPBACK = { port: 0, hostname: "127.0.0.1" } as const;
/** So many connections that they are all in one of two threads once in 2 ** 31 runs. */
const MANY = 32;

Deno.test({
  name: "serve() runs a module on threads that share a port, and shuts all of them down",
  ignore: Deno.build.os !== "linux", // elsewhere the kernel gives all connections to one
  async fn() {
    const server = await serve(APP, { ...LOOPBACK, threads: 2 });
    assert(server.shutdownMs >= 30_000);
    const clients = await Promise.all(
      Array.from({ length: MANY }, () => RawClient.connect({ port: server.port, path: "/name/websocket" })),
    );
    const names = await Promise.all(clients.map((client) => client.recv()));
    assertEquals(new Set(names.map((name) => name?.kind === "text" && name.text)).size, 2);
    const down = server.shutdown();
    for (const client of clients) {
      const close = await client.recv();
      assertEquals([close?.kind, (close as { code?: number }).code], ["close", 1012]);
      await client.sendClose(1012);
    }
    await down;
    for (const client of clients) await client[Symbol.asyncDispose]();
    await assertRejects(() => RawConnection.connect({ port: server.port }));
  },
});

const wrong: [what: string, module: string, options: object, error: RegExp][] = [
  ["a module that is not there", new URL("./none.ts", APP).href, {}, /Cannot serve .*none\.ts: Module not found/],
  [
    "a module that exports nothing",
    import.meta.resolve("../../../lib/adapters/serve/options.ts"),
    {},
    /default export must have a "fetch"/,
  ],
  ["no threads", APP.href, { threads: 0 }, /"threads" must be an integer >= 1, received 0/],
  ["half a thread", APP.href, { threads: 1.5 }, /received 1.5/],
  ["a limit that makes no sense", APP.href, { pingMs: 0 }, /"pingMs" must be > 0/],
  [
    "a handler, which no thread can be given",
    APP.href,
    { handler: () => new Response() },
    /a "handler" cannot be passed to a thread/,
  ],
];
for (const [what, module, options, error] of wrong) {
  Deno.test(`serve() rejects ${what}`, async () => {
    const thrown = await assertRejects(() => serve(module, { ...LOOPBACK, threads: 2, ...options }), Error);
    assertMatch(thrown.message, error);
  });
}

Deno.test("FramesServer.shutdown() of threads ends all of them although an app fails to shut down, and reports that", async () => {
  const app = `{ fetch: () => new Response("here"), shutdown: () => Promise.reject(new Error("asked to")) }`;
  const server = await serve(`data:text/javascript,export default ${app}`, { ...LOOPBACK, threads: 2 });
  await assertRejects(() => server.shutdown(), Error, "asked to");
  await assertRejects(() => RawConnection.connect({ port: server.port }));
});
