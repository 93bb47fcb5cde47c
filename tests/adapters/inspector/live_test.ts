import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { stub } from "@std/testing/mock";
import { FakeTime } from "@std/testing/time";
import { type Inspector, inspector } from "@urvogel/realtime/inspector";
import { Endpoint, type LimitHitEvent, type ServeInfo } from "@urvogel/realtime";
import { LiveViews } from "../../../lib/adapters/inspector/_live.ts";
import type { Plain } from "../../../lib/adapters/inspector/_plain.ts";
import { serve } from "../../support/serve.ts";
import { Collected } from "../../support/telemetry.ts";
import { WatchedRoom } from "./watched_room.ts";

const INFO: ServeInfo = { remoteAddr: { transport: "tcp", hostname: "192.0.2.7", port: 5000 } };
const authorize = () => true;

function live(inspect: Inspector, view = "sockets"): Promise<Response> {
  return inspect(new Request(`http://localhost/inspector/api/live/${view}`), INFO);
}

/** The limits that were hit, with their values and the address. */
function hitsOf({ events }: Collected<LimitHitEvent>): unknown[] {
  return events.map(({ limit, max, found, address }) => [limit, max, found, address]);
}

Deno.test("inspector() sends a view live, and ends when its reader goes", async () => {
  await using room = new WatchedRoom();
  const response = await live(room.inspect, "sockets?limit=5");
  assertEquals(response.headers.get("content-type"), "text/event-stream; charset=utf-8");
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  const { value } = await reader.read();
  assertMatch(value!, /^data: .*"total":0.*\n\n$/);
  await reader.cancel();
});

Deno.test("inspector() refuses another live view with 503 when maxLiveViews are open", async () => {
  await using room = new WatchedRoom({ authorize, maxLiveViews: 2 });
  using limits = new Collected<LimitHitEvent>("urvogel:limit:hit");
  const [first, second, third] = [await live(room.inspect), await live(room.inspect), await live(room.inspect)];
  assertEquals([first.status, second.status, third.status], [200, 200, 503]);
  assertEquals(await third.json(), { error: "2 live views are open already" });
  assertEquals(third.headers.get("retry-after"), "5");
  assertEquals(hitsOf(limits), [["maxLiveViews", 2, 3, "192.0.2.7"]]);
  assertEquals((await room.view("sockets")).status, 200);
  await first.body!.cancel();
  const fourth = await live(room.inspect);
  assertEquals(fourth.status, 200);
  await fourth.body!.cancel();
  await second.body!.cancel();
});

Deno.test("inspector() allows 50 live views by default", async () => {
  const endpoint = new Endpoint({ sockets: {} });
  using inspect = inspector(endpoint, { authorize });
  const statuses: number[] = [];
  for (let i = 0; i < 51; i++) statuses.push((await live(inspect)).status);
  assertEquals([statuses.indexOf(503), statuses.length], [50, 51]);
});

Deno.test("inspector() ends a live view whose client reads nothing, and its place is free", async () => {
  using time = new FakeTime();
  await using room = new WatchedRoom({ authorize, maxLiveViews: 1 });
  using limits = new Collected<LimitHitEvent>("urvogel:limit:hit");
  const response = await live(room.inspect);
  await time.tickAsync(1_000); // it is sent, and then nothing more
  await time.tickAsync(31_000);
  assertEquals(hitsOf(limits), [["slowReaderTimeoutMs", 30_000, undefined, "192.0.2.7"]]);
  await assertRejects(() => response.text(), Error, "nothing was read for 30000 ms");
  const next = await live(room.inspect);
  assertEquals(next.status, 200);
  await next.body!.cancel();
});

Deno.test("inspector() keeps a live view whose client reads, however long", async () => {
  using time = new FakeTime();
  await using room = new WatchedRoom({ authorize, slowReaderTimeoutMs: 5_000 });
  using limits = new Collected<LimitHitEvent>("urvogel:limit:hit");
  const reader = (await live(room.inspect)).body!.getReader();
  for (let i = 0; i < 10; i++) {
    const read = reader.read();
    await time.tickAsync(2_000);
    assertEquals((await read).done, false);
  }
  assertEquals(hitsOf(limits), []);
  await reader.cancel();
});

Deno.test("inspector() ends a live view whose reader may look no more", async () => {
  using time = new FakeTime();
  let session: string | null = "ann";
  await using room = new WatchedRoom({ authorize: ({ headers }) => headers.get("cookie") === session });
  const request = new Request("http://localhost/api/live/sockets", { headers: { cookie: "ann" } });
  const reader = (await room.inspect(request, INFO)).body!.getReader();
  const readFor = async (seconds: number) => {
    for (let i = 0; i < seconds; i++) {
      const read = reader.read();
      await time.tickAsync(1_000);
      if ((await read).done) return i;
    }
    return "open";
  };
  assertEquals(await readFor(130), "open");
  session = null; // logged out
  assertEquals(typeof await readFor(61), "number");
});

Deno.test("LiveViews ends a view whose stream was closed by the one who serves it", async () => {
  using time = new FakeTime();
  using views = new LiveViews({ maxLiveViews: 1 }, () => false);
  const shown = Promise.withResolvers<Plain>();
  const view = { show: () => shown.promise, everyMs: 1_000, address: undefined };
  using _ = stub(ReadableStreamDefaultController.prototype, "enqueue", () => {
    throw new TypeError("The stream controller cannot close or enqueue");
  });
  assert(views.open(view));
  assertEquals(views.open(view), undefined);
  await time.tickAsync(1);
  shown.resolve(null);
  await time.tickAsync(1);
  assert(views.open(view)); // there is a place again
});

Deno.test("inspector() ends live views when it is disposed", async () => {
  await using room = new WatchedRoom();
  const reader = (await live(room.inspect)).body!.getReader();
  assertEquals((await reader.read()).done, false);
  room.inspect[Symbol.dispose]();
  assertEquals((await reader.read()).done, true);
});

Deno.test("inspector() does not keep a server with an open page from shutting down", async () => {
  using time = new FakeTime();
  const endpoint = new Endpoint({ sockets: {} });
  using inspect = inspector(endpoint);
  await using server = serve({ fetch: inspect, shutdown: () => endpoint.shutdown() });
  const reader = (await fetch(`${server.url}/api/live/overview`)).body!.getReader();
  const read = reader.read();
  await time.tickAsync(1);
  assertEquals((await read).done, false);
  let isDown = false;
  const down = server.shutdown().then(() => isDown = true);
  for (let n = 0; n < 200 && !isDown; n++) await time.tickAsync(10); // it notices within a second
  assertEquals(isDown, true);
  await down;
  assertEquals((await reader.read()).done, true);
});

for (
  const [option, value] of [["maxLiveViews", 0], ["slowReaderTimeoutMs", 0], ["slowReaderTimeoutMs", NaN]] as const
) {
  Deno.test(`inspector() refuses ${option} of ${value}`, () => {
    const endpoint = new Endpoint({ sockets: {} });
    assertThrows(() => inspector(endpoint, { [option]: value }), RangeError, `"${option}" must be`);
  });
}
