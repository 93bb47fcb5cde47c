import { connect } from "@nats-io/transport-node";
import { natsAdapter } from "@urvogel/realtime/nats";
import { adapterConformance, type ConformanceBus } from "@urvogel/realtime/testing";
import { Subjects } from "../../../lib/pubsub/subject.ts";
import { TLS } from "../../support/engines/access.ts";
import { engineTest } from "../../support/engines/binaries.ts";
import { startNats } from "../../support/engines/nats.ts";

const PASSWORD = "s3cret/:@ x";

/** A server that this suite may harm, and one that refuses nodes. */
async function open(): Promise<ConformanceBus> {
  const engine = await startNats();
  const strict = await startNats({ credentials: { user: "ann", password: PASSWORD }, tls: true });
  const subjects = new Subjects("urvogel");
  return {
    createNode: () => natsAdapter({ servers: engine.url }),
    engine,
    async publishRaw(bytes, topic) {
      const client = await connect({ servers: engine.url.replace("nats://", "") });
      client.publish(subjects.topic(topic), bytes);
      await client.flush();
      await client.close();
    },
    refusals: {
      nodes: {
        "a wrong password": () =>
          natsAdapter({ servers: strict.url.replace(encodeURIComponent(PASSWORD), "wr0ng"), tls: { ca: TLS.ca } }),
        "an untrusted certificate": () => natsAdapter({ servers: strict.url, tls: { ca: TLS.wrongCa } }),
        "no encryption": () => natsAdapter({ servers: strict.url.replace("tls:", "nats:"), tls: false }),
      },
      secrets: [PASSWORD, "wr0ng"],
    },
    async close() {
      await engine[Symbol.asyncDispose]();
      await strict[Symbol.asyncDispose]();
    },
  };
}

for (const { name, ignore, fn } of adapterConformance({ open })) {
  if (ignore) Deno.test.ignore(`natsAdapter(): ${name}`, fn);
  else engineTest("nats", `natsAdapter(): ${name}`, fn);
}
