import { assert, assertEquals, assertMatch, assertThrows, unreachable } from "@std/assert";
import { stub } from "@std/testing/mock";
import { FakeTime } from "@std/testing/time";
import { Log, type LogOptions, type LogSetting, type Report } from "../../lib/base/log.ts";
import type { LogFields, Logger, LogLevel, LogRecord } from "../../lib/base/log_record.ts";
import { HOSTILE } from "../support/hostile_values.ts";

const LEVELS = ["debug", "info", "warn", "error"] as const;
const NOON = new Date("2026-11-24T12:00:00.000Z");

const HAPPENED: Report<unknown> = { kind: "happened", describe: (event) => ({ message: `happened ${event}` }) };

/** A log, and the records that its logger has received. */
function recorded(options: LogOptions = {}): { log: Log; records: LogRecord[]; messages: () => string[] } {
  const records: LogRecord[] = [];
  const log = new Log({ ...options, logger: (record) => void records.push(record) });
  return { log, records, messages: () => records.map(({ level, message }) => `${level} ${message}`) };
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
  const { log, messages } = recorded({ logLevel });
  for (const level of LEVELS) log.write(level, "x", HAPPENED);
  log.write(false, "x", { kind: "x", describe: () => unreachable("is not described") });
  assertEquals(messages(), written.map((level) => `${level} happened x`));
  assertEquals(LEVELS.filter((level) => log.wants(level)), written);
  assertEquals(log.wants(false), false);
});

Deno.test("Log hands its logger a record with time, level, message and fields", () => {
  using _time = new FakeTime(NOON);
  const { log, records } = recorded();
  const fields: LogFields = { socketId: "user:7", topic: "room:a\n" };
  log.write("warn", "x", { kind: "x", describe: (event) => ({ message: `${event}\n`, fields }) });
  assertEquals(records, [{ time: NOON, level: "warn", message: "x\\u000a", fields }]);
});

Deno.test("Log lets a function decide about each event", () => {
  const { log, messages } = recorded({ logLevel: "info" });
  const setting: LogSetting<number> = (event) => event < 0 ? "error" : event === 0 ? false : "debug";
  assertEquals(log.wants(setting), true);
  assertEquals(new Log({ logLevel: false }).wants(setting), false);
  for (const event of [-1, 0, 1]) log.write(setting, event, HAPPENED);
  log.write(() => "loud" as LogLevel, 2, HAPPENED);
  assertEquals(messages(), ["error happened -1"]);
});

Deno.test("Log prints one line by default, with time, level, message and fields", () => {
  using _time = new FakeTime(NOON);
  using warn = stub(console, "warn");
  const fields: LogFields = { socketId: "user:7", topic: "room:a\n[urvogel]", params: { n: 1 }, durationMs: 1.5 };
  new Log().write("warn", "x", { kind: "x", describe: () => ({ message: "x happened", fields }) });
  assertEquals(warn.calls[0]?.args, [
    "2026-11-24T12:00:00.000Z warn [urvogel] x happened " +
    'socketId="user:7" topic="room:a\\n[urvogel]" params={"n":1} durationMs=1.5',
  ]);
});

Deno.test("Log prints the stack of an error after its line, indented", () => {
  using error = stub(console, "error");
  const fields: LogFields = { topic: "room:a", error: new Error("boom") };
  new Log().write("error", "x", { kind: "x", describe: () => ({ message: "x failed", fields }) });
  const [first, second] = error.calls[0]?.args[0].split("\n") ?? [];
  assertMatch(first ?? "", / error \[urvogel\] x failed topic="room:a": Error: boom$/);
  assertMatch(second ?? "", /^ {8}at /);
});

for (const [what, make] of Object.entries(HOSTILE)) {
  Deno.test(`Log prints ${what} in every field, in bounds`, () => {
    using error = stub(console, "error");
    const fields = { topic: make() as string, params: make(), error: make() };
    new Log().write("error", "x", { kind: "x", describe: () => ({ message: "x failed", fields }) });
    assertEquals(error.calls.length, 1);
    assertMatch(error.calls[0]?.args[0], / error \[urvogel\] x failed/);
    assert(error.calls[0]?.args[0].length < 80_000);
  });
}

const fail = (): never => {
  throw new Error("boom");
};
const failures: [
  what: string,
  options: LogOptions,
  setting: LogSetting<string>,
  describe: Report<string>["describe"],
][] = [
  ["its setting throws", {}, fail, () => ({ message: "x" })],
  ["its event cannot be described", {}, "error", fail],
  ["its logger throws", { logger: fail }, "error", () => ({ message: "x" })],
  ["its logger rejects", { logger: () => Promise.reject(new Error("boom")) }, "error", () => ({ message: "x" })],
  [
    "its logger throws a revoked proxy",
    {
      logger: () => {
        throw HOSTILE["a revoked proxy"]!();
      },
    },
    "error",
    () => ({ message: "x" }),
  ],
];
for (const [what, options, setting, describe] of failures) {
  Deno.test(`Log never throws, also when ${what}`, async () => {
    using error = stub(console, "error");
    new Log(options).write(setting, "x", { kind: "x", describe });
    await Promise.resolve();
    await Promise.resolve();
    assertEquals(error.calls.length, 1);
    assertEquals(error.calls[0]?.args[0], "[urvogel] logging failed:");
  });
}

Deno.test("Log leaves out what is too much of one kind in a minute, and says how many", () => {
  using time = new FakeTime(NOON);
  const { log, records, messages } = recorded({ maxReportsPerMinute: 2 });
  const rare: Report<unknown> = { ...HAPPENED, kind: "rare" };
  for (let n = 1; n <= 5; n++) log.write("error", n, HAPPENED);
  time.tick(59_999);
  log.write("error", 6, HAPPENED);
  log.write("warn", "rarely", rare);
  assertEquals(messages(), [
    "error happened 1",
    "error happened 2",
    "error too many reports of one kind, more are left out: happened",
    "warn happened rarely",
  ]);
  records.length = 0;
  time.tick(1);
  log.write("warn", "again", rare);
  log.write("error", 7, HAPPENED);
  assertEquals(messages(), [
    "warn reports of one kind were left out: happened",
    "warn happened again",
    "error happened 7",
  ]);
  assertEquals(records[0]?.fields, { leftOut: 4 });
});

Deno.test("Log counts what is left out in each minute apart, for each kind apart", () => {
  using time = new FakeTime(NOON);
  const { log, records } = recorded({ maxReportsPerMinute: 1, logLevel: "info" });
  const kinds = ["a", "b"].map((kind) => ({ ...HAPPENED, kind }));
  for (let minute = 1; minute <= 3; minute++) {
    for (const kind of kinds) for (let n = 0; n <= minute; n++) log.write("warn", n, kind);
    time.tick(60_000);
  }
  log.write("info", "anything", HAPPENED);
  assertEquals(records.flatMap(({ fields: { leftOut = [] } }) => leftOut), [1, 1, 2, 2, 3, 3]);
});

Deno.test("Log begins a new minute with the first report after it", () => {
  using time = new FakeTime(NOON);
  const { log, records } = recorded({ maxReportsPerMinute: 2 });
  for (let minute = 0; minute < 5; minute++) {
    for (let n = 0; n < 2; n++) log.write("error", n, HAPPENED);
    time.tick(60_000);
  }
  assertEquals(records.length, 10);
});

Deno.test("Log says what was left out when the clock is set back by a day", () => {
  using time = new FakeTime(NOON);
  const { log, records } = recorded({ maxReportsPerMinute: 1 });
  for (let n = 1; n <= 5; n++) log.write("error", n, HAPPENED);
  using _ = stub(Date, "now", () => time.now - 86_400_000);
  log.write("error", 6, HAPPENED);
  time.tick(60_000);
  log.write("error", 7, HAPPENED);
  assertEquals(records.flatMap(({ fields: { leftOut = [] } }) => leftOut), [5]);
});

Deno.test("Log says what was left out in a level that is logged", () => {
  using time = new FakeTime(NOON);
  const { log, messages } = recorded({ maxReportsPerMinute: 1, logLevel: "error" });
  for (let n = 1; n <= 2; n++) log.write("error", n, HAPPENED);
  time.tick(60_000);
  log.write("error", 3, HAPPENED);
  assertEquals(messages()[2], "error reports of one kind were left out: happened");
});

Deno.test("Log leaves out nothing of lower levels: those are logged by request", () => {
  const { log, records } = recorded({ maxReportsPerMinute: 1, logLevel: "debug" });
  for (let n = 0; n < 5; n++) for (const level of ["debug", "info"] as const) log.write(level, n, HAPPENED);
  assertEquals(records.length, 10);
});

Deno.test("Log writes 100 reports of a kind in a minute by default, and all of them if it is told to", () => {
  using _time = new FakeTime(NOON);
  const some = recorded();
  const all = recorded({ maxReportsPerMinute: Infinity });
  for (let n = 0; n < 1_000; n++) for (const { log } of [some, all]) log.write("warn", n, HAPPENED);
  assertEquals([some.records.length, all.records.length], [101, 1_000]); // one says that more are left out
});

Deno.test("Log() refuses a level, a logger and a rate that are none", () => {
  const logLevel = "loud" as LogLevel;
  assertThrows(
    () => new Log({ logLevel }),
    TypeError,
    'Cannot log: "logLevel" must be "debug", "info", "warn", "error" or false, received "loud"',
  );
  assertThrows(
    () => new Log({ logger: console as unknown as Logger }),
    TypeError,
    'Cannot log: "logger" must be a function that takes records, "text" or "json", received object',
  );
  for (const maxReportsPerMinute of [0, -1, NaN]) {
    assertThrows(
      () => new Log({ maxReportsPerMinute }),
      RangeError,
      `Cannot log: "maxReportsPerMinute" must be >= 1, received ${maxReportsPerMinute}`,
    );
  }
});

Deno.test("Log adds the common fields to each record, and a record's own win", () => {
  const records: LogRecord[] = [];
  const log = new Log({ logger: (record) => void records.push(record) }, () => ({ node: "a", topic: "none" }));
  log.write("warn", "x", { kind: "x", describe: () => ({ message: "x", fields: { topic: "room:1" } }) });
  assertEquals(records[0]?.fields, { node: "a", topic: "room:1" });
});

/** What `logger: "json"` prints for one record. */
function printedAsJson(fields: LogFields): string {
  using warn = stub(console, "warn");
  new Log({ logger: "json" }).write("warn", "x", { kind: "x", describe: () => ({ message: "x happened", fields }) });
  const [line, ...more] = warn.calls[0]?.args ?? unreachable("nothing was printed");
  assertEquals([more, warn.calls.length], [[], 1]);
  return line;
}

Deno.test('Log prints one line of JSON with logger: "json"', () => {
  using _time = new FakeTime(NOON);
  const error = new RangeError("broken\nhere");
  const line = printedAsJson({ topic: "room:a\n", params: { n: [1] }, error });
  assertEquals(line.split("\n").length, 1);
  const { error: { stack, ...shown }, ...record } = JSON.parse(line);
  assertEquals(record, {
    time: NOON.toISOString(),
    level: "warn",
    message: "x happened",
    topic: "room:a\n",
    params: { n: [1] },
  });
  assertEquals(shown, { name: "RangeError", message: "broken\nhere" });
  assertMatch(stack, /log_test\.ts/);
});

Deno.test('Log with logger: "json" shows as text what JSON cannot carry', () => {
  const line = printedAsJson({
    params: new Uint8Array(3),
    received: { seen: new Set([1]), by: new Map([["ann", 1]]) },
    reason: [new Error("broken")],
  });
  const { params, received, reason } = JSON.parse(line);
  assertEquals(params, "<3 bytes>");
  assertEquals(received, { seen: "Set [1]", by: 'Map [["ann",1]]' });
  assertEquals(reason, ["<Error: broken>"]);
});

Deno.test('Log with logger: "json" shows the causes and the fields of an error in its stack, as the text does', () => {
  const cause = Object.assign(new Error("no route"), { code: "EHOSTUNREACH" });
  const { message, stack } = JSON.parse(printedAsJson({ error: new Error("cannot save", { cause }) })).error;
  assertEquals(message, "cannot save");
  assertMatch(stack, /^Error: cannot save\n.*log_test\.ts.*\n.*\[cause\]: Error: no route\n.*"code":"EHOSTUNREACH"/s);
});

Deno.test('Log with logger: "json" escapes what a terminal would obey', () => {
  const line = printedAsJson({ topic: "a\u009b31m\u202eb\u2028" });
  assertMatch(line, /"a\\u009b31m\\u202eb\\u2028"/);
  assertEquals(JSON.parse(line).topic, "a\u009b31m\u202eb\u2028");
});

for (
  const [what, value] of Object.entries<() => unknown>({
    ...HOSTILE,
    "a BigInt": () => 1n,
    "a long text": () => "x".repeat(1_000_000),
    "a circle": () => {
      const circle: { self?: object } = {};
      return circle.self = circle;
    },
  })
) {
  Deno.test(`Log prints a line of JSON for ${what}`, () => {
    const line = printedAsJson({ params: value(), error: value() });
    JSON.parse(line);
    assert(line.length < 50_000, `${line.length}`);
  });
}
