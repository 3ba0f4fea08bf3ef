/**
 * Everything that goes over the wire, as docs/schemas/protocol.json has it. Written by `cargo xtask codegen`; do not edit.
 *
 * A server may send fields, events and words that are newer than these types: ignore what you do not know.
 */

/** Whom to ring into a call that is going on. */
export interface AddPartyRequest {
  /** Who. */
  user_id: UserId;
}

/** What the HTTP call of the same name would have been answered. */
export interface AnswerMessage {
  /** The body, if there is one and the command was carried out. */
  body?: Record<string, unknown>;
  /** The problem document, if it was not. */
  problem?: ProblemDocument;
  /** Of the command. */
  request_id: string;
  /** The HTTP status. */
  status: number;
}

/** Whether the caller may be rung. */
export interface Availability {
  /** While `true`, whoever calls hears `busy`. */
  do_not_disturb: boolean;
  /** When that ends by itself. */
  until?: string;
}

/** Somebody whom the caller does not want to hear from. */
export interface Block {
  /** Since when. */
  since: string;
  /** Who. */
  user_id: UserId;
}

/** A call, as its parties see it. All of them see the same. */
export interface Call {
  /** Since when somebody has accepted; from then on. */
  active_since?: string;
  /** Who made it. */
  caller: UserId;
  /** When it was made. */
  created_at: string;
  /** When it ended. */
  ended_at?: string;
  /** When the ring ends by itself; while it rings. */
  expires_at?: string;
  /** Which. */
  id: CallId;
  /** What is transmitted at most. */
  kind: CallKind;
  /** By which way. */
  media: CallMedia;
  /** Everybody who is or was in it, the caller first. */
  parties: Party[];
  /** Where it stands. */
  phase: CallPhase;
  /** Why it ended. */
  reason?: EndReason;
  /** The application's room whose members call each other, if it is about one. */
  room_id?: RoomId;
  /** The server's time when this view was made: what a client counts `expires_at` against. */
  server_now: string;
  /** The room to join, `POST /rooms/{sfu_room}/join`; LiveKit calls only. */
  sfu_room?: RoomId;
  /** The trace in which the call was made. It tells the call's whole story. */
  trace_id: string;
  /** Rises by one with every change, so that the newer of two views is known. */
  version: number;
}

/** The answer to a command that changes a call. */
export interface CallAnswer {
  /** The call after it. */
  call: Call;
}

export type CallId = string;

/** What is transmitted at most. */
export type CallKind = "audio" | "video";

/** By which way the media go. */
export type CallMedia = "livekit" | "p2p";

/** Where a call stands. Nothing but `ended` is final, whatever may be added later. */
export type CallPhase = "ringing" | "active" | "ended";

/** One candidate, as browsers write it (`RTCIceCandidateInit`). */
export interface Candidate {
  /** The `candidate` attribute of RFC 8839, section 5.1, without `a=`: at most 1 KiB. */
  candidate: string;
  /** The place of its media section, from 0. */
  sdp_m_line_index?: number;
  /** The `mid` of its media section. */
  sdp_mid?: string;
  /** The `ice-ufrag` of the generation that it belongs to. */
  username_fragment?: string;
}

/** How one question was answered. */
export interface Check {
  /** The question. */
  check: CheckedStep;
  /** The code with which a join would be refused here. */
  code?: ErrorCode;
  /** Whether a join would go on after it. */
  passed: boolean;
}

/** One of the questions that a join asks, in their order. */
export type CheckedStep = "token" | "request" | "membership" | "ban" | "capacity" | "call" | "sfu";

/** A message of a client. */
export type ClientMessage =
  | {
    /** The cursor of the last event that was taken in, when resuming. */
    after?: string;
    /** Which of the user's devices this is; `default` if absent. */
    device?: DeviceId;
    /** An access token of Keycloak. */
    token: string;
    type: "hello";
  }
  | {
    /** An access token of Keycloak. */
    token: string;
    type: "authenticate";
  }
  | CommandMessage & {
    type: "command";
  }
  | {
    /** The cursor of an event, or of `welcome`. */
    cursor: string;
    type: "ack";
  }
  | {
    type: "ping";
  }
  | {
    type: "bye";
  };

/** A command. An answer with the same `request_id` follows. */
export type CommandMessage =
  | {
    body: InviteRequest;
    name: "call.invite";
    /** Comes back with the answer; the same thing as `Idempotency-Key`. */
    request_id: string;
  }
  | {
    body?: KeyRequest;
    call_id: CallId;
    name: "call.accept";
    /** Comes back with the answer; the same thing as `Idempotency-Key`. */
    request_id: string;
  }
  | {
    body?: DeclineRequest;
    call_id: CallId;
    name: "call.decline";
    /** Comes back with the answer; the same thing as `Idempotency-Key`. */
    request_id: string;
  }
  | {
    body?: EmptyRequest;
    call_id: CallId;
    name: "call.cancel";
    /** Comes back with the answer; the same thing as `Idempotency-Key`. */
    request_id: string;
  }
  | {
    body?: EmptyRequest;
    call_id: CallId;
    name: "call.hangup";
    /** Comes back with the answer; the same thing as `Idempotency-Key`. */
    request_id: string;
  }
  | {
    body?: KeyRequest;
    call_id: CallId;
    name: "call.ringing";
    /** Comes back with the answer; the same thing as `Idempotency-Key`. */
    request_id: string;
  }
  | {
    body: MediaReport;
    call_id: CallId;
    name: "call.media";
    /** Comes back with the answer; the same thing as `Idempotency-Key`. */
    request_id: string;
  }
  | {
    body: AddPartyRequest;
    call_id: CallId;
    name: "call.add_party";
    /** Comes back with the answer; the same thing as `Idempotency-Key`. */
    request_id: string;
  }
  | {
    body: SignalRequest;
    call_id: CallId;
    name: "signal.send";
    /** Comes back with the answer; the same thing as `Idempotency-Key`. */
    request_id: string;
  }
  | {
    body?: JoinRequest;
    name: "room.join";
    /** Comes back with the answer; the same thing as `Idempotency-Key`. */
    request_id: string;
    room_id: RoomId;
  }
  | {
    name: "ice_servers.get";
    /** Comes back with the answer; the same thing as `Idempotency-Key`. */
    request_id: string;
  };

/** The body of `decline`; may be left out. */
export interface DeclineRequest {
  /** At most 200 characters for the caller to read. The word `busy` is recorded as busy. */
  reason?: string;
}

export type DeviceId = string;

/** What a join would do, without doing it: no token, no room. */
export interface DryRunAnswer {
  /** Whether every check passed. */
  allowed: boolean;
  /** The checks in the order in which a join makes them. */
  checks: Check[];
}

/** The caller's offer within the invite. */
export interface EarlyOffer {
  /** A session description: at most 32 KiB. */
  sdp: string;
}

/** The body of commands that need none: an empty object, or nothing at all. */
export type EmptyRequest = Record<string, never>;

/** Why a call ended. A client treats one that it does not know as `error`. */
export type EndReason =
  | "completed"
  | "cancelled"
  | "rejected"
  | "busy"
  | "no_answer"
  | "unreachable"
  | "connection_timeout"
  | "connection_lost"
  | "media_failed"
  | "removed"
  | "room_ended"
  | "server_shutdown"
  | "error";

export type ErrorCode =
  | "malformed_json"
  | "invalid_field"
  | "subprotocol_required"
  | "token_missing"
  | "token_invalid"
  | "token_expired"
  | "access_denied"
  | "banned"
  | "kicked"
  | "role_required"
  | "origin_denied"
  | "not_found"
  | "room_not_found"
  | "participant_not_found"
  | "call_not_found"
  | "method_not_allowed"
  | "request_timeout"
  | "call_ended"
  | "call_already_answered"
  | "already_in_call"
  | "not_allowed_in_phase"
  | "not_this_device"
  | "room_full"
  | "request_id_reused"
  | "stale_generation"
  | "wrong_media"
  | "too_large"
  | "unsupported_media_type"
  | "sdp_invalid"
  | "candidate_invalid"
  | "upgrade_required"
  | "rate_limited"
  | "headers_too_large"
  | "internal"
  | "sfu_rejected"
  | "sfu_unavailable"
  | "store_unavailable"
  | "call_state_unavailable"
  | "identity_unavailable"
  | "membership_unavailable"
  | "shutting_down"
  | "sfu_timeout";

/** One entry of a person's log, as one of their devices sees it. */
export type Event = EventBody & {
  /** When it happened, by the server's clock. */
  at: string;
  /** Where to go on reading after this event. */
  cursor: string;
  /** Unique. Delivery is at least once; this tells doubles. */
  id: string;
};

/** What happened. */
export type EventBody =
  | {
    /** The call. */
    call: Call;
    type: "call.ringing";
  }
  | {
    /** The call. */
    call: Call;
    type: "call.accepted";
    /** Who. */
    user_id: UserId;
  }
  | {
    /** The call. */
    call: Call;
    /** What they said. */
    reason?: string;
    type: "call.declined";
    /** Who. */
    user_ids: UserId[];
  }
  | {
    /** The call. */
    call: Call;
    type: "call.busy";
    /** Who. */
    user_ids: UserId[];
  }
  | {
    /** The call. */
    call: Call;
    type: "call.updated";
  }
  | {
    /** The call. */
    call: Call;
    /** Why. */
    reason: StopReason;
    type: "call.stopped";
  }
  | {
    /** The call, with its reason. */
    call: Call;
    type: "call.ended";
  }
  | Signal & {
    type: "signal";
  }
  | {
    /** Why. */
    reason: RemovalReason;
    /** Which room. */
    room_id: RoomId;
    type: "room.removed";
  };

/** The answer to a poll. */
export interface EventsAnswer {
  /** The caller's live calls: without `after`, or when not everything could be recovered. */
  calls?: Call[];
  /** Where to go on. */
  cursor: string;
  /** What happened since the cursor, oldest first. */
  events: Event[];
  /** With `after` alone: whether everything since then is in `events`. If not, `calls` is the state to go on from. */
  recovered?: boolean;
  /** The server's time. */
  server_now: string;
  /** With `calls`: the signals of their current generation for this device. */
  signals?: Signal[];
}

/** One field, header or parameter that is wrong. */
export interface FieldProblem {
  /** Where: a path into the body (`room_config.name`), or the name of a header, path or query parameter. */
  field: string;
  /** What is wrong with it and what would be right. Never repeats the value. */
  problem: string;
}

/** A call that is over, as one of its parties remembers it. */
export type HistoryItem = Call & {
  /** From the first accept to the end, in milliseconds. */
  active_ms: number;
  /** Whether this party was called and neither answered nor declined. */
  missed: boolean;
  /** From the invite to the first accept, or to the end, in milliseconds. */
  ring_ms: number;
};

/** One entry of `RTCConfiguration.iceServers`. */
export interface IceServer {
  /** Of TURN. */
  credential?: string;
  /** `stun:`, `turn:` and `turns:` addresses (RFC 7064, RFC 7065). */
  urls: string[];
  /** Of TURN. */
  username?: string;
}

/** What a device configures its peer connection with. */
export interface IceServersAnswer {
  /** `RTCConfiguration.iceCandidatePoolSize`. */
  candidate_pool_size: number;
  /** Until when the credentials open a new allocation. One that is open goes on. */
  expires_at: string;
  /** The servers. None at all is possible, where devices reach each other without. */
  ice_servers: IceServer[];
}

/** What became of an invite. */
export interface InviteAnswer {
  /** The call. It may be over already, when the only callee is busy. */
  call: Call;
  /** `true` when the callee was calling at the same moment: this is their call, and it is accepted. */
  glare?: boolean;
  /** Whether any device of any callee is connected at this moment. */
  reachable?: boolean;
  /** With `glare`: what the callee has sent for this call so far. */
  signals?: Signal[];
}

/** Who is to be called, and how. */
export interface InviteRequest {
  /** Whom to call: 1 to 49 people, one only with `p2p`; nobody twice, and not oneself. */
  callees: UserId[];
  /** The public key of the calling device, for an end-to-end encrypted call. */
  key?: string;
  /** What is transmitted at most. */
  kind: CallKind;
  /** By which way. */
  media: CallMedia;
  /** With `p2p`: the caller's offer, which reaches every ringing device with the ring. The same as a signal of the kind `offer` and the generation 0 right after the invite. */
  offer?: EarlyOffer;
  /** How long it may ring, in seconds: 15 to 120, 30 if absent. */
  ring_seconds?: number;
  /** The room whose members they all must be. Without it the directory policy decides who may call whom. */
  room_id?: RoomId;
}

/** Everything that a LiveKit SDK needs to connect. */
export interface JoinAnswer {
  /** When the token stops admitting. Who is connected by then stays: LiveKit renews for them. */
  expires_at: string;
  /** `<user id>:<device>`: two devices of one person are two participants. */
  participant_identity: string;
  /** The LiveKit token. Lets its bearer into this one room, as this one identity, once or more until `expires_at`. */
  participant_token: string;
  /** When to ask again, if not connected by then. */
  refresh_after: string;
  /** What the token allows. */
  role: Role;
  /** The room id, as in the path. */
  room_name: RoomId;
  /** Where to connect (`ws://` or `wss://`). */
  server_url: string;
}

/** What a LiveKit SDK may send along. All of it is optional; what would contradict the server's own decision is refused, never dropped. Unknown fields are ignored here, and only here: SDKs add to this body. */
export interface JoinRequest {
  /** At most 16 of at most 256 bytes each, where `JOIN__CLIENT_METADATA` allows it; never `role` or `user_id`. */
  participant_attributes?: Record<string, string>;
  /** May only repeat the identity that the server gives. */
  participant_identity?: string;
  /** At most 2 KiB, where `JOIN__CLIENT_METADATA` allows it. */
  participant_metadata?: string;
  /** A display name of at most 128 characters, where `JOIN__CLIENT_NAMES` allows it. */
  participant_name?: string;
  /** Must be empty: rooms are configured by the server. */
  room_config?: Record<string, unknown>;
  /** May only repeat the room id of the path. */
  room_name?: string;
}

/** The body of `accept` and `ringing`; may be left out. */
export interface KeyRequest {
  /** The public key of this device, for an end-to-end encrypted call: at most 128 characters of base64url. */
  key?: string;
}

/** Whose fault it is that media failed. */
export type MediaCause = "network" | "device";

/** The media state of the caller's device in a call. */
export interface MediaReport {
  /** With `failed`, and only then: why. `network` if absent. */
  cause?: MediaCause;
  /** How they stand. */
  state: ReportedMedia;
}

/** How the media of one device stand. */
export type MediaState = "connecting" | "connected" | "reconnecting";

/** A part of a list. */
export interface PageOfBlock {
  /** The items. */
  items: Block[];
  /** What to give as `cursor` to read on; absent at the end. */
  next_cursor?: string;
}

/** A part of a list. */
export interface PageOfCall {
  /** The items. */
  items: Call[];
  /** What to give as `cursor` to read on; absent at the end. */
  next_cursor?: string;
}

/** A part of a list. */
export interface PageOfHistoryItem {
  /** The items. */
  items: HistoryItem[];
  /** What to give as `cursor` to read on; absent at the end. */
  next_cursor?: string;
}

/** One person in a call. */
export interface Party {
  /** With which of their devices they are in the call. */
  device?: DeviceId;
  /** The public key of that device, in end-to-end encrypted calls. */
  key?: string;
  /** How that device's media stand, once it said so. */
  media_state?: MediaState;
  /** Caller or callee. */
  role: PartyRole;
  /** Where they stand. */
  state: PartyState;
  /** Who. */
  user_id: UserId;
}

/** Who somebody is in a call. */
export type PartyRole = "caller" | "callee";

/** Where one person stands in a call. */
export type PartyState = "invited" | "ringing" | "accepted" | "declined" | "busy" | "left" | "missed";

/** The body of every answer that is not a success. A client acts on `code`; `title` is for people and may be reworded. */
export interface ProblemDocument {
  /** What happened, for programs. Stable. */
  code: ErrorCode;
  /** With `invalid_field`: every fault that was found. */
  fields?: FieldProblem[];
  /** The HTTP status, repeated. */
  status: number;
  /** What happened, in one sentence for people. */
  title: string;
  /** The trace in which it happened: 32 hexadecimal digits, to quote when asking for help. */
  trace_id: string;
  /** A reference to the documentation of `code`. */
  type: string;
  [more: string]: unknown;
}

/** Why somebody was sent out of a room. A client treats a reason that it does not know as `kicked`. */
export type RemovalReason = "kicked" | "banned" | "removed" | "signed_out";

/** What a device may report of its media. */
export type ReportedMedia = "connecting" | "connected" | "reconnecting" | "failed";

/** A member's role in a room. Ordered: each role may do what the ones before it may. */
export type Role = "viewer" | "participant" | "presenter" | "moderator";

/** A room, as its member sees it. */
export interface Room {
  /** Whether anybody is in it now, by LiveKit's own list. */
  live: boolean;
  /** How many may be in it at once, where the room says so itself. */
  max_participants?: number;
  /** What the application keeps with it. */
  metadata?: string;
  /** What to call it in front of people, where the source of membership knows. */
  name?: string;
  /** What the caller may do there. */
  role: Role;
  /** The application's name for it. */
  room_id: RoomId;
}

export type RoomId = string;

/** A message of the server. */
export type ServerMessage =
  | Welcome & {
    type: "welcome";
  }
  | {
    /** When the socket closes, unless a newer token comes. */
    token_expires_at: string;
    type: "authenticated";
  }
  | {
    /** What. */
    event: Event;
    type: "event";
  }
  | AnswerMessage & {
    type: "answer";
  }
  | {
    /** In milliseconds from now. */
    after_ms: number;
    type: "drain";
  }
  | {
    type: "pong";
  };

/** A signal, as it reaches the other device. */
export interface Signal {
  /** Of which call. */
  call_id: CallId;
  /** Who sent it. */
  from: UserId;
  /** To which generation of the connection it belongs. */
  generation: number;
  /** What it is. */
  kind: SignalKind;
  /** What it carries. */
  payload: SignalPayload;
  /** Unique. The same signal may be read in a snapshot and as an event. */
  signal_id: string;
}

/** The answer to a signal that was taken: it is stored, and will be delivered. */
export interface SignalAnswer {
  /** Its id. */
  signal_id: string;
}

/** What a signal is. */
export type SignalKind = "offer" | "answer" | "candidates" | "restart";

/** What a signal carries. Which fields there must be depends on its kind: `sdp` of an offer or an answer, `candidates` or `end` or both of candidates, none of a restart; or `sealed` alone, of any kind. */
export interface SignalPayload {
  /** Candidates, at most 50. */
  candidates?: Candidate[];
  /** `true`: no more candidates of this generation will follow. May not be `false`. */
  end?: boolean;
  /** A session description: at most 32 KiB. */
  sdp?: string;
  /** The whole payload, encrypted from device to device, in base64url without padding: at most 48 KiB. */
  sealed?: string;
}

/** A signal to be relayed to the other party's device. */
export interface SignalRequest {
  /** With an answer, and only then: accept the ring as well, in the same step. */
  accept?: boolean;
  /** To which generation of the connection it belongs: 0 at first, one more with each restart. */
  generation: number;
  /** What it is. */
  kind: SignalKind;
  /** What it carries. */
  payload: SignalPayload;
}

/** Why a ring stops on this device though the call goes on. */
export type StopReason = "answered_elsewhere" | "declined_elsewhere" | "dialled_elsewhere";

export type UserId = string;

/** The state of things, and from where events go on. */
export interface Welcome {
  /** The caller's live calls: without a cursor, or when not everything could be recovered. */
  calls?: Call[];
  /** Where to go on, if nothing else comes. */
  cursor: string;
  /** How often the server pings, in milliseconds. Twice without an answer ends the socket. */
  ping_ms: number;
  /** When resuming, and only then: whether everything since the cursor follows as events. If not, `calls` and `signals` are the state to go on from. */
  recovered?: boolean;
  /** The server's time. */
  server_now: string;
  /** The name of this connection in logs. */
  session: string;
  /** With `calls`: the signals of their current generation for this device. */
  signals?: Signal[];
  /** When the socket closes, unless a newer token comes. */
  token_expires_at: string;
}

/** What each command takes and is answered, by its name. */
export interface Commands {
  "call.invite": { body: InviteRequest; answer: InviteAnswer };
  "call.accept": { body: KeyRequest | undefined; answer: CallAnswer };
  "call.decline": { body: DeclineRequest | undefined; answer: CallAnswer };
  "call.cancel": { body: EmptyRequest | undefined; answer: CallAnswer };
  "call.hangup": { body: EmptyRequest | undefined; answer: CallAnswer };
  "call.ringing": { body: KeyRequest | undefined; answer: undefined };
  "call.media": { body: MediaReport; answer: undefined };
  "call.add_party": { body: AddPartyRequest; answer: CallAnswer };
  "signal.send": { body: SignalRequest; answer: SignalAnswer };
  "room.join": { body: JoinRequest | undefined; answer: JoinAnswer };
  "ice_servers.get": { body: undefined; answer: IceServersAnswer };
}
