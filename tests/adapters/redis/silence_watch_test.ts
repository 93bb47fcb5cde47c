import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { SilenceWatch } from "../../../lib/adapters/redis/_silence_watch.ts";

/** A server that replies, or does not. */
class Server {
  arrivals = 0;
  pings = 0;
  silences: string[] = [];
  replies = true;
  readonly watch = new SilenceWatch(
    () => this.#ping(),
    () => this.arrivals,
    ({ message }) => this.silences.push(message),
  );

  #ping(): Promise<unknown> {
    this.pings++;
    return this.replies ? Promise.resolve() : new Promise(() => {});
  }
}

Deno.test("SilenceWatch pings once a second a server that replies", async () => {
  using time = new FakeTime();
  const server = new Server();
  for (let second = 0; second < 60; second++) await time.tickAsync(1000);
  assertEquals([server.pings, server.silences], [61, []]);
  server.watch.stop();
});

Deno.test("SilenceWatch reports a server that has not replied for three seconds, once", async () => {
  using time = new FakeTime();
  const server = new Server();
  await time.tickAsync(1500);
  server.replies = false; // from the ping at 2000 on
  await time.tickAsync(3400);
  assertEquals(server.silences, []);
  await time.tickAsync(100);
  assertEquals(server.silences, ["no reply for 3000 ms"]);
  await time.tickAsync(60_000);
  assertEquals([server.silences.length, server.pings], [1, 3]);
});

Deno.test("SilenceWatch takes messages for signs of life: a reply may wait behind them", async () => {
  using time = new FakeTime();
  const server = new Server();
  server.replies = false;
  for (let second = 0; second < 60; second++) {
    server.arrivals++;
    await time.tickAsync(1000);
  }
  assertEquals(server.silences, []);
  await time.tickAsync(4000);
  assertEquals(server.silences.length, 1);
});

Deno.test("SilenceWatch does nothing after stop()", async () => {
  using time = new FakeTime();
  const server = new Server();
  server.replies = false;
  await time.tickAsync(2500);
  server.watch.stop();
  await time.tickAsync(60_000);
  assertEquals([server.silences, server.pings], [[], 2]);
});
