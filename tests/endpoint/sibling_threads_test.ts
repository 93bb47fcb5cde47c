import { assertEquals } from "@std/assert";
import { programLocks } from "../../lib/base/locks.ts";
import { SiblingThreads } from "../../lib/endpoint/_sibling_threads.ts";

/** Notes when a promise has resolved. */
function watch(promise: Promise<void>): { isDone: boolean } {
  const state = { isDone: false };
  void promise.then(() => state.isDone = true);
  return state;
}

/** Waits until so many locks are waited for. */
async function waiting(count: number): Promise<void> {
  const ofShutdown = ({ name }: { readonly name: string }) => name === "urvogel:shutdown";
  while ((await programLocks()!.query()).pending.filter(ofShutdown).length < count) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

Deno.test("SiblingThreads.done() resolves when there are no others", async () => {
  await new SiblingThreads().done();
});

Deno.test("SiblingThreads.done() waits until all are done", async () => {
  const [quick, slow] = [new SiblingThreads(), new SiblingThreads()];
  const first = quick.done();
  const state = watch(first);
  await waiting(1);
  assertEquals(state.isDone, false);
  await Promise.all([first, slow.done()]);
});

Deno.test("SiblingThreads.done() waits for a thread that took notice late", async () => {
  const [quick, slow] = [new SiblingThreads(), new SiblingThreads()];
  const first = quick.done();
  const state = watch(first);
  await waiting(1);
  const late = new SiblingThreads(); // behind the lock that `quick` waits for
  await waiting(2);
  const second = slow.done();
  await waiting(2);
  assertEquals(state.isDone, false);
  await Promise.all([first, second, late.done()]);
});
