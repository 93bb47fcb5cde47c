import assert from "node:assert/strict";
import { FakeTime } from "@std/testing/time";
import { Supervisor } from "@urvogel/realtime";
import { Children, exitOf, SupervisorEvents } from "../../support/children.ts";

const BOOM = new Error("boom");

async function consoleOf(action: () => Promise<void>): Promise<string[]> {
  const { error, warn } = console;
  const lines: string[] = [];
  console.error = (line) => void lines.push(line.replace(/^\S+ /, "").replaceAll(/\d+/g, "N"));
  console.warn = console.error;
  try {
    await action();
  } finally {
    Object.assign(console, { error, warn });
  }
  return lines;
}

Deno.test("Supervisor reports starts, ends and giving up to those who listen", async () => {
  using log = new SupervisorEvents();
  const children = new Children();
  const supervisor = await Supervisor.start([children.idle("a"), children.idle("b")], { maxRestarts: 1 });
  const first = children.pids.a!;
  const ended = exitOf(supervisor);
  children.failures.a = 1;
  first.exit(BOOM);
  await ended;
  const pid = { supervisor, childId: "a", pid: first };
  const [startA, startB, endA, failed, gaveUp, endB] = log.events;
  assert.deepEqual(startA, pid);
  assert.deepEqual(startB, { ...pid, childId: "b", pid: children.pids.b });
  assert.deepEqual(endA, { ...pid, reason: BOOM, asked: false });
  assert.deepEqual(failed, { supervisor, childId: "a", reason: new Error("a fails"), restart: true });
  assert.deepEqual(gaveUp, { supervisor, childId: "a", reason: new Error("a fails") });
  assert.deepEqual(endB, { ...pid, childId: "b", pid: children.pids.b, reason: "shutdown", asked: true });
  assert.equal(log.events.length, 6);
});

Deno.test("Supervisor tells the console only of failed restarts, kills and giving up", async () => {
  using time = new FakeTime();
  const children = new Children();
  const lines = await consoleOf(async () => {
    const specs = [children.idle("a"), children.idle("b", { stubborn: true, shutdown: 10 })];
    const supervisor = await Supervisor.start(specs, { label: "app", maxRestarts: 2 });
    const ended = exitOf(supervisor);
    children.pids.a!.exit(BOOM);
    await supervisor.whichChildren();
    children.failures.a = 1;
    children.pids.a!.exit(BOOM);
    await supervisor.whichChildren().catch(() => {});
    await time.tickAsync(10);
    await ended;
  });
  assert.deepEqual(lines, [
    `error [urvogel] supervisor N (app) could not restart child "a": Error: a fails`,
    `error [urvogel] supervisor N (app) gave up after more than N restarts within N s, the last one of child "a": Error: a fails`,
    `warn [urvogel] supervisor N (app) killed child "b": it did not end within N ms`,
  ]);
});
