import { assertEquals, assertMatch, assertStrictEquals } from "@std/assert";
import { Program } from "../../support/program.ts";

const cases: readonly [end: string, code: number, line: RegExp][] = [
  [
    "gaveUp",
    1,
    /^\[urvogel\] the program exits with code 1: process \d+ \(app\) gave up .*"worker": Error: the database is gone$/m,
  ],
  [
    "dynamicGaveUp",
    1,
    /^\[urvogel\] the program exits with code 1: process \d+ \(app\) gave up .*: Error: the database is gone$/m,
  ],
  [
    "failed",
    1,
    /^\[urvogel\] the program exits with code 1: process \d+ \(main loop\) ended with Error: boom\\u000a\[urvogel\] all is well$/m,
  ],
  ["killed", 1, /^\[urvogel\] the program exits with code 1: process \d+ \(app\) ended with killed$/m],
  ["earlier", 1, /^\[urvogel\] the program exits with code 1: process \d+ \(app\) ended with killed$/m],
  ["finished", 0, /^\[urvogel\] the program exits with code 0: process \d+ \(app\) has nothing left to supervise$/m],
  ["stopped", 0, /^goes on$/m],
  ["shutDown", 0, /^goes on$/m],
  ["takenBack", 0, /^goes on$/m],
];
Deno.test.each(cases)(
  "exitWhenEnded() of a process that has %s ends the program with %d, or lets it go on",
  async (END, code, line) => {
    await using program = new Program("deno run --allow-env=END tests/fixtures/exit_when_ended_app.ts", { END });
    const status = await program.ended;
    const { stdout, stderr } = await program.output();
    assertMatch(stdout + stderr, line);
    assertStrictEquals(status.code, code);
    assertEquals(/goes on/.test(stdout), line.source === "^goes on$");
  },
);
