import assert from "node:assert/strict";
import fc from "fast-check";
import { RestartIntensity } from "../../lib/otp/restart_intensity.ts";

function admitted(times: readonly number[], limits: { maxRestarts?: number; maxSeconds?: number } = {}): boolean[] {
  const intensity = new RestartIntensity(limits);
  return times.map((time) => intensity.admit(time));
}

Deno.test("RestartIntensity.admit() refuses the fourth restart within 5 s by default", () => {
  assert.deepEqual(admitted([0, 1000, 2000, 5000]), [true, true, true, false]);
  assert.deepEqual(admitted([0, 1000, 2000, 5001]), [true, true, true, true]);
});

Deno.test("RestartIntensity.admit() refuses the first restart when maxRestarts is 0", () => {
  assert.deepEqual(admitted([0], { maxRestarts: 0 }), [false]);
});

Deno.test("RestartIntensity.admit() refuses nothing when maxRestarts is Infinity", () => {
  assert.ok(admitted(Array(10_000).fill(0), { maxRestarts: Infinity }).every(Boolean));
});

Deno.test("RestartIntensity.admit() takes a clock that was set back for one that stands still", () => {
  assert.deepEqual(admitted([10_000, 0, 1000, 5000], { maxRestarts: 2 }), [true, true, false, false]);
  assert.deepEqual(admitted([10_000, 0, 6000], { maxRestarts: 1 }), [true, false, true]);
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
    assert.deepEqual(admitted(times.slice(0, end), { maxRestarts, maxSeconds }), counted.slice(0, end));
  }));
});
