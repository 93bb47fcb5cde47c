import { assertEquals } from "@std/assert";
import { LIMITS } from "@urvogel/realtime";
import { longPollLimits } from "../../../lib/transport/long_poll/options.ts";

Deno.test("longPollLimits() has the defaults that the options say", () => {
  assertEquals(longPollLimits({}), {
    windowMs: 10_000,
    resumeTimeoutMs: 2_000,
    tokenMaxAgeMs: 1_209_600_000,
    maxFrameBytes: 1_048_576,
    maxPostBytes: 16_000_000,
    bodyTimeoutMs: 30_000,
    maxRequests: 16,
    maxPollBytes: 1_048_576,
    maxBufferedBytes: 16_000_000,
    slowReaderTimeoutMs: 60_000,
    connectTimeoutMs: 10_000,
  });
});

Deno.test("longPollLimits() lets a session post a message of any size that is allowed", () => {
  assertEquals(longPollLimits({ maxFrameBytes: 20_000_000 }).maxPostBytes, 40_000_000);
  assertEquals(longPollLimits({ maxFrameBytes: 20_000_000, maxPostBytes: 1000 }).maxPostBytes, 1000);
});

Deno.test("longPollLimits() has less of it in the strict preset", () => {
  const { maxPostBytes, maxBufferedBytes, maxFrameBytes } = longPollLimits({}, LIMITS.strict.mount);
  assertEquals({ maxPostBytes, maxBufferedBytes, maxFrameBytes }, {
    maxPostBytes: 1_048_576,
    maxBufferedBytes: 1_048_576,
    maxFrameBytes: 65_536,
  });
});
