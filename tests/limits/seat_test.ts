import assert from "node:assert/strict";
import fc from "fast-check";
import { bothSeats, type Seat, SeatLimit, UNCOUNTED } from "../../lib/limits/seat.ts";

Deno.test("SeatLimit.take() gives each key no more seats than it may have, and forgets keys without any", () => {
  const steps = fc.array(fc.record({ key: fc.constantFrom("a", "b"), isTaken: fc.boolean(), again: fc.boolean() }));
  fc.assert(fc.property(steps, (steps) => {
    const limit = new SeatLimit("maxConnectionsPerId", 2);
    const seats: Record<string, Seat[]> = { a: [], b: [] };
    for (const { key, isTaken, again } of steps) {
      const held = seats[key]!;
      const seat = isTaken ? limit.take(key) : held.shift();
      if (!isTaken) {
        seat?.release();
        if (again) seat?.release(); // counts once
      } else {
        assert.equal(seat === undefined, held.length === 2);
        if (seat) held.push(seat);
      }
      assert.equal(limit.keyCount, Object.values(seats).filter(({ length }) => length > 0).length);
    }
  }));
});

Deno.test("SeatLimit counts nothing without a limit", () => {
  const limit = new SeatLimit("maxConnections", Infinity);
  assert.equal(limit.take("a"), UNCOUNTED);
  assert.equal(limit.keyCount, 0);
});

Deno.test.each([0, -1, NaN])("SeatLimit() refuses a limit of %f", (max) => {
  assert.throws(() => new SeatLimit("maxConnections", max), {
    name: "RangeError",
    message: `Cannot limit connections: "maxConnections" must be >= 1, received ${max}`,
  });
});

Deno.test("bothSeats() gives both back, and makes nothing of seats that nobody counts", () => {
  const released: string[] = [];
  const [a, b] = ["a", "b"].map((name): Seat => ({ release: () => void released.push(name) })) as [Seat, Seat];
  bothSeats(a, b).release();
  assert.deepEqual(released, ["a", "b"]);
  assert.equal(bothSeats(a, UNCOUNTED), a);
  assert.equal(bothSeats(UNCOUNTED, b), b);
});
