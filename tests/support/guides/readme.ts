/**
 * The example of the README as a reader follows it.
 *
 * @module
 */

import { configOf } from "../workshop.ts";
import { type GuideStep, stepsOf } from "./guide.ts";

const ROOT = new URL("../../../", import.meta.url);

/**
 * Returns the files of the README's example, and the command that starts its server. Its `deno.json` is the one that a
 * reader has who types each `deno add` of the README.
 *
 * @throws {Error} If the README starts not one thing, but none or several.
 */
export async function readmeStep(): Promise<GuideStep> {
  const markdown = await Deno.readTextFile(new URL("README.md", ROOT));
  const [step, ...others] = stepsOf(markdown);
  if (!step || others.length > 0) {
    throw new Error(`Cannot read the README's example: expected one step, received ${others.length + (step ? 1 : 0)}`);
  }
  return { ...step, files: new Map([...step.files, ["deno.json", await configAfter(markdown)] as const]) };
}

/** Returns what the `deno add` lines of a text make of an empty folder, with the versions of this checkout. */
async function configAfter(markdown: string): Promise<string> {
  const { version, imports } = await configOf(".");
  const known: Readonly<Record<string, string | undefined>> = {
    ...imports,
    phoenix: `npm:phoenix@${/esm\.sh\/phoenix@([\d.]+)/.exec(markdown)?.[1]}`,
    "@urvogel/realtime": `jsr:@urvogel/realtime@${version}`,
  };
  const added = Array.from(markdown.matchAll(/deno add ((?:(?:jsr|npm):[\w@/-]+ ?)+)/g), ([, packages]) => packages!);
  const names = added.flatMap((packages) => packages.trim().split(" ")).map((name) => name.replace(/^(jsr|npm):/, ""));
  return JSON.stringify({ imports: Object.fromEntries(names.map((name) => [name, known[name]])) });
}
