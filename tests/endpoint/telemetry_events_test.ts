/**
 * Code, types and table tell of the same events.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";

const LIB = new URL("../../lib/", import.meta.url);

interface Source {
  readonly name: string;
  readonly text: string;
}

async function* sources(folder: URL): AsyncGenerator<Source> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) yield* sources(new URL(`${name}/`, folder));
    else if (name.endsWith(".ts")) yield { name, text: await Deno.readTextFile(new URL(name, folder)) };
  }
}

function sorted(pairs: Iterable<string>): string[] {
  return [...pairs].sort();
}

/** All events that `lib` declares, each with its type: `urvogel:process:crashed CrashReport`. */
async function declared(): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, text } of sources(LIB)) {
    const code = text.replaceAll(/^\s*\/?\*.*$/gm, "").replace("export function telemetryEvent<", "");
    const declarations = [...code.matchAll(/\btelemetryEvent<(\w+)>\(\s*"([^"]*)",?\s*\)/g)];
    const mentions = [...code.matchAll(/\btelemetryEvent\b(?!,? \w* ?\})/g)];
    assertEquals(mentions.length, declarations.length, 'an event is declared as telemetryEvent<Type>("name")');
    if (declarations.length > 0) assertEquals(name, "telemetry.ts", "the events of a folder stand in its telemetry.ts");
    for (const [, type, event] of declarations) found.push(`${event} ${type}`);
  }
  assert(found.length > 20);
  return sorted(found);
}

async function eventsFile(): Promise<string> {
  return await Deno.readTextFile(new URL("endpoint/telemetry_events.ts", LIB));
}

Deno.test("TelemetryEvents has every event of lib, with its type", async () => {
  const source = await eventsFile();
  const typed = source.matchAll(/^ {2}readonly "([^"]+)": (\w+)(?:<\w+>)?;$/gm);
  assertEquals(sorted([...typed].map(([, name, type]) => `${name} ${type}`)), await declared());
});

Deno.test("the table of events has every event of lib, once", async () => {
  const source = await eventsFile();
  const rows = [...source.matchAll(/^ \* \| `(urvogel:[^`]+)`( \*)? \| ([^|]+) \| ([^|]+) \|$/gm)];
  assertEquals(sorted(rows.map(([, name]) => name!)), (await declared()).map((pair) => pair.split(" ")[0]));
});

Deno.test("events are named urvogel:<who>:<what happened>", async () => {
  for (const pair of await declared()) assertMatch(pair, /^urvogel:[a-z]+:[a-z]+(_[a-z]+)* \w+$/);
});
