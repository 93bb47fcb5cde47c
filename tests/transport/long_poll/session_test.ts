import { assertEquals, assertMatch } from "@std/assert";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { FakeTime } from "@std/testing/time";
import type { Frame, LimitHitEvent } from "@urvogel/realtime";
import type { AcceptedSocket } from "../../../lib/transport/socket_driver.ts";
import { ConnectionSet } from "../../../lib/transport/connection_set.ts";
import { IdleSweep } from "../../../lib/transport/idle_sweep.ts";
import { LongPollSession } from "../../../lib/transport/long_poll/_session.ts";
import { DrainSweep } from "../../../lib/transport/drain_sweep.ts";
import type { SessionLimits } from "../../../lib/transport/long_poll/_session.ts";
import { timers } from "../../../lib/base/timer_wheel.ts";
import { Collected } from "../../support/telemetry.ts";

const WINDOW_MS = 1000;
const turn = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

/** A session, and what its driver and its mount hear of it. */
function setUp(overrides: Partial<SessionLimits> & { accepted?: AcceptedSocket } = {}) {
  const received: Frame[] = [];
  const closed: unknown[] = [];
  const gone: string[] = [];
  const accepted: AcceptedSocket = {
    open: () => ({ handleIn: (frame) => void received.push(frame), close: (reason) => void closed.push(reason) }),
  };
  const limits: SessionLimits = {
    windowMs: WINDOW_MS,
    maxBufferedBytes: 1000,
    slowReaderTimeoutMs: 60_000,
    maxPollBytes: 1000,
    maxPostBytes: 1000,
    bodyTimeoutMs: 1000,
    maxRequests: 3,
    ...overrides,
  };
  const context = {
    limits,
    idle: new IdleSweep(750),
    drain: new DrainSweep(),
    open: new ConnectionSet(),
    onGone: ({ id }: LongPollSession) => void gone.push(id),
  };
  const session = new LongPollSession("s", overrides.accepted ?? accepted, context);
  return { session, received, closed, gone, open: context.open };
}

const received = new WeakMap<LongPollSession, number>();

/** Polls with the newest token, as phoenix.js does, and takes what comes. */
async function take(session: LongPollSession): Promise<readonly Frame[] | "one too many"> {
  const delivery = await session.poll(received.get(session) ?? 0);
  if (delivery?.complete()) received.set(session, Math.max(delivery.received, received.get(session) ?? 0));
  return delivery?.frames ?? "one too many";
}

Deno.test("LongPollSession.poll() brings what came between polls, together and in order", async () => {
  const { session } = setUp();
  for (const frame of ["a", "b", "c"]) session.send(frame);
  assertEquals(session.bufferedBytes, 3);
  assertEquals(await take(session), ["a", "b", "c"]);
  assertEquals(session.bufferedBytes, 0);
  session.close(1000);
});

Deno.test("LongPollSession.poll() waits, and brings all that is sent in one go", async () => {
  const { session } = setUp();
  const poll = take(session);
  session.send("a");
  session.send("b");
  assertEquals(await poll, ["a", "b"]);
  session.close(1000);
});

Deno.test("LongPollSession.poll() brings nothing when the window is over", async () => {
  using time = new FakeTime();
  const { session } = setUp();
  const poll = take(session);
  await time.tickAsync(WINDOW_MS);
  assertEquals(await poll, []);
  session.send("later");
  assertEquals(await take(session), ["later"]);
  session.close(1000);
  assertEquals(timers.size, 0);
});

Deno.test("LongPollSession.poll() takes the place of one that waits, which goes on to its window", async () => {
  using time = new FakeTime();
  const { session } = setUp();
  const [first, second] = [take(session), take(session)];
  session.send("a");
  assertEquals(await second, ["a"]);
  await time.tickAsync(WINDOW_MS);
  assertEquals(await first, []);
  session.close(1000);
});

Deno.test("LongPollSession.poll() brings what an earlier one did not get to its client, before what came since", async () => {
  const { session } = setUp();
  for (const frame of ["a", "b"]) session.send(frame);
  const lost = await session.poll();
  session.send("c");
  lost!.fail();
  lost!.fail();
  assertEquals(lost!.complete(), false);
  assertEquals(await take(session), ["a", "b", "c"]);
  session.close(1000);
});

Deno.test("LongPollSession.poll() ends a response that is still under way, and brings its frames", async () => {
  const { session } = setUp();
  session.send("a");
  const stuck = await session.poll();
  session.send("b"); // waits, so that the order is kept
  assertEquals(await take(session), ["a", "b"]);
  assertEquals(stuck!.complete(), false);
  session.close(1000);
});

Deno.test("LongPollSession gives a waiting poll what an earlier one failed to deliver", async () => {
  const { session } = setUp();
  const dead = session.poll();
  session.send("a");
  const delivery = await dead;
  const next = take(session);
  assertEquals(await next, ["a"]);
  delivery!.fail(); // long after
  session.send("b");
  assertEquals(await take(session), ["b"]);
  session.close(1000);
});

Deno.test("LongPollSession.poll() takes maxPollBytes along, one frame at least, and the next poll the rest", async () => {
  const { session } = setUp({ maxPollBytes: 4 });
  for (const frame of ["too long", "a", "bc", "def", "g"]) session.send(frame);
  assertEquals(await take(session), ["too long"]);
  assertEquals(await take(session), ["a", "bc"]);
  assertEquals(await take(session), ["def", "g"]);
  session.close(1000);
});

Deno.test("LongPollSession.poll() ends the oldest of too many polls", async () => {
  using limits = new Collected<LimitHitEvent>("urvogel:limit:hit");
  using time = new FakeTime();
  const { session } = setUp({ maxRequests: 2 });
  const polls = [take(session), take(session), take(session)];
  assertEquals(await polls[0], "one too many");
  session.send("a");
  assertEquals(await polls[2], ["a"]);
  await time.tickAsync(WINDOW_MS);
  assertEquals(await polls[1], []);
  assertEquals(limits.events.map(({ limit, max, found }) => [limit, max, found]), [["maxRequests", 2, 3]]);
  session.close(1000);
  assertEquals(timers.size, 0);
});

Deno.test("LongPollSession.close() lets frames that wait be polled once more, then it is gone", async () => {
  const { session, closed, gone, open } = setUp();
  session.send("bye");
  session.close(1012, { reason: "restart" });
  session.send("too late");
  assertEquals(closed, [{ shutdown: "restart" }]);
  assertEquals(open.size, 0);
  assertEquals(gone, []);
  assertEquals(await take(session), ["bye"]);
  assertEquals(gone, ["s"]);
  assertEquals(await take(session), []);
});

Deno.test("LongPollSession.close() ends a poll that waits, and the session with it", async () => {
  const { session, gone } = setUp();
  const poll = take(session);
  session.close(1001);
  assertEquals(await poll, []);
  assertEquals(gone, ["s"]);
  assertEquals(timers.size, 0);
});

Deno.test("LongPollSession.close() forgets frames when the session failed", async () => {
  const { session, closed, gone } = setUp();
  const error = new Error("malformed");
  session.send("lost");
  session.close(1007, { reason: error });
  assertEquals(closed, [error]);
  assertEquals(gone, ["s"]);
  assertEquals(await take(session), []);
});

Deno.test("LongPollSession ends when it has not been polled for one and a half windows", async () => {
  using time = new FakeTime();
  const { session, closed, gone } = setUp();
  session.send("never fetched");
  await time.tickAsync(1.4 * WINDOW_MS);
  assertEquals(await take(session), ["never fetched"]);
  session.receive("a post is no sign of life");
  await time.tickAsync(1.4 * WINDOW_MS);
  assertEquals(closed, []);
  await time.tickAsync(0.3 * WINDOW_MS);
  assertEquals(closed, [{ shutdown: "inactive" }]);
  assertEquals(gone, ["s"]);
  assertEquals(timers.size, 0);
});

Deno.test("LongPollSession forgets frames of a closed session that nobody fetches", async () => {
  using time = new FakeTime();
  const { session, gone } = setUp();
  session.send("bye");
  session.close(1012);
  await time.tickAsync(2 * WINDOW_MS);
  assertEquals(gone, ["s"]);
  assertEquals(timers.size, 0);
});

Deno.test("LongPollSession ends when too much waits for a client that does not poll", async () => {
  using time = new FakeTime();
  using limits = new Collected<LimitHitEvent>("urvogel:limit:hit");
  const { session, closed } = setUp({ maxBufferedBytes: 10 });
  session.send("0123456789");
  await time.tickAsync(100);
  session.send("x");
  await time.tickAsync(1000);
  assertEquals(closed, []);
  await time.tickAsync(300);
  assertEquals(closed, [{ shutdown: "slow_reader" }]);
  assertEquals(limits.events.map(({ limit, max, found }) => [limit, max, found]), [["maxBufferedBytes", 10, 11]]);
  assertEquals(await take(session), []);
  assertEquals(timers.size, 0);
});

Deno.test("LongPollSession gives a client that polls all of it, however much is sent at once", async () => {
  using time = new FakeTime();
  using limits = new Collected<LimitHitEvent>("urvogel:limit:hit");
  const { session } = setUp({ maxBufferedBytes: 10, maxPollBytes: 8 });
  const waiting = take(session);
  const burst = Array.from({ length: 10 }, (_, n) => `frame ${n}`);
  for (const frame of burst) session.send(frame);
  const came = [...await waiting];
  while (came.length < burst.length) {
    await time.tickAsync(900); // a long round trip
    came.push(...await take(session));
  }
  assertEquals([came, limits.events], [burst, []]);
  session.close(1000);
  assertEquals(timers.size, 0);
});

Deno.test("LongPollSession ends when a client takes a response in, again and again, and never all of it", async () => {
  using time = new FakeTime();
  using limits = new Collected<LimitHitEvent>("urvogel:limit:hit");
  const { session } = setUp({ maxBufferedBytes: 10, slowReaderTimeoutMs: 4000 });
  for (const frame of ["01234567", "89abcdef"]) session.send(frame);
  for (let n = 0; n < 20 && session.isOpen; n++) {
    const delivery = await session.poll();
    delivery!.read(8);
    await time.tickAsync(300);
    delivery!.fail();
  }
  assertEquals(limits.events.map(({ limit }) => limit), ["maxBufferedBytes"]);
});

Deno.test("LongPollSession lives while its client reads a response, however long that takes", async () => {
  using time = new FakeTime();
  const { session, closed } = setUp();
  session.send("a long one");
  const delivery = await session.poll();
  for (let n = 0; n < 5; n++) {
    await time.tickAsync(WINDOW_MS);
    delivery!.read(1);
  }
  assertEquals(closed, []);
  await time.tickAsync(2 * WINDOW_MS);
  assertEquals(closed, [{ shutdown: "inactive" }]);
  assertEquals(delivery!.complete(), false);
  assertEquals(timers.size, 0);
});

Deno.test("LongPollSession does not count a poll whose client has gone as one", async () => {
  using time = new FakeTime();
  const { session, closed } = setUp();
  const dead = session.poll();
  await time.tickAsync(WINDOW_MS);
  (await dead)!.fail();
  await time.tickAsync(0.7 * WINDOW_MS);
  assertEquals(closed, [{ shutdown: "inactive" }]);
});

Deno.test("LongPollSession.abandon() lets a response that is under way be finished, and forgets the rest", async () => {
  const { session, gone } = setUp({ maxPollBytes: 1 });
  for (const frame of ["a", "b"]) session.send(frame);
  const delivery = await session.poll();
  session.close(1012);
  session.abandon();
  assertEquals(gone, []);
  assertEquals(delivery!.complete(), true);
  assertEquals(gone, ["s"]);
});

Deno.test("LongPollSession.receive() ends the session when its driver throws", () => {
  const errors: unknown[] = [];
  const console_ = console.error;
  console.error = (...args) => void errors.push(args.at(-1));
  try {
    const error = new Error("boom");
    const closed: unknown[] = [];
    const failing: AcceptedSocket = {
      open: () => ({
        handleIn: () => {
          throw error;
        },
        close: (reason) => void closed.push(reason),
      }),
    };
    const { session, gone } = setUp({ accepted: failing });
    session.receive("x");
    session.receive("ignored");
    assertEquals([closed, gone, errors.length], [[error], ["s"], 1]);
    assertMatch(String(errors[0]), / error \[urvogel\] a socket failed: Error: boom\n/);
  } finally {
    console.error = console_;
  }
});

Deno.test("LongPollSession tells a driver that closed it while it opened", () => {
  const closed: unknown[] = [];
  const { session } = setUp({
    accepted: {
      open(connection) {
        connection.close(1000);
        return { handleIn() {}, close: (reason) => void closed.push(reason) };
      },
    },
  });
  assertEquals(session.isOpen, false);
  assertEquals(closed, [{ shutdown: "local_closed" }]);
});

Deno.test("LongPollSession reports what an async driver rejects with, and a failed handleIn ends it", async () => {
  const errors: unknown[] = [];
  const listener = (event: unknown) => void errors.push((event as { error: Error }).error);
  subscribe("urvogel:socket:failed", listener);
  const [late, last] = [new Error("late"), new Error("last")];
  const failing: AcceptedSocket = {
    open: () => ({ handleIn: () => Promise.reject(late), close: () => Promise.reject(last) }),
  };
  const { session, gone } = setUp({ accepted: failing });
  session.receive("x");
  await turn();
  assertEquals([gone, errors], [["s"], [late, last]]);
  unsubscribe("urvogel:socket:failed", listener);
});
