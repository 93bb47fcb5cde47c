/**
 * `fetch` with a TCP connection for each request, for tests whose clients are to notice a cut.
 *
 * @module
 */

/**
 * Makes `fetch` use each TCP connection once, until disposed. If a connection that it uses again breaks off before the
 * response, it repeats a GET by itself, and the client does not notice that it was cut off.
 */
export function withoutReuse(): Disposable {
  const { fetch } = globalThis;
  const client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  globalThis.fetch = (input, init) => fetch(input, { ...init, client });
  return {
    [Symbol.dispose]() {
      globalThis.fetch = fetch;
      client.close();
    },
  };
}
