/**
 * A store for the states of servers by key, in a table: a row has the highest token that was seen, and refuses lower ones.
 *
 * Saves of one owner have numbers as well: a statement whose connection was given up may still be on its way, and must not
 * replace what was saved after it.
 *
 * @module
 */

import { quoted } from "../../../base/printable.ts";
import type { LoadedState, OwnerStore } from "../../../cluster/owner_store.ts";
import type { JsonOrBytes } from "../../../protocol/payload.ts";
import { encodeTopic } from "../../../pubsub/subject.ts";
import type { PostgresQuery } from "../client.ts";
import type { Row } from "./_run_statement.ts";

/** Runs a statement on whichever connection is open, and returns its first row. `what` is for errors. */
export type RunStatement = (what: string, query: PostgresQuery) => Promise<Row | undefined>;

/** The number of the last save of this thread. All stores share it: they may save the states of one owner. */
let latestSave = 0;

/** The store of one node. */
export class PostgresStore implements OwnerStore {
  readonly #load: string;
  readonly #save: string;
  readonly #seen: string;
  readonly #run: RunStatement;

  /** Creates the store of a schema. */
  constructor(schema: string, run: RunStatement) {
    this.#load = `select * from "${schema}".owner_load($1, $2)`;
    this.#save = `select "${schema}".owner_save($1, $2, $3, $4, $5) as saved`;
    this.#seen = `select token from "${schema}".owner_states where key = $1`;
    this.#run = run;
  }

  async load(key: string, token: bigint): Promise<LoadedState> {
    const what = `load the state of ${quoted(key)}`;
    const row = await this.#first(what, "load", this.#load, [encodeTopic(key), `${token}`]);
    if (row?.loaded === true) return { status: "loaded", state: stateOf(row) };
    const seen = await this.#first(what, "seen", this.#seen, [encodeTopic(key)]);
    return { status: "refused", ...seen && { token: BigInt(String(seen.token)) } };
  }

  async save(key: string, state: JsonOrBytes, token: bigint): Promise<"saved" | "refused"> {
    const what = `save the state of ${quoted(key)}`;
    const isBytes = state instanceof Uint8Array;
    const [json, hex] = isBytes ? [null, `\\x${state.toHex()}`] : [JSON.stringify(state), null];
    const row = await this.#first(what, "save", this.#save, [encodeTopic(key), `${token}`, json, hex, ++latestSave]);
    return row?.saved === true ? "saved" : "refused";
  }

  #first(what: string, name: string, text: string, values: unknown[]): Promise<Row | undefined> {
    return this.#run(what, { name: `urvogel_store_${name}`, text, values });
  }
}

function stateOf({ json, hex }: Row): JsonOrBytes | undefined {
  if (typeof hex === "string") return Uint8Array.fromHex(hex);
  return typeof json === "string" ? JSON.parse(json) : undefined;
}
