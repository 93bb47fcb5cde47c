/**
 * Which test files run in one `deno test`. Most of the time of the slow ones is waiting: for engines,
 * browsers and clocks, so two groups run at the same time, and each group is one after the other.
 *
 * @module
 */

/** A group of test files that are not run at the same time as one another. */
export interface Group {
  readonly name: string;
  readonly files: readonly string[];
}

/**
 * The folders of each group, the longest group first: it has to start first for all to end soon.
 * Tests with a browser share one group, as two browsers at once are too much for a small machine.
 */
const FOLDERS: readonly (readonly [name: string, folders: readonly string[]])[] = [
  ["real clients", ["tests/e2e/clients/"]],
  ["browser and examples", ["tests/browser/", "tests/examples/"]],
  ["PostgreSQL", ["tests/adapters/postgres/"]],
  ["clusters", ["tests/e2e/cluster/", "tests/e2e/owners/"]],
  ["Redis", ["tests/adapters/redis/"]],
  ["NATS and threads", ["tests/adapters/"]],
  ["end to end", ["tests/e2e/"]],
];

/** The group of files that are in none of the folders. */
const REST = "units";

/**
 * Groups test files.
 *
 * @param files Paths from the root of the project.
 * @returns The groups that have files, in the order in which they are to start.
 */
export function groupsOf(files: readonly string[]): Group[] {
  const found = new Map<string, string[]>([...FOLDERS.map(([name]) => name), REST].map((name) => [name, []]));
  for (const file of files) found.get(nameOf(file))?.push(file);
  return [...found].map(([name, files]) => ({ name, files })).filter(({ files }) => files.length > 0);
}

function nameOf(file: string): string {
  return FOLDERS.find(([, folders]) => folders.some((folder) => file.startsWith(folder)))?.[0] ?? REST;
}
