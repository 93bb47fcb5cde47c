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

/**
 * Watches a view. The browser connects again by itself when the connection is lost.
 *
 * @returns Ends it.
 */
export function watch(view, params, { onData, onFailure, onState }) {
  const source = new EventSource(`${BASE}api/live/${view}?${new URLSearchParams(params)}`);
  source.addEventListener("open", () => onState("live"));
  source.addEventListener("message", ({ data }) => onData(JSON.parse(data)));
  source.addEventListener("failed", ({ data }) => onFailure(JSON.parse(data)));
  source.addEventListener("error", () => onState(source.readyState === EventSource.CLOSED ? "refused" : "lost"));
  return () => source.close();
}
