import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
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
        assertEquals(seat === undefined, held.length === 2);
        if (seat) held.push(seat);
      }
      assertEquals(limit.keyCount, Object.values(seats).filter(({ length }) => length > 0).length);
    }
  }));
});

Deno.test("SeatLimit counts nothing without a limit", () => {
  const limit = new SeatLimit("maxConnections", Infinity);
  assertStrictEquals(limit.take("a"), UNCOUNTED);
  assertEquals(limit.keyCount, 0);
});

Deno.test.each([0, -1, NaN])("SeatLimit() refuses a limit of %f", (max) => {
  assertThrows(
    () => new SeatLimit("maxConnections", max),
    RangeError,
    `Cannot limit connections: "maxConnections" must be >= 1, received ${max}`,
  );
});

Deno.test("bothSeats() gives both back, and makes nothing of seats that nobody counts", () => {
  const released: string[] = [];
  const [a, b] = ["a", "b"].map((name): Seat => ({ release: () => void released.push(name) })) as [Seat, Seat];
  bothSeats(a, b).release();
  assertEquals(released, ["a", "b"]);
  assertStrictEquals(bothSeats(a, UNCOUNTED), a);
  assertStrictEquals(bothSeats(UNCOUNTED, b), b);
});
