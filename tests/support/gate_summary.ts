/** What a run of `deno test` counted. */
export interface Summary {
  readonly passed: number;
  readonly failed: number;
}

// deno-lint-ignore no-control-regex
const COLORS = /\x1b\[[\d;]*m/g;
const LAST_LINE = /^(?:ok|FAILED) \| (\d+) passed(?: \([^)]*\))? \| (\d+) failed/gm;

/**
 * Reads the numbers off what `deno test` printed.
 *
 * @param output What the run wrote to its standard output, with or without colors.
 * @returns The numbers of the last summary, or `undefined` if the run got to none.
 */
export function summaryOf(output: string): Summary | undefined {
  const found = [...output.replace(COLORS, "").matchAll(LAST_LINE)].at(-1);
  return found && { passed: Number(found[1]), failed: Number(found[2]) };
}
