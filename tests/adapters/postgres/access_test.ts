import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { BusSetupError } from "@urvogel/realtime";
import { postgresAdapter, postgresSetup, type PostgresTls } from "@urvogel/realtime/postgres";
import pg from "pg";
import { TLS } from "../../support/engines/access.ts";
import { engineTest } from "../../support/engines/binaries.ts";
import { startPostgres } from "../../support/engines/postgres.ts";
import { Program } from "../../support/program.ts";
import { until } from "../../support/until.ts";
import { sql, TestNode } from "./test_node.ts";

const credentials = { user: "admin", password: "s3cr/t p@ss" };

/** Starts a node that must be refused, and returns the text of the error. */
async function refused(options: ConstructorParameters<typeof TestNode>[0]): Promise<string> {
  await using node = new TestNode(options);
  const error = await assertRejects(async () => await node.adapter.start(node), BusSetupError);
  assertEquals(node.adapter.isConnected, false);
  for (const secret of ["s3cr", "wr0ng"]) assert(!Deno.inspect(error).includes(secret));
  return error.message;
}

engineTest("postgres", "postgresAdapter() rejects wrong passwords, roles and databases", async () => {
  await using engine = await startPostgres({ credentials });
  const place = `127.0.0.1:${engine.port}`;
  const server = `postgres://${place}/postgres`;
  const wrong = await refused({ servers: server, credentials: { ...credentials, password: "wr0ng" } });
  assertEquals(
    wrong,
    `Cannot connect to PostgreSQL at ${place}/postgres: password authentication failed for user "admin"`,
  );
  const withUrl = await refused({ servers: engine.url.replace("s3cr", "wr0ng-s3cr") });
  assertEquals(withUrl, wrong);
  assertStringIncludes(await refused({ servers: server, credentials: { user: "admin" } }), "password");
  assertStringIncludes(await refused({ servers: `${engine.url.replace("/postgres", "")}/none` }), "none");
  assertStringIncludes(await refused({ servers: `postgres://nobody:wr0ng@${place}/postgres` }), "nobody");
  await using node = await TestNode.start({ servers: server, credentials });
  assertEquals(node.adapter.isConnected, true);
});

engineTest(
  "postgres",
  "postgresAdapter() reports a password that no longer holds, and is back with the old one",
  async () => {
    await using engine = await startPostgres({ credentials });
    await using node = await TestNode.start({ servers: engine.url });
    const end = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'urvogel'";
    const client = new pg.Client({ connectionString: engine.url });
    await client.connect();
    await client.query("alter role admin password 'another'");
    await client.query(end);
    await until(() => node.changes.length === 2, "the password is reported");
    const [, change] = node.changes;
    assert(change && "error" in change && change.error instanceof BusSetupError);
    await client.query(`alter role admin password '${credentials.password}'`);
    await client.end();
    await node.isNow(true);
    assertEquals(node.changes.map((change) => "status" in change && change.status), ["down", "down", "up"]);
  },
);

engineTest("postgres", "postgresAdapter() says what to run for a role without rights", async () => {
  await using engine = await startPostgres({ credentials });
  await sql(engine.url, "create role chat login password 'wr0ng'");
  const servers = `postgres://chat:wr0ng@127.0.0.1:${engine.port}/postgres`;
  const advice = 'let the owner of the database run the SQL of postgresSetup({ schema: "urvogel", role: <its name> })';
  assertStringIncludes(await refused({ servers }), `the role may not create the schema "urvogel": ${advice}`);
  await sql(engine.url, postgresSetup());
  assertStringIncludes(await refused({ servers }), `the role has no rights on it: ${advice}`);
  await sql(engine.url, postgresSetup({ role: "chat" }));
  await using node = await TestNode.start({ servers });
  await using other = await TestNode.start({ servers: engine.url });
  node.send("room:1", new Uint8Array(10_000));
  await other.receives(1);
  await sql(servers, "select urvogel.broadcast('room:1', 'said', '{}')");
  await other.receives(2);
});

engineTest("postgres", "postgresAdapter() verifies the certificate of the server", async () => {
  await using engine = await startPostgres({ credentials, tls: true });
  const servers = `postgres://127.0.0.1:${engine.port}/postgres`;
  const verified: PostgresTls = { ca: TLS.ca };
  await using node = await TestNode.start({ servers, credentials, tls: verified });
  await using other = await TestNode.start({ servers: `${servers}?sslmode=verify-full`, credentials, tls: verified });
  node.send("room:1", new Uint8Array(100_000));
  await other.receives(1);
  assertStringIncludes(
    (await refused({ servers, credentials, tls: { ca: TLS.wrongCa } })).toLowerCase(),
    "certificate",
  );
  assertStringIncludes((await refused({ servers, credentials, tls: {} })).toLowerCase(), "certificate");
  assertStringIncludes(await refused({ servers, credentials }), "no encryption");
});

engineTest("postgres", "postgresAdapter() rejects a server without TLS where TLS is asked for", async () => {
  await using engine = await startPostgres();
  assertStringIncludes(await refused({ servers: engine.url, tls: {} }), "does not support SSL");
  assertStringIncludes(await refused({ servers: `${engine.url}?sslmode=verify-full` }), "does not support SSL");
});

Deno.test("postgresAdapter() refuses URLs that it does not understand, without showing them", () => {
  for (
    const [servers, why] of [
      ["host/db:s3cr", "must be a URL"],
      ["mysql://u:s3cr@host/db", "must be a URL"],
      ["postgres:///db", "must be a URL"],
      ["postgres://host/db", "must name a user"],
      ["postgres://u:s3cr@host/db?sslmode=require", '"sslmode" must be "verify-full" or "disable"'],
      ["postgres://u:s3cr@host/db?sslmode=no-verify", '"sslmode" must be'],
      ["postgres://u:s3cr@host/db?options=s", 'the only parameter of a URL is "sslmode", received "options"'],
      ["postgres://u:s3cr%zz@host/db", "must be a URL"],
      [[], "must be a URL or a list"],
      [[undefined as unknown as string], "must be a URL"],
    ] as const
  ) {
    const error = assertThrows(() => postgresAdapter({ servers }), TypeError, why);
    assert(!Deno.inspect(error).includes("s3cr"));
  }
});

engineTest("postgres", "postgresAdapter() connects with the clients of the program", async () => {
  await using engine = await startPostgres({ credentials });
  let count = 0;
  const connect = () => {
    count++;
    return new pg.Client({ connectionString: engine.url });
  };
  await using node = await TestNode.start({ connect });
  await using other = await TestNode.start({ servers: engine.url });
  node.send("room:1", {});
  await other.receives(1);
  assertEquals(count, 2);
});

engineTest("postgres", "postgresAdapter() rejects clients whose notifications do not arrive", async () => {
  await using one = await startPostgres();
  await using two = await startPostgres();
  const urls = [one.url, two.url];
  const connect = () => new pg.Client({ connectionString: urls.shift() ?? one.url });
  assertStringIncludes(await refused({ connect }), "PgBouncer must be in session mode");
});

engineTest(
  "postgres",
  "postgresAdapter() needs no permission but the server and PG*, and names those that lack",
  async () => {
    await using engine = await startPostgres();
    const net = `--allow-net=127.0.0.1:${engine.port}`;
    const label = `Cannot connect to PostgreSQL at 127.0.0.1:${engine.port}/postgres`;
    for (
      const [permissions, expected] of [
        [`${net} --allow-env=PG*`, /^connected: true$/m],
        [net, new RegExp(`${label}: Requires env access to "PG.*--allow-env`)],
        ["--allow-env=PG*", new RegExp(`${label}: Requires net access to "127.0.0.1.*--allow-net`)],
      ] as const
    ) {
      const command =
        `deno run --no-check --no-prompt ${permissions} tests/adapters/postgres/node_program.ts ${engine.url}`;
      await using program = new Program(command);
      await program.prints(expected);
      assert((await program.ended).success);
    }
  },
);
