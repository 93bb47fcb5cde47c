import assert from "node:assert/strict";
import { stub } from "@std/testing/mock";
import { formatDuration, Log, type LogLevel, type LogSetting } from "../../lib/base/log.ts";

const LEVELS = ["debug", "info", "warn", "error"] as const;

/** A logger that remembers. */
function memory(): { lines: string[]; logger: Record<LogLevel, (line: string) => void> } {
  const lines: string[] = [];
  const at = (level: string) => (line: string) => void lines.push(`${level} ${line}`);
  return { lines, logger: { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") } };
}

const cases: [lowest: LogLevel | false | undefined, written: readonly LogLevel[]][] = [
  ["debug", LEVELS],
  ["info", ["info", "warn", "error"]],
  ["warn", ["warn", "error"]],
  [undefined, ["warn", "error"]],
  ["error", ["error"]],
  [false, []],
];
Deno.test.each(cases)("Log with the level %s writes %j", (logLevel, written) => {
  const { lines, logger } = memory();
  const log = new Log({ logger, logLevel });
  for (const level of LEVELS) log.write(level, "x", (event) => `happened ${event}`);
  log.write(false, "x", () => assert.fail("is not described"));
  assert.deepEqual(lines, written.map((level) => `${level} [urvogel] happened x`));
  assert.deepEqual(LEVELS.filter((level) => log.wants(level)), written);
  assert.equal(log.wants(false), false);
});

Deno.test("Log lets a function decide about each event", () => {
  const { lines, logger } = memory();
  const log = new Log({ logger, logLevel: "info" });
  const setting: LogSetting<number> = (event) => event < 0 ? "error" : event === 0 ? false : "debug";
  assert.equal(log.wants(setting), true);
  assert.equal(new Log({ logger, logLevel: false }).wants(setting), false);
  for (const event of [-1, 0, 1]) log.write(setting, event, String);
  assert.deepEqual(lines, ["error [urvogel] -1"]);
});

Deno.test("Log writes to the console by default", () => {
  using warn = stub(console, "warn");
  new Log().write("warn", "x", String);
  assert.deepEqual(warn.calls[0]?.args, ["[urvogel] x"]);
});

Deno.test("Log never throws", () => {
  using error = stub(console, "error");
  const log = new Log();
  log.write(
    () => {
      throw new Error("Cannot decide");
    },
    "x",
    String,
  );
  assert.equal(error.calls[0]?.args[0], "[urvogel] logging failed:");
});

Deno.test("Log() refuses a level that is none", () => {
  const logLevel = "loud" as LogLevel;
  assert.throws(() => new Log({ logLevel }), {
    name: "TypeError",
    message: 'Cannot log: "logLevel" must be "debug", "info", "warn", "error" or false, received "loud"',
  });
});

const durations: [ms: number, text: string][] = [[0.0124, "12 µs"], [1, "1 ms"], [12.34, "12.3 ms"], [5000, "5000 ms"]];
Deno.test.each(durations)("formatDuration() of %d ms is %s", (ms, text) => assert.equal(formatDuration(ms), text));
