/**
 * A copy of a request. Deno closes a request when it is upgraded and when its client disconnects; then its headers
 * cannot be read.
 *
 * @module
 */

/** The URL and headers of a request, copied at once. Objects that are rarely needed are created on demand. */
export class RequestSnapshot {
  /** The requested URL. */
  readonly url: string;
  readonly #headers: [name: string, value: string][] = [];

  /** Copies the URL and headers of `request`. */
  constructor(request: Request) {
    this.url = request.url;
    request.headers.forEach((value, name) => this.#headers.push([name, value])); // iterating takes 9 µs instead of 6
  }

  /** The request's headers. Each read creates a new object. */
  get headers(): Headers {
    return new Headers(this.#headers);
  }

  /** Returns the headers for whose lower-case name `wanted` returns `true`. */
  headersWhere(wanted: (name: string) => boolean): Map<string, string> {
    return new Map(this.#headers.filter(([name]) => wanted(name)));
  }
}
