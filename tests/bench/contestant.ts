/**
 * What all servers of the bench have in common: they run as programs of their own, say where they listen, tell how
 * much memory they hold, and end when the bench does.
 *
 * @module
 */

/** Asks for {@linkcode MemoryUsage}, after a collection of garbage. */
export const MEMORY_PATH = "/memory";

/** What a server answers at {@linkcode MEMORY_PATH}. */
export interface MemoryUsage {
  /** All memory of the process, as the operating system counts it. */
  readonly rssBytes: number;
}

/** Answers a request for a socket. */
export type SocketHandler = (request: Request, info: Deno.ServeHandlerInfo) => Response | Promise<Response>;

/** Serves on a free port of the loopback, prints that port, and ends with its standard input. */
export async function serveContestant(handler: SocketHandler): Promise<void> {
  const options = {
    port: 0,
    hostname: "127.0.0.1",
    onListen: ({ port }: Deno.NetAddr) => console.log(port),
  };
  Deno.serve(options, (request, info) => {
    // Looked for at the end of what is asked for, so that a request for a socket costs no parsing here.
    return request.url.endsWith(MEMORY_PATH) ? Response.json(memoryUsage()) : handler(request, info);
  });
  for await (const _ of Deno.stdin.readable); // ends with the bench, however that ends
  Deno.exit();
}

function memoryUsage(): MemoryUsage {
  const { gc } = globalThis as { gc?: () => void };
  if (!gc) throw new Error("Cannot measure memory: run with --v8-flags=--expose-gc");
  gc();
  gc(); // what a first collection finalizes, a second one frees
  return { rssBytes: Deno.memoryUsage().rss };
}
