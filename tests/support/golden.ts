/**
 * Golden transcripts: what was recorded from a running Phoenix, as typed steps. The format is described in
 * `tests/fixtures/golden/INDEX.md`; it is parsed here once, so that a misspelt step is an error and never a pass.
 *
 * @module
 */

import { parseStep, type Step } from "./golden_step.ts";
import { JsonReader } from "./json_reader.ts";

/** A recorded scenario. */
export interface Transcript {
  /** The name of its file. */
  readonly name: string;
  /** What it shows. */
  readonly description: string;
  /** What it is about; INDEX.md lists them. */
  readonly tags: readonly string[];
  /** Path and query of each connection, by the connection's name. */
  readonly connections: Readonly<Record<string, string>>;
  /** What happens, in order. */
  readonly steps: readonly Step[];
}

/**
 * Turns the JSON of a transcript into typed steps.
 *
 * @param json The content of a file.
 * @returns The transcript.
 * @throws {TypeError} If it has a step, or a step has a field, that is not known.
 */
export function parseTranscript(json: unknown): Transcript {
  const reader = new JsonReader(json, "transcript");
  const url = reader.field("url").string();
  const transcript = {
    name: reader.field("name").string(),
    description: reader.field("description").string(),
    tags: reader.field("tags").list((tag) => tag.string()),
    connections: reader.optional("conns")?.record((path) => path.string()) ?? { A: url },
    steps: reader.field("steps").list(parseStep),
  };
  for (const remark of ["peer", "why", "unordered"]) reader.optional(remark);
  reader.allRead();
  return transcript;
}

/** Reads all transcripts of a folder, by name. */
export function readTranscripts(folder: URL): Transcript[] {
  const files = Array.from(Deno.readDirSync(folder), (entry) => entry.name).filter((name) => name.endsWith(".json"));
  return files.sort().map((file) => parseTranscript(JSON.parse(Deno.readTextFileSync(new URL(file, folder)))));
}
