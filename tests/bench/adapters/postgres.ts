/**
 * PostgreSQL, for the bench.
 *
 * @module
 */

import { postgresAdapter } from "@urvogel/realtime/postgres";
import pg from "pg";
import { hasEngine } from "../../support/engines/binaries.ts";
import { startPostgres } from "../../support/engines/postgres.ts";
import { type Line, type MeasuredAdapter, MESSAGE_BYTES } from "./line.ts";

/** PostgreSQL, its client and our adapter. Notifications are text, so the bare client sends letters. */
export const postgres: MeasuredAdapter = {
  title: "PostgreSQL",
  missing: () => hasEngine("postgres") ? undefined : "no postgres",
  startEngine: () => startPostgres({ isDurable: true }),
  hasHistory: true,
  storage: {
    unit: "of the database",
    async bytes(url) {
      const client = await openClient(url);
      const { rows: [row] } = await client.query("select pg_database_size(current_database()) as bytes");
      await client.end();
      return Number(row.bytes);
    },
  },
  createAdapter: (url) => postgresAdapter({ servers: url }),
  async openBare(url) {
    const [from, to] = [await openClient(url), await openClient(url)];
    let number = 0;
    const line: Line = {
      onMessage: () => {},
      send: () => {
        const text = `${++number} `.padEnd(MESSAGE_BYTES, "x"); // equal ones of a transaction are sent once
        void from.query({ name: "send", text: "select pg_notify('bench', $1)", values: [text] });
      },
      close: async () => {
        await from.end();
        await to.end();
      },
    };
    to.on("notification", () => line.onMessage());
    await to.query("listen bench");
    return line;
  },
};

async function openClient(url: string) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client;
}
