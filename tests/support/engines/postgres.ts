/**
 * PostgreSQL with a database `postgres` of its own.
 *
 * @module
 */

import { type AccessOptions, TLS, urlOf } from "./access.ts";
import { pathOf } from "./binaries.ts";
import { asUser, EngineProcess, run } from "./engine_process.ts";

/** Options for {@linkcode startPostgres}. The user of `credentials` is the superuser. */
export interface PostgresOptions extends AccessOptions {
  /**
   * Whether commits wait for the disk.
   *
   * @default {false}
   */
  readonly isDurable?: boolean;
}

const SYSTEM_USER = "postgres"; // it refuses to run as root
const SETTINGS = ["unix_socket_directories=", "shared_buffers=16MB", "ssl_min_protocol_version=TLSv1.2"];

/** Starts PostgreSQL. Its URL is `postgres://.../postgres`, with the user `postgres` if there are no credentials. */
export async function startPostgres(options: PostgresOptions = {}): Promise<EngineProcess> {
  return await EngineProcess.start({
    program: "postgres",
    user: SYSTEM_USER,
    url: (port) => urlOf("postgres", port, options, "/postgres").replace("//127", `//${SYSTEM_USER}@127`),
    prepare: (folder) => prepare(folder, options),
    args: (folder, port) => [
      ...["-D", `${folder}/db`, "-h", "127.0.0.1", "-p", `${port}`],
      ...SETTINGS.flatMap((setting) => ["-c", setting]),
      ...["-c", `fsync=${options.isDurable ? "on" : "off"}`],
      ...options.tls ? ["-c", "ssl=on"] : [],
    ],
    isReady: async (port) => (await ready(port)).success,
  });
}

async function prepare(folder: string, { credentials, tls = false }: PostgresOptions): Promise<void> {
  const passwordFile = `${folder}/password`;
  await Deno.writeTextFile(passwordFile, `${credentials?.password}\n`);
  if (Deno.uid() === 0) await run(["chown", "-R", SYSTEM_USER, folder]);
  const user = credentials?.user ?? SYSTEM_USER;
  const login = credentials ? ["--auth", "scram-sha-256", "--pwfile", passwordFile] : ["--auth", "trust"];
  const database = `${folder}/db`;
  await asPostgres(pathOf("initdb"), "-D", database, "-U", user, "-E", "UTF8", "--no-sync", ...login);
  if (tls) await addTls(database, credentials ? "scram-sha-256" : "trust");
}

async function addTls(database: string, method: string): Promise<void> {
  for (const [from, to] of [[TLS.certPath, "server.crt"], [TLS.keyPath, "server.key"]] as const) {
    const path = `${database}/${to}`;
    await Deno.copyFile(from, path);
    await Deno.chmod(path, 0o600);
    if (Deno.uid() === 0) await run(["chown", SYSTEM_USER, path]);
  }
  await Deno.writeTextFile(`${database}/pg_hba.conf`, `hostssl all all 127.0.0.1/32 ${method}\n`);
}

async function asPostgres(...command: readonly string[]): Promise<void> {
  await run([...asUser(SYSTEM_USER), ...command]);
}

async function ready(port: number): Promise<Deno.CommandOutput> {
  return await new Deno.Command(pathOf("pg_isready"), { args: ["-h", "127.0.0.1", "-p", `${port}`] }).output();
}
