/**
 * Looking into a server with an inspector, as its page does.
 *
 * @module
 */

/** Where the inspector is mounted. */
export const INSPECTOR_PATH = "/inspector";
/** Asked for, below it, when nobody looks any more. */
export const CLOSED_PATH = "/closed";

/** Opens a view of the inspector and reads it, until disposed. */
export class OpenPage implements AsyncDisposable {
  readonly #url: string;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #read: Promise<void>;

  private constructor(url: string, reader: ReadableStreamDefaultReader<Uint8Array>) {
    this.#url = url;
    this.#reader = reader;
    this.#read = readAll(reader);
  }

  /** Opens it, and waits until something is shown. */
  static async open(port: number, view: string): Promise<OpenPage> {
    const url = `http://127.0.0.1:${port}${INSPECTOR_PATH}`;
    const response = await fetch(`${url}/api/live/${view}`);
    if (!response.ok) throw new Error(`Cannot trust this run: the inspector responded ${response.status}`);
    const reader = response.body!.getReader();
    await reader.read();
    return new OpenPage(url, reader);
  }

  /** Closes it, so that nothing is measured any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reader.cancel();
    await this.#read;
    await (await fetch(this.#url + CLOSED_PATH)).text();
  }
}

async function readAll(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  while (!(await reader.read()).done);
}
