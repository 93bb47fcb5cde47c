import { assertEquals } from "@std/assert";
import { RawConnection } from "./raw_connection.ts";
import { TcpProxy } from "./tcp_proxy.ts";
import { until } from "./until.ts";

const hello = new TextEncoder().encode("hello");

/** A server that returns what it receives. */
class EchoServer implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #served = this.#serve();
  readonly port = this.#listener.addr.port;

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#served;
  }

  async #serve(): Promise<void> {
    const served: Promise<void>[] = [];
    for await (const tcp of this.#listener) {
      served.push(tcp.readable.pipeTo(tcp.writable).catch(() => {})); // a reset is what some tests are about
    }
    await Promise.all(served);
  }
}

Deno.test("TcpProxy passes bytes both ways, and none while it is stalled", async () => {
  await using server = new EchoServer();
  await using proxy = await TcpProxy.start(server);
  await using client = await RawConnection.connect(proxy);
  await client.write(hello);
  assertEquals(await client.receive(5000), "more");
  assertEquals(client.take(99), hello);
  proxy.stall();
  await client.write(hello);
  await using late = await RawConnection.connect(proxy);
  await late.write(hello);
  assertEquals([await client.receive(30), await late.receive(30), proxy.connections], ["timeout", "timeout", 2]);
  proxy.flow();
  assertEquals([await client.receive(5000), await late.receive(5000)], ["more", "more"]);
});

Deno.test("TcpProxy delays bytes, and keeps their order when the delay ends", async () => {
  await using server = new EchoServer();
  await using proxy = await TcpProxy.start(server);
  await using client = await RawConnection.connect(proxy);
  proxy.delayMs = 60;
  await client.write(hello);
  assertEquals(await client.receive(20), "timeout");
  proxy.delayMs = 0;
  await client.write(new TextEncoder().encode(" world"));
  while (client.buffered.length < 11) assertEquals(await client.receive(5000), "more");
  assertEquals(new TextDecoder().decode(client.take(99)), "hello world");
});

Deno.test("TcpProxy.tear() ends connections in the middle of what the server sends next", async () => {
  await using server = new EchoServer();
  await using proxy = await TcpProxy.start(server);
  await using client = await RawConnection.connect(proxy);
  proxy.tear(0.5);
  await client.write(hello);
  assertEquals(await client.receive(5000), "more");
  assertEquals(client.take(99), hello.subarray(0, 2));
  assertEquals(await client.receive(5000), "fin");
});

for (const [name, how] of [["cut", "fin"], ["reset", "reset"]] as const) {
  Deno.test(`TcpProxy.${name}() ends connections with a ${how}, and accepts others`, async () => {
    await using server = new EchoServer();
    await using proxy = await TcpProxy.start(server);
    await using client = await RawConnection.connect(proxy);
    await until(() => proxy.connections === 1, "the proxy has accepted");
    proxy[name]();
    assertEquals(await client.receive(5000), how);
    client.drop();
    await until(() => proxy.connections === 0, "the connection has ended");
    await using next = await RawConnection.connect(proxy);
    await next.write(hello);
    assertEquals(await next.receive(5000), "more");
  });
}

Deno.test("TcpProxy resets a client whose server cannot be reached", async () => {
  let port: number;
  {
    await using server = new EchoServer();
    port = server.port;
  }
  await using proxy = await TcpProxy.start({ port });
  await using client = await RawConnection.connect(proxy);
  assertEquals(await client.receive(5000), "reset");
});
