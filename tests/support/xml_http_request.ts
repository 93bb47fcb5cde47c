/**
 * What older releases of phoenix.js poll with, as far as they use it: `XMLHttpRequest`, by `fetch`.
 *
 * @module
 */

/** One request. */
class FetchedRequest {
  timeout = 0;
  readyState = 0;
  status = 0;
  responseText = "";
  onreadystatechange?: () => void;
  onerror?: () => void;
  ontimeout?: () => void;
  readonly #headers = new Headers();
  readonly #cancel = new AbortController();
  #method = "";
  #url = "";

  open(method: string, url: string): void {
    this.#method = method;
    this.#url = url;
  }

  setRequestHeader(name: string, value: string): void {
    this.#headers.set(name, value);
  }

  abort(): void {
    this.#cancel.abort();
  }

  send(body: string | null): void {
    const init: RequestInit = { method: this.#method, headers: this.#headers, signal: this.#cancel.signal };
    void this.#send(body === null || body === undefined ? init : { ...init, body });
  }

  async #send(init: RequestInit): Promise<void> {
    try {
      const response = await fetch(this.#url, init);
      this.responseText = await response.text();
      this.status = response.status;
      this.readyState = 4;
      this.onreadystatechange?.();
    } catch {
      if (!this.#cancel.signal.aborted) this.onerror?.();
    }
  }
}

/** Gives the program an `XMLHttpRequest` until disposed of. */
export function withXMLHttpRequest(): Disposable {
  Object.assign(globalThis, { XMLHttpRequest: FetchedRequest });
  return {
    [Symbol.dispose]() {
      Reflect.deleteProperty(globalThis, "XMLHttpRequest");
    },
  };
}
