import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { Supervisor } from "@urvogel/realtime";
import { Children, exitOf, SupervisorEvents } from "../../support/children.ts";
import { errorText } from "../../support/error_text.ts";

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
  assertEquals(startA, pid);
  assertEquals(startB, { ...pid, childId: "b", pid: children.pids.b });
  assertEquals(endA, { ...pid, reason: BOOM, asked: false });
  const { reason } = failed as { readonly reason: unknown };
  assertEquals(errorText(reason), "Error: a fails");
  assertEquals(failed, { supervisor, childId: "a", reason, restart: true });
  assertEquals(gaveUp, { supervisor, childId: "a", reason });
  assertEquals(endB, { ...pid, childId: "b", pid: children.pids.b, reason: "shutdown", asked: true });
  assertEquals(log.events.length, 6);
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
  assertEquals(lines, [
    `error [urvogel] supervisor N (app) could not restart child "a": Error: a fails`,
    `error [urvogel] supervisor N (app) gave up after more than N restarts within N s, the last one of child "a": Error: a fails`,
    `warn [urvogel] supervisor N (app) killed child "b": it did not end within N ms`,
  ]);
});
