import { postgresAdapter } from "@urvogel/realtime/postgres";
import { adapterConformance, type ConformanceBus } from "@urvogel/realtime/testing";
import { LENGTH_BYTES, writeEnvelopes } from "../../../lib/adapters/postgres/_notification.ts";
import { TLS } from "../../support/engines/access.ts";
import { engineTest } from "../../support/engines/binaries.ts";
import { startPostgres } from "../../support/engines/postgres.ts";
import { sql } from "./test_node.ts";

const credentials = { user: "admin", password: "s3cr/t p@ss" };
const SECRETS = [credentials.password, "wr0ng"];

/** A server of its own for each case, with a password and TLS where the case is about them. */
async function open(isRefusal: boolean): Promise<ConformanceBus> {
  const engine = await startPostgres(isRefusal ? { credentials, tls: true } : {});
  const servers = engine.url;
  return {
    engine,
    createNode: () => postgresAdapter({ servers, ...isRefusal ? { tls: { ca: TLS.ca } } : {} }),
    publishRaw: async (bytes) => {
      const text = `stranger/1/${writeEnvelopes([bytes], LENGTH_BYTES + bytes.length)}`;
      await sql(servers, "select pg_notify('urvogel', $1)", [text]);
    },
    refusals: {
      nodes: {
        "a wrong password": () =>
          postgresAdapter({ servers, credentials: { user: "admin", password: "wr0ng" }, tls: { ca: TLS.ca } }),
        "a wrong password in the URL": () =>
          postgresAdapter({ servers: servers.replace(/:[^:@]*@/, ":wr0ng@"), tls: { ca: TLS.ca } }),
        "an untrusted certificate": () => postgresAdapter({ servers, tls: { ca: TLS.wrongCa } }),
        "no encryption": () => postgresAdapter({ servers, tls: false }),
      },
      secrets: SECRETS,
    },
    close: () => engine[Symbol.asyncDispose](),
  };
}

const skip = {
  misplaced: "one channel carries all topics",
  memory: "there are no subscriptions",
};

/** The case about refusals has a server that refuses; all others have one that does not. */
const cases = adapterConformance({ open: () => open(false), skip }).filter(({ id }) => id !== "refusal");
const refusals = adapterConformance({ open: () => open(true), skip }).filter(({ id }) => id === "refusal");

for (const { name, ignore, fn } of [...cases, ...refusals]) {
  if (ignore) Deno.test({ name: `postgresAdapter(): ${name}`, ignore, fn });
  else engineTest("postgres", `postgresAdapter(): ${name}`, fn);
}
