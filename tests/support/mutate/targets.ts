/**
 * What is mutated, and which tests should notice: by glob, since files move.
 *
 * @module
 */

import { globSync } from "node:fs";
import { basename } from "node:path";

/** Files, and the tests that are to notice each fault in them. */
export interface Target {
  readonly files: string;
  readonly tests: string;
}

/** The kernel of processes, and all that channels are made of. */
export const TARGETS: readonly Target[] = [
  {
    files: "lib/otp/**/{process,process_group,mailbox,mailbox_iterator,spawn,names,alias,send_after,exit_reason}.ts",
    tests: "tests/{otp,testing,endpoint}/**/*_test.ts",
  },
  { files: "lib/channel/**/*.ts", tests: "tests/{channel,endpoint,testing,e2e/bad_input}/**/*_test.ts" },
];

/** A file to mutate. */
export interface Subject {
  readonly file: string;
  /** The tests of this file, by its name: run first, since they find most faults, and soon. */
  readonly ownTests: readonly string[];
  /** The tests of all files of its target. */
  readonly allTests: readonly string[];
}

/**
 * Finds the files of all targets.
 *
 * @param root The folder of the project.
 * @param only A glob that they must match as well.
 */
export function subjectsOf(targets: readonly Target[], root: string, only: string = "**"): Subject[] {
  const find = (glob: string) => globSync(glob, { cwd: root }).sort();
  const wanted = new Set(find(only));
  return targets.flatMap(({ files, tests }) => {
    const allTests = find(tests);
    return find(files).filter((file) => wanted.has(file)).map((file) => {
      const name = basename(file, ".ts");
      const isOwn = (test: string) => basename(test, "_test.ts") === name || basename(test).startsWith(`${name}_`);
      return { file, ownTests: allTests.filter(isOwn), allTests };
    });
  });
}
