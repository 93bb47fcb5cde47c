/**
 * nginx with a configuration for a real server, changed so that it runs for a test: on a free port of this machine,
 * without TLS, with all of its files in one folder.
 *
 * @module
 */

import { freePort } from "./free_port.ts";
import { Program } from "./program.ts";
import { until } from "./until.ts";

const PATHS = ["/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/bin/nginx", "/opt/homebrew/bin/nginx"];
const TEMPORARY = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];

/** Where nginx is installed; `undefined` if it is not. */
export const NGINX: string | undefined = PATHS.find((path) => {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
});

/** A running nginx. */
export interface Nginx extends AsyncDisposable {
  readonly port: number;
  /** What it has logged as errors. */
  errors(): Promise<string>;
}

/**
 * Starts nginx, and waits until it listens.
 *
 * @param config A whole `nginx.conf` that listens on 443, with upstream servers on 127.0.0.1.
 * @param upstreams The port that stands for each port of an upstream server.
 */
export async function startNginx(config: string, upstreams: ReadonlyMap<number, number>): Promise<Nginx> {
  const folder = await Deno.makeTempDir({ prefix: "urvogel-nginx-" });
  const port = freePort();
  await Deno.writeTextFile(`${folder}/nginx.conf`, changed(config, folder, port, upstreams));
  const user = Deno.uid() === 0 ? "user root;" : "";
  await Deno.writeTextFile(`${folder}/main.conf`, `daemon off; ${user}\ninclude ${folder}/nginx.conf;\n`);
  const program = new Program(`${NGINX} -p ${folder} -c ${folder}/main.conf -e ${folder}/error.log`);
  await until(() => listens(port), "nginx listens");
  return {
    port,
    errors: () => Deno.readTextFile(`${folder}/error.log`),
    async [Symbol.asyncDispose]() {
      await program.end("SIGTERM");
      await Deno.remove(folder, { recursive: true });
    },
  };
}

function changed(config: string, folder: string, port: number, upstreams: ReadonlyMap<number, number>): string {
  const paths = TEMPORARY.map((name) => `${name}_temp_path ${folder}/${name};`).join(" ");
  return config
    .replace(/^http \{$/m, `http { ${paths}`)
    .replace("listen 443 ssl;", `listen 127.0.0.1:${port};`)
    .replaceAll(/^ *ssl_certificate.*$/gm, "")
    .replaceAll(/\/(var\/log\/nginx|run)\//g, `${folder}/`)
    .replaceAll(/server 127\.0\.0\.1:(\d+)/g, (_, written) => `server 127.0.0.1:${upstreams.get(Number(written))}`);
}

async function listens(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch {
    return false;
  }
}
