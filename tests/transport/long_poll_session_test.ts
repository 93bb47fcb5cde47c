import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { FakeTime } from "@std/testing/time";
import type { Frame } from "@urvogel/realtime";
import type { AcceptedSocket } from "../../lib/transport/socket_driver.ts";
import { ConnectionSet } from "../../lib/transport/connection_set.ts";
import { IdleSweep } from "../../lib/transport/idle_sweep.ts";
import { LongPollSession } from "../../lib/transport/long_poll_session.ts";
import { timers } from "../../lib/base/timer_wheel.ts";

const WINDOW_MS = 1000;
const turn = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

/** A session, and what its driver and its mount hear of it. */
function setUp(overrides: { maxBufferedBytes?: number; accepted?: AcceptedSocket } = {}) {
  const received: Frame[] = [];
  const closed: unknown[] = [];
  const gone: string[] = [];
  const accepted: AcceptedSocket = {
    open: () => ({ handleIn: (frame) => void received.push(frame), close: (reason) => void closed.push(reason) }),
  };
  const context = {
    windowMs: WINDOW_MS,
    maxBufferedBytes: overrides.maxBufferedBytes ?? 1000,
    idle: new IdleSweep(750),
    open: new ConnectionSet(),
    onGone: ({ id }: LongPollSession) => void gone.push(id),
  };
  const session = new LongPollSession("s", overrides.accepted ?? accepted, context);
  return { session, received, closed, gone, open: context.open };
}

const frames = (...frames: Frame[]) => ({ outcome: "frames", frames });
const nothing = { outcome: "nothing" };

Deno.test("LongPollSession.poll() brings what came between polls, together and in order", async () => {
  const { session } = setUp();
  for (const frame of ["a", "b", "c"]) session.send(frame);
  assert.equal(session.bufferedBytes, 3);
  assert.deepEqual(await session.poll(), frames("a", "b", "c"));
  assert.equal(session.bufferedBytes, 0);
  session.close(1000);
});

Deno.test("LongPollSession.poll() waits, and brings all that is sent in one go", async () => {
  const { session } = setUp();
  const poll = session.poll();
  session.send("a");
  session.send("b");
  assert.deepEqual(await poll, frames("a", "b"));
  session.close(1000);
});

Deno.test("LongPollSession.poll() brings nothing when the window is over", async () => {
  using time = new FakeTime();
  const { session } = setUp();
  const poll = session.poll();
  await time.tickAsync(WINDOW_MS);
  assert.deepEqual(await poll, nothing);
  session.send("later");
  assert.deepEqual(await session.poll(), frames("later"));
  session.close(1000);
  assert.equal(timers.size, 0);
});

Deno.test("LongPollSession.poll() takes the place of one that waits, which goes on to its window", async () => {
  using time = new FakeTime();
  const { session } = setUp();
  const [first, second] = [session.poll(), session.poll()];
  session.send("a");
  assert.deepEqual(await second, frames("a"));
  await time.tickAsync(WINDOW_MS);
  assert.deepEqual(await first, nothing);
  session.close(1000);
});

Deno.test("LongPollSession.putBack() keeps what a poll did not carry before what came since", async () => {
  const { session } = setUp();
  session.send("c");
  session.putBack(["a", "b"]);
  assert.deepEqual(await session.poll(), frames("a", "b", "c"));
  session.close(1000);
});

Deno.test("LongPollSession.close() lets frames that wait be polled once more, then it is gone", async () => {
  const { session, closed, gone, open } = setUp();
  session.send("bye");
  session.close(1012, { reason: "restart" });
  session.send("too late");
  assert.deepEqual(closed, [{ shutdown: "restart" }]);
  assert.equal(open.size, 0);
  assert.deepEqual(gone, []);
  assert.deepEqual(await session.poll(), frames("bye"));
  assert.deepEqual(gone, ["s"]);
  assert.deepEqual(await session.poll(), nothing);
});

Deno.test("LongPollSession.close() ends a poll that waits, and the session with it", async () => {
  const { session, gone } = setUp();
  const poll = session.poll();
  session.close(1001);
  assert.deepEqual(await poll, nothing);
  assert.deepEqual(gone, ["s"]);
  assert.equal(timers.size, 0);
});

Deno.test("LongPollSession.close() forgets frames when the session failed", async () => {
  const { session, closed, gone } = setUp();
  const error = new Error("malformed");
  session.send("lost");
  session.close(1007, { reason: error });
  assert.deepEqual(closed, [error]);
  assert.deepEqual(gone, ["s"]);
  assert.deepEqual(await session.poll(), nothing);
});

Deno.test("LongPollSession ends when it has not been polled for one and a half windows", async () => {
  using time = new FakeTime();
  const { session, closed, gone } = setUp();
  session.send("never fetched");
  await time.tickAsync(1.4 * WINDOW_MS);
  assert.deepEqual(await session.poll(), frames("never fetched"));
  session.receive("a post is no sign of life");
  await time.tickAsync(1.4 * WINDOW_MS);
  assert.deepEqual(closed, []);
  await time.tickAsync(0.3 * WINDOW_MS);
  assert.deepEqual(closed, [{ shutdown: "inactive" }]);
  assert.deepEqual(gone, ["s"]);
  assert.equal(timers.size, 0);
});

Deno.test("LongPollSession forgets frames of a closed session that nobody fetches", async () => {
  using time = new FakeTime();
  const { session, gone } = setUp();
  session.send("bye");
  session.close(1012);
  await time.tickAsync(2 * WINDOW_MS);
  assert.deepEqual(gone, ["s"]);
  assert.equal(timers.size, 0);
});

Deno.test("LongPollSession.send() ends the session when too much waits", async () => {
  const { session, closed } = setUp({ maxBufferedBytes: 10 });
  session.send("0123456789");
  assert.deepEqual(closed, []);
  session.send("x");
  assert.deepEqual(closed, [{ shutdown: "slow_reader" }]);
  assert.deepEqual(await session.poll(), nothing);
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
    assert.deepEqual([closed, gone, errors.length], [[error], ["s"], 1]);
    assert.match(String(errors[0]), /^Error: boom\n/);
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
  assert.equal(session.isOpen, false);
  assert.deepEqual(closed, [{ shutdown: "local_closed" }]);
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
  assert.deepEqual([gone, errors], [["s"], [late, last]]);
  unsubscribe("urvogel:socket:failed", listener);
});
