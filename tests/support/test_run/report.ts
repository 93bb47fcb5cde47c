/**
 * What `deno test` printed, read: counts, the files with a failure, the failures in full, and what was
 * skipped. Its JUnit file has no suite for a module that throws, so it is not used.
 *
 * @module
 */

/** What a run of `deno test` counted. */
export interface Summary {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

// deno-lint-ignore no-control-regex
const COLORS = /\x1b\[[\d;]*m/g;
const LAST_LINE =
  /^(?:ok|FAILED) \| (\d+) passed(?: \([^)]*\))? \| (\d+) failed(?: \([^)]*\))?(?: \| (\d+) ignored)?/gm;
const STARTED = /^running \d+ tests? from (\S+)$/;
const UNCAUGHT = /^Uncaught error from (\S+) FAILED$/;
const BROKEN = /\.\.\. (?:FAILED|cancelled)(?: \(|$)/;
const FAILURES = /^ (?:ERRORS|FAILURES) $/m;
const SKIPPED = /^.* are skipped: .*$/gm;

/**
 * Reads the numbers off what `deno test` printed.
 *
 * @param output What the run wrote to its standard output, with or without colors.
 * @returns The numbers of the last summary, or `undefined` if the run got to none.
 */
export function summaryOf(output: string): Summary | undefined {
  const found = [...plain(output).matchAll(LAST_LINE)].at(-1);
  return found && { passed: Number(found[1]), failed: Number(found[2]), skipped: Number(found[3] ?? 0) };
}

/**
 * Lists the files in which something failed: a test, a step, the module itself. A file that calls a helper
 * which calls `Deno.test` is the one that is listed, not the helper.
 *
 * @returns Paths as `deno test` prints them, such as `./tests/otp/links_test.ts`, each once.
 */
export function failedFilesOf(output: string): string[] {
  const failed = new Set<string>();
  let current: string | undefined;
  for (const line of plain(output).split("\n")) {
    current = STARTED.exec(line)?.[1] ?? current;
    const broken = UNCAUGHT.exec(line)?.[1] ?? (BROKEN.test(line) ? current : undefined);
    if (broken !== undefined) failed.add(broken);
  }
  return [...failed];
}

/** Lists the files that `deno test` has begun, in order: the last one of a run that broke off broke it. */
export function startedFilesOf(output: string): string[] {
  return plain(output).split("\n").flatMap((line) => STARTED.exec(line)?.[1] ?? []);
}

/** The part of the output that describes failures in full, `""` if there is none. */
export function failuresOf(output: string): string {
  const text = plain(output);
  const start = text.search(FAILURES);
  return start < 0 ? "" : text.slice(start).trim();
}

/** The lines that say which tests were skipped and why, each once. */
export function skippedOf(output: string): string[] {
  return [...new Set(plain(output).match(SKIPPED))];
}

function plain(output: string): string {
  return output.replace(COLORS, "");
}
