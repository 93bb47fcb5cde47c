import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { stub } from "@std/testing/mock";
import { DynamicSupervisor, type Pid, spawn, Supervisor, TaskSupervisor } from "@urvogel/realtime";
import { processOf } from "../../../lib/otp/process/process.ts";
import { RestartIntensity } from "../../../lib/otp/supervisor/restart_intensity.ts";
import { SupervisorEvents } from "../../support/children.ts";
import { Crashes } from "../../support/crashes.ts";

function admitted(times: readonly number[], limits: { maxRestarts?: number; maxSeconds?: number } = {}): boolean[] {
  const intensity = new RestartIntensity(limits);
  return times.map((time) => intensity.admit(time));
}

Deno.test("RestartIntensity.admit() refuses the fourth restart within 5 s by default", () => {
  assertEquals(admitted([0, 1000, 2000, 5000]), [true, true, true, false]);
  assertEquals(admitted([0, 1000, 2000, 5001]), [true, true, true, true]);
});

Deno.test("RestartIntensity.admit() refuses the first restart when maxRestarts is 0", () => {
  assertEquals(admitted([0], { maxRestarts: 0 }), [false]);
});

Deno.test("RestartIntensity.admit() refuses nothing when maxRestarts is Infinity", () => {
  assert(admitted(Array(10_000).fill(0), { maxRestarts: Infinity }).every(Boolean));
});

Deno.test("RestartIntensity.admit() answers as counting all restarts of the last seconds does", () => {
  const limits = { maxRestarts: fc.nat({ max: 5 }), maxSeconds: fc.integer({ min: 1, max: 10 }) };
  fc.assert(fc.property(fc.record(limits), fc.array(fc.nat({ max: 4000 })), ({ maxRestarts, maxSeconds }, gaps) => {
    let now = 0;
    const times = gaps.map((gap) => now += gap);
    const counted = times.map((time, i) =>
      times.slice(0, i + 1).filter((then) => then >= time - maxSeconds * 1000).length <= maxRestarts
    );
    const end = counted.indexOf(false) + 1 || times.length; // nobody asks again after a refusal
    assertEquals(admitted(times.slice(0, end), { maxRestarts, maxSeconds }), counted.slice(0, end));
  }));
});

/** Supervisors, each with a child that fails as often as it is told to. */
const supervisors: Record<string, (fail: () => Promise<void>) => Promise<Pid<never>>> = {
  Supervisor: (fail) => Supervisor.start([{ id: "child", start: (link) => spawn(fail, { link }) }]),
  async DynamicSupervisor(fail) {
    const supervisor = await DynamicSupervisor.start();
    await supervisor.startChild({ start: (link) => spawn(fail, { link }) });
    return supervisor;
  },
  async TaskSupervisor(fail) {
    const supervisor = await TaskSupervisor.start();
    supervisor.startChild(fail, { restart: "permanent" });
    return supervisor;
  },
};

for (const [kind, start] of Object.entries(supervisors)) {
  Deno.test(`${kind} counts restarts by a clock that a new date does not move`, async () => {
    using _crashes = new Crashes();
    using _events = new SupervisorEvents();
    let date = 0;
    using _date = stub(Date, "now", () => date += 60_000); // more than `maxSeconds` from one restart to the next
    let starts = 0;
    const supervisor = await start(() => {
      if (++starts > 10) return new Promise(() => {});
      return Promise.reject(new Error("oops"));
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    processOf(supervisor).onExit(() => resolve());
    await promise;
    assertEquals(starts, 4);
  });
}
