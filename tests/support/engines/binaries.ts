/**
 * The engines that are installed on this machine, and tests that need them.
 *
 * @module
 */

/** The name of an engine. */
export type EngineName = "nats" | "redis" | "postgres";

const PROGRAMS: Record<EngineName, string> = { nats: "nats-server", redis: "redis-server", postgres: "postgres" };
const announced = new Set<EngineName>();

/**
 * Returns the path of a program of an engine.
 *
 * @throws {Error} If it is not installed.
 */
export function pathOf(program: string): string {
  const path = find(program);
  if (!path) throw new Error(`Cannot start ${program}: it is in none of ${folders().join(", ")}`);
  return path;
}

/** Returns whether an engine is installed. */
export function hasEngine(engine: EngineName): boolean {
  return find(PROGRAMS[engine]) !== undefined;
}

/** A test that needs an engine. Where it is not installed, the test is skipped, and the reason printed once. */
export function engineTest(
  engine: EngineName,
  name: string,
  fn: EngineTest["fn"],
  sanitizers: Pick<EngineTest, "sanitizeOps" | "sanitizeResources"> = {},
): void {
  engineTests(engine, "", [{ name, ignore: false, fn, ...sanitizers }]);
}

/** Tests that need an engine, such as those of `adapterConformance`, with `prefix` before their names. */
export function engineTests(engine: EngineName, prefix: string, tests: Iterable<EngineTest>): void {
  const isMissing = !hasEngine(engine);
  if (isMissing) announce(engine);
  for (const test of tests) {
    Deno.test({ ...test, name: `${prefix}${test.name}`, ignore: isMissing || test.ignore });
  }
}

/** A test of {@linkcode engineTests}. */
export interface EngineTest {
  /** Its name. */
  readonly name: string;
  /** Whether it is skipped. */
  readonly ignore: boolean;
  /** The test. */
  readonly fn: (t: Deno.TestContext) => void | Promise<void>;
  /** Whether Deno looks for operations that are left. */
  readonly sanitizeOps?: boolean;
  /** Whether Deno looks for resources that are left. */
  readonly sanitizeResources?: boolean;
}

function announce(engine: EngineName): void {
  if (announced.has(engine)) return;
  announced.add(engine);
  console.log(`Tests with ${engine} are skipped: there is no ${PROGRAMS[engine]} in ${folders().join(", ")}`);
}

function find(program: string): string | undefined {
  return folders().map((folder) => `${folder}/${program}`).find((path) => entryOf(path)?.isFile);
}

/** Debian puts servers into /usr/sbin, and those of PostgreSQL into a folder for each version. */
function folders(): readonly string[] {
  const versions = "/usr/lib/postgresql";
  const installed = entryOf(versions) ? [...Deno.readDirSync(versions)] : [];
  const postgres = installed.map(({ name }) => `${versions}/${name}/bin`).sort().reverse();
  return [...new Set([...(Deno.env.get("PATH") ?? "").split(":"), "/usr/sbin", "/usr/bin", ...postgres])];
}

function entryOf(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch {
    return undefined;
  }
}
