import { assert, assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { timers } from "../../../lib/base/timer_wheel.ts";
import { discardBody, PostedBodies, type PostLimits } from "../../../lib/transport/long_poll/posted_body.ts";

const LIMITS: PostLimits = { maxPostBytes: 100, maxRequests: 3, bodyTimeoutMs: 1000 };

/** A post whose body comes when the test says so. */
class SlowPost {
  readonly request: Request;
  cancelled = false;
  #controller!: ReadableStreamDefaultController<Uint8Array>;

  constructor(headers: Record<string, string> = {}) {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => void (this.#controller = controller),
      cancel: () => void (this.cancelled = true),
    });
    this.request = new Request("http://localhost/", { method: "POST", body, headers });
  }

  send(bytes: number): void {
    this.#controller.enqueue(new Uint8Array(bytes));
  }

  end(): void {
    this.#controller.close();
  }

  breakOff(): void {
    this.#controller.error(new Error("the client went"));
  }
}

/** Lets streams hand on what they were given. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

Deno.test("PostedBodies.take() reads a body to its end, and counts it until it is disposed of", async () => {
  const bodies = new PostedBodies(LIMITS);
  const post = new SlowPost();
  const body = bodies.take(post.request)!;
  for (const bytes of [1, 0, 60, 39]) post.send(bytes);
  post.end();
  assertEquals(await body.read, undefined);
  assertEquals([body.bytes.length, bodies.bytes], [100, 100]);
  body[Symbol.dispose]();
  body[Symbol.dispose]();
  assertEquals(bodies.bytes, 0);
  assertEquals(timers.size, 0);
});

Deno.test("PostedBodies.take() reads what is sent, and a request without a body as an empty one", async () => {
  const bodies = new PostedBodies(LIMITS);
  using body = bodies.take(new Request("http://localhost/", { method: "POST", body: "héllo" }))!;
  assertEquals([await body.read, new TextDecoder().decode(body.bytes)], [undefined, "héllo"]);
  using empty = bodies.take(new Request("http://localhost/", { method: "POST" }))!;
  assertEquals([await empty.read, empty.bytes.length], [undefined, 0]);
});

Deno.test("PostedBodies.take() refuses what is too large, and keeps nothing of it", async () => {
  const bodies = new PostedBodies(LIMITS);
  const post = new SlowPost();
  using body = bodies.take(post.request)!;
  post.send(101);
  assertEquals(await body.read, "tooLarge");
  assertEquals([body.bytes.length, bodies.bytes], [0, 0]);
});

Deno.test("PostedBodies.take() refuses what says that it is too large", async () => {
  const bodies = new PostedBodies(LIMITS);
  using body = bodies.take(new SlowPost({ "content-length": "101" }).request)!;
  assertEquals(await body.read, "tooLarge");
});

Deno.test("PostedBodies.take() refuses what is too much beside others, and takes it when they are done", async () => {
  const bodies = new PostedBodies(LIMITS);
  const [first, second, third] = [new SlowPost(), new SlowPost(), new SlowPost()];
  const body = bodies.take(first.request)!;
  first.send(60);
  await settled();
  using refused = bodies.take(second.request)!;
  second.send(60);
  assertEquals(await refused.read, "tooMuch");
  first.end();
  assertEquals(await body.read, undefined);
  body[Symbol.dispose]();
  using taken = bodies.take(third.request)!;
  third.send(60);
  third.end();
  assertEquals(await taken.read, undefined);
});

Deno.test("PostedBodies.take() refuses one body more than may be under way", async () => {
  const bodies = new PostedBodies(LIMITS);
  const open = Array.from({ length: 3 }, () => bodies.take(new SlowPost().request)!);
  assertEquals(bodies.take(new SlowPost().request), undefined);
  open[0]![Symbol.dispose]();
  assertEquals(await open[0]!.read, "over");
  using more = bodies.take(new SlowPost().request)!;
  assert(more);
  bodies.end();
});

Deno.test("PostedBodies.take() gives up a body that does not come in time", async () => {
  using time = new FakeTime();
  const bodies = new PostedBodies(LIMITS);
  const post = new SlowPost();
  using body = bodies.take(post.request)!;
  post.send(60);
  time.tick(999);
  await settled();
  assertEquals(bodies.bytes, 60);
  time.tick(1);
  assertEquals(await body.read, "late");
  assertEquals([bodies.bytes, timers.size], [0, 0]);
});

Deno.test("PostedBodies.take() ends with the client", async () => {
  const post = new SlowPost();
  using body = new PostedBodies(LIMITS).take(post.request)!;
  post.send(1);
  post.breakOff();
  assertEquals(await body.read, "broken");
});

Deno.test("PostedBodies.end() ends all bodies", async () => {
  const bodies = new PostedBodies(LIMITS);
  const open = [new SlowPost(), new SlowPost()].map((post) => (post.send(30), bodies.take(post.request)!));
  await settled();
  assertEquals(bodies.bytes, 60);
  bodies.end();
  assertEquals(await Promise.all(open.map(({ read }) => read)), ["over", "over"]);
  assertEquals([bodies.bytes, timers.size], [0, 0]);
});

Deno.test("PostedBody reads a refused body on and never cancels it: Deno would not end before its client does", async () => {
  const bodies = new PostedBodies(LIMITS);
  const post = new SlowPost();
  using body = bodies.take(post.request)!;
  bodies.end();
  assertEquals(await body.read, "over");
  for (let n = 0; n < 10; n++) {
    post.send(60);
    await settled();
  }
  assertEquals([post.cancelled, bodies.bytes], [false, 0]);
});

Deno.test("discardBody() reads a body that nobody has touched, and leaves others alone", async () => {
  const post = new SlowPost();
  const done = discardBody(post.request);
  post.send(60);
  post.end();
  await done;
  assertEquals(post.request.bodyUsed, true);
  await discardBody(post.request);
  await discardBody(new Request("http://localhost/"));
  const gone = new SlowPost();
  gone.breakOff();
  await discardBody(gone.request);
});
