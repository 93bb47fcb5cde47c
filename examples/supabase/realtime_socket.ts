/**
 * The socket of Supabase's clients.
 *
 * @module
 */

import { ok, type Params, Presence, PubSub, refuse, Socket } from "@urvogel/realtime";
import { jwtVerifier } from "@urvogel/realtime/jwt";
import { SUPABASE_SERIALIZERS } from "@urvogel/realtime/supabase";
import { PrivateChannel, RealtimeChannel, type Visitor } from "./realtime_channel.ts";

const API_KEY = Deno.env.get("API_KEY") ?? "anon";
// Without a secret of its own the server trusts no token: nobody knows this one.
const JWT_SECRET = Deno.env.get("JWT_SECRET") ?? crypto.randomUUID();

const verify = jwtVerifier({ secret: JWT_SECRET });

/** What carries the broadcasts, and tells who is where. */
export const pubsub = new PubSub();
const presence = new Presence<object>({ pubsub });

/** Lets in who knows the key. */
export class RealtimeSocket extends Socket<Visitor> {
  // The server says what is private, not the client: the two kinds must not meet in one topic.
  override channels = { "realtime:private:*": PrivateChannel, "realtime:*": RealtimeChannel };
  override serializers = SUPABASE_SERIALIZERS;

  override connect({ apikey }: Params) {
    return apikey === API_KEY ? ok({ verify, presence }) : refuse();
  }
}
