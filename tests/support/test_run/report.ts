/**
 * What `deno test` printed, read: counts, the files with a failure, the failures in full, what was
 * skipped, and what to run again. Its JUnit file has no suite for a module that throws, so it is not used.
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

/** A run of `deno test` that has ended. */
export interface Run {
  /** The files that were to be run. */
  readonly files: readonly string[];
  readonly stdout: string;
  readonly stderr: string;
  /** Whether its exit code was 0. */
  readonly success: boolean;
}

/** What is known of a run. */
export interface Outcome extends Summary {
  /** Files that have to be run again: a test of theirs failed, or the run broke off in or before them. */
  readonly again: readonly string[];
  /** What it printed, as far as it matters. */
  readonly output: string;
}

/** Sums up a run. One that failed has files to run again: all of them if it names none. */
export function outcomeOf({ files, stdout, stderr, success }: Run): Outcome {
  const summary = summaryOf(stdout);
  const named = failedFilesOf(stdout);
  if (summary !== undefined && success) return { ...summary, failed: 0, again: named, output: `${stdout}\n` };
  if (summary !== undefined) {
    const again = named.length > 0 ? named : files;
    return { ...summary, failed: Math.max(summary.failed, 1), again, output: `${stdout}\n${stderr}` };
  }
  const done = new Set(startedFilesOf(stdout).slice(0, -1).map((file) => file.replace("./", "")));
  const again = [...new Set([...named, ...files.filter((file) => !done.has(file))])];
  const end = [stdout, stderr].map((text) => text.slice(-4000)).join("\n");
  const output = ` ERRORS \nThe run broke off, or a test did not end:\n${end}`;
  return { passed: 0, failed: 1, skipped: 0, again, output };
}

function plain(output: string): string {
  return output.replace(COLORS, "");
}
