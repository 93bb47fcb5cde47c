import { assertEquals, assertRejects } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { BusDownError } from "@urvogel/realtime";
import { LiveSession } from "../../lib/cluster/live_session.ts";
import type { OwnerSession, Ownership } from "../../lib/cluster/owner_engine.ts";
import { monotonicMs } from "../../lib/base/clock.ts";

/** A session whose renewals a test decides about. */
class Scripted implements OwnerSession {
  readonly renewedAtMs: number[] = [];
  isClosed = false;
  renewal: () => Promise<boolean> = () => Promise.resolve(true);
  claimed: () => Promise<Ownership> = () => Promise.reject(new Error("no engine"));

  renew(): Promise<boolean> {
    this.renewedAtMs.push(Date.now());
    return this.renewal();
  }
  claim(): Promise<Ownership> {
    return this.claimed();
  }
  ownerOf(): Promise<undefined> {
    return Promise.resolve(undefined);
  }
  release(): Promise<void> {
    return Promise.resolve();
  }
  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }
}

function open() {
  const session = new Scripted();
  const lost: string[] = [];
  const live = new LiveSession(session, 1200, monotonicMs(), (error) => lost.push(`${Date.now()} ${error.message}`));
  return { session, live, lost };
}

Deno.test("LiveSession renews four times within the time of the session", async () => {
  using time = new FakeTime(0);
  const { session, live, lost } = open();
  for (let i = 0; i < 60; i++) await time.tickAsync(100);
  assertEquals([session.renewedAtMs.slice(0, 4), session.renewedAtMs.length], [[300, 600, 900, 1200], 20]);
  await live.close();
  for (let i = 0; i < 60; i++) await time.tickAsync(100);
  assertEquals([session.renewedAtMs.length, lost, live.isReliable, session.isClosed], [20, [], false, true]);
});

Deno.test("LiveSession is lost two thirds of its time after the last renewal was sent", async () => {
  using time = new FakeTime(0);
  const { session, live, lost } = open();
  await time.tickAsync(250);
  session.renewal = () => Promise.reject(new Error("no engine"));
  for (let i = 0; i < 20; i++) await time.tickAsync(50);
  assertEquals(lost, ["800 it was not renewed within 800 ms"]);
  assertEquals(session.renewedAtMs, [300, 400, 500, 600, 700]); // tried again, more often
  assertEquals([live.isReliable, session.isClosed], [false, true]);
});

Deno.test("LiveSession counts its time from when a renewal was sent, not from its answer", async () => {
  using time = new FakeTime(0);
  const { session, lost } = open();
  session.renewal = () => new Promise((resolve) => setTimeout(() => resolve(true), 400));
  for (let i = 0; i < 8; i++) await time.tickAsync(50);
  session.renewal = () => new Promise(() => {});
  for (let i = 0; i < 30; i++) await time.tickAsync(50);
  assertEquals(session.renewedAtMs.slice(0, 1), [300]);
  assertEquals(lost, ["1100 it was not renewed within 800 ms"]);
});

Deno.test("LiveSession is lost at once when the engine does not have it any more", async () => {
  using time = new FakeTime(0);
  const { session, live, lost } = open();
  session.renewal = () => Promise.resolve(false);
  await time.tickAsync(100);
  await assertRejects(() => live.claim("k"), Error, "no engine"); // asks soon, not only after 300 ms
  for (let i = 0; i < 5; i++) await time.tickAsync(10);
  assertEquals(lost.map((line) => line.replace(/^\d+ /, "")), ["the engine does not have it any more"]);
  assertEquals([session.renewedAtMs.length, session.isClosed], [1, true]);
});

Deno.test("LiveSession notices by the clock that its time is over, before its timer does", async () => {
  using time = new FakeTime(0);
  const { live, lost } = open();
  const now = Date.now;
  Date.now = () => 801;
  assertEquals(live.isReliable, false);
  Date.now = now;
  assertEquals(lost, ["801 it was not renewed within 800 ms"]);
  for (let i = 0; i < 10; i++) await time.tickAsync(100);
  assertEquals(lost.length, 1);
});

Deno.test("LiveSession is renewed while many keys are claimed of an engine that handles one after the other", async () => {
  using time = new FakeTime(0);
  const { session, live, lost } = open();
  let last: Promise<unknown> = Promise.resolve();
  const handled = <T>(result: T): Promise<T> => {
    const done = last.then(() => new Promise<T>((resolve) => setTimeout(() => resolve(result), 5)));
    last = done;
    return done;
  };
  session.renewal = () => handled(true);
  session.claimed = () => handled({ node: "a", token: 1n, isOwn: true });
  let claimed = 0;
  for (let i = 0; i < 200; i++) live.claim(`${i}`).then(() => claimed++, () => {});
  for (let i = 0; i < 240; i++) await time.tickAsync(5);
  assertEquals([claimed, lost], [200, []]);
  await live.close();
  await assertRejects(() => live.claim("late"), BusDownError, "own keys");
});

Deno.test("LiveSession is not lost when the reply to one renewal is, nor with an engine that is slow", async () => {
  for (const lateMs of [[Infinity, 10, 10], [400, 400, 400], [10, Infinity, 400]]) {
    using time = new FakeTime(0);
    const { session, live, lost } = open();
    session.renewal = () => {
      const ms = lateMs[session.renewedAtMs.length % 3]!;
      return new Promise((resolve) => ms < Infinity ? setTimeout(() => resolve(true), ms) : undefined);
    };
    for (let i = 0; i < 120; i++) await time.tickAsync(40);
    assertEquals(lost, [], `${lateMs}`);
    await live.close();
  }
});

Deno.test("LiveSession renews at most twelve times within its time, however many operations fail", async () => {
  using time = new FakeTime(0);
  const { session, live, lost } = open();
  session.renewal = () => new Promise((resolve) => setTimeout(() => resolve(true), 500));
  for (let i = 0; i < 60; i++) {
    await time.tickAsync(20);
    await assertRejects(() => live.claim(`${i}`), Error, "no engine");
  }
  assertEquals([session.renewedAtMs.length <= 12, lost], [true, []]);
  await live.close();
});

Deno.test("LiveSession does not renew without a pause while an operation fails after each renewal", async () => {
  using time = new FakeTime(0);
  const { session, live, lost } = open();
  live.onRenewed = () => void live.claim("refused").catch(() => {});
  live.onRenewed();
  for (let i = 0; i < 200; i++) await time.tickAsync(1);
  assertEquals([session.renewedAtMs.length <= 3, lost], [true, []]);
  await live.close();
});
