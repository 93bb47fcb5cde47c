/**
 * Supabase's realtime-js, as it comes from npm, with the types that our tests need.
 *
 * @module
 */

/** A release of `npm:@supabase/realtime-js`, and the protocol that it is told to speak. */
export interface SupabaseVersion {
  readonly version: string;
  readonly vsn: "1.0.0" | "2.0.0";
  /** Sends and gets `ArrayBuffer` payloads. */
  readonly binary: boolean;
  /**
   * Joins its channels again when it has reconnected. Up to 2.11 it does not, whatever the server: it reconnects by
   * `disconnect()`, which clears the timers by which channels would join.
   */
  readonly rejoins: boolean;
}

/** The release before the binary frames, and the one after, in both of its languages. */
export const SUPABASE_VERSIONS: readonly SupabaseVersion[] = [
  { version: "2.109.0", vsn: "2.0.0", binary: true, rejoins: true },
  { version: "2.109.0", vsn: "1.0.0", binary: false, rejoins: true },
  { version: "2.11.15", vsn: "1.0.0", binary: false, rejoins: false },
];

/** What a client says and hears. */
export interface SupabaseMessage {
  readonly type: "broadcast" | "presence";
  readonly event: string;
  readonly payload?: unknown;
}

/** A channel of the client. */
export interface SupabaseChannel {
  readonly topic: string;
  on(type: "broadcast", filter: { event: string }, callback: (message: SupabaseMessage) => void): SupabaseChannel;
  on(
    type: "postgres_changes" | "presence" | "system",
    filter: object,
    callback: (message: unknown) => void,
  ): SupabaseChannel;
  subscribe(callback?: (status: string, error?: Error) => void, timeoutMs?: number): SupabaseChannel;
  send(message: SupabaseMessage, options?: { timeout?: number }): Promise<"ok" | "timed out" | "error">;
  track(meta: object): Promise<"ok" | "timed out" | "error">;
  untrack(): Promise<"ok" | "timed out" | "error">;
  presenceState(): Record<string, readonly object[]>;
  unsubscribe(): Promise<"ok" | "timed out" | "error">;
}

/** How the client writes and reads frames of version 2. */
export interface SupabaseSerializer {
  encode(message: object, callback: (frame: string | ArrayBuffer) => void): void;
  decode(frame: string | ArrayBuffer, callback: (message: unknown) => void): void;
}

/** The client. */
export interface SupabaseClient {
  readonly serializer: SupabaseSerializer;
  channel(name: string, params?: { config: object }): SupabaseChannel;
  setAuth(token: string): Promise<void>;
  isConnected(): boolean;
  disconnect(): unknown;
  removeAllChannels(): Promise<unknown>;
}

type ClientClass = new (url: string, options: object) => SupabaseClient;

/** Loads the client's class. */
export async function loadSupabaseClient({ version }: Pick<SupabaseVersion, "version">): Promise<ClientClass> {
  const module: { RealtimeClient: ClientClass } = await import(`npm:@supabase/realtime-js@${version}`);
  return module.RealtimeClient;
}
