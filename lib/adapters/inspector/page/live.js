/**
 * The server's data: asked for once, or live.
 *
 * @module
 */

/** Where the inspector is mounted, with a slash at its end. */
const BASE = location.pathname.replace(/\/*$/, "/");

/** Asks for a view once. Rejects with what the server says is wrong. */
export async function ask(view, params) {
  return await read(await fetch(`${BASE}api/${view}?${new URLSearchParams(params)}`));
}

/** Does something that changes the server. */
export async function act(action, params) {
  const headers = { "content-type": "application/json" };
  return await read(await fetch(`${BASE}api/${action}`, { method: "POST", headers, body: JSON.stringify(params) }));
}

async function read(response) {
  const body = await response.json().catch(() => ({ error: `status ${response.status}` }));
  if (!response.ok) throw new Error(body.error ?? `status ${response.status}`);
  return body;
}

/** When a view that was refused is asked for again. */
const RETRY_MS = 5_000;

/**
 * Watches a view. The browser connects again by itself when the connection is lost; what the server refuses is asked
 * for again after a while.
 *
 * @returns Ends it.
 */
export function watch(view, params, listeners) {
  const { onData, onFailure, onState } = listeners;
  const url = `${BASE}api/live/${view}?${new URLSearchParams(params)}`;
  const source = new EventSource(url);
  let end = () => source.close();
  source.addEventListener("open", () => onState("live"));
  source.addEventListener("message", ({ data }) => onData(JSON.parse(data)));
  source.addEventListener("failed", ({ data }) => onFailure(JSON.parse(data)));
  source.addEventListener("error", () => {
    if (source.readyState !== EventSource.CLOSED) return onState("lost");
    onState("refused");
    void whyRefused(url).then((why) => why && onFailure(why));
    const retry = setTimeout(() => end = watch(view, params, listeners), RETRY_MS);
    end = () => clearTimeout(retry);
  });
  return () => end();
}

/** Asks why: an `EventSource` does not say. */
async function whyRefused(url) {
  const asking = new AbortController();
  const response = await fetch(url, { signal: asking.signal }).catch(() => undefined);
  if (response && !response.ok) return await read(response).catch(({ message }) => message);
  asking.abort(); // it would not be refused any more
  return undefined;
}
