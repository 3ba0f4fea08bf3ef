//! The stable codes of errors, with what each means, where it comes from and what to do about it.
//!
//! One table: the wire, the OpenAPI document and `docs/errors.md` are made from it.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
use utoipa::openapi::{RefOr, schema};

/// What `docs/errors.md` says of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Explanation {
    /// What usually brings it about.
    pub cause: &'static str,
    /// What the one who reads it can do.
    pub remedy: &'static str,
}

macro_rules! error_codes {
    ($($name:ident = $code:literal, $status:literal, $title:literal, cause: $cause:literal, remedy: $remedy:literal;)*) => {
        /// The `code` of a problem. A client acts on this and on nothing else.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum ErrorCode {
            $(
                #[doc = $title]
                #[serde(rename = $code)]
                $name,
            )*
        }

        impl ErrorCode {
            /// Every code, in the order of its HTTP status.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The code as it stands on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The HTTP status that goes with it.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status,)* }
            }

            /// What happened, in one sentence for people.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }

            /// Cause and remedy, for the documentation.
            #[must_use]
            pub const fn explanation(self) -> Explanation {
                match self { $(Self::$name => Explanation { cause: $cause, remedy: $remedy },)* }
            }
        }
    };
}

error_codes! {
    MalformedJson = "malformed_json", 400, "The body is not a JSON value of the right kind.",
        cause: "Broken JSON, broken UTF-8, something after the value, nesting that is too deep, or a list where an object is wanted.",
        remedy: "Send one JSON object in UTF-8, with `Content-Type: application/json`.";
    InvalidField = "invalid_field", 400, "Something in the request is not as it must be.",
        cause: "A field, header, path or query parameter is unknown, missing, given twice, of the wrong type, or not within its bounds.",
        remedy: "`fields` names each one and says what would be right.";
    SubprotocolRequired = "subprotocol_required", 400, "A subprotocol that is known here is required.",
        cause: "A WebSocket handshake without `Sec-WebSocket-Protocol`, or with none that this service speaks.",
        remedy: "Ask for `realtime.v1`: `new WebSocket(url, \"realtime.v1\")`.";
    TokenMissing = "token_missing", 401, "An access token is required.",
        cause: "No `Authorization` header, or one of another scheme than Bearer.",
        remedy: "Send `Authorization: Bearer <access token>` with a token from your Keycloak realm.";
    TokenInvalid = "token_invalid", 401, "The access token is not accepted.",
        cause: "Wrong signature, issuer, audience or kind of token (an ID or refresh token, for one), or a key that the realm no longer publishes.",
        remedy: "Get a new access token. If every token is refused, compare issuer and audience of the token with `IDENTITY__ISSUERS` and `IDENTITY__AUDIENCE`; the service logs the exact reason with the trace id.";
    TokenExpired = "token_expired", 401, "The access token has expired.",
        cause: "The time of its `exp` claim is past.",
        remedy: "Refresh the token and try again. If fresh tokens are refused, compare the clocks of the service and of Keycloak.";
    AccessDenied = "access_denied", 403, "You may not do this.",
        cause: "An invite names somebody who is no member of the room (`user_ids` says who), or calls without a room are not allowed here (`CALLS__DIRECTORY`), or ICE servers were asked for by somebody who has no call, or an internal address was called without the role it needs.",
        remedy: "Call members of the room only, or have the application make them members. Ask for ICE servers once it rings.";
    Banned = "banned", 403, "You are banned from this room.",
        cause: "A moderator of the room banned the user; the ban lasts until a moderator lifts it or its time is over, whatever tokens the user has.",
        remedy: "Ask a moderator of the room: `GET /rooms/<room>/bans` lists who is banned, `DELETE /rooms/<room>/bans/<user>` lifts a ban.";
    Kicked = "kicked", 403, "You were just sent out of this room.",
        cause: "A moderator sent the user out, who may not come back for a while (`MODERATION__KICK_SECONDS`).",
        remedy: "Wait, and join again.";
    RoleRequired = "role_required", 403, "Your role in this room does not allow this.",
        cause: "The caller is a member of the room, and what was asked needs a higher role: `moderator`, or the realm's `realtime-admin` to make rooms.",
        remedy: "Have a moderator do it, or have the application give the user a higher role.";
    OriginDenied = "origin_denied", 403, "Pages of this origin may not connect.",
        cause: "A WebSocket handshake with an `Origin` that is not in `CORS__ORIGINS`.",
        remedy: "Add the exact origin of the page, scheme and port included, to `CORS__ORIGINS`.";
    NotFound = "not_found", 404, "There is nothing at this address.",
        cause: "The path is no path of this API.",
        remedy: "Compare the path with the OpenAPI document.";
    RoomNotFound = "room_not_found", 404, "There is no such room for you.",
        cause: "The room does not exist, or the caller is no member of it; the answer does not tell which.",
        remedy: "Check the room id, and that the user is a member by one of `MEMBERSHIP__SOURCES`.";
    ParticipantNotFound = "participant_not_found", 404, "There is no such participant in the room.",
        cause: "Nobody of this identity is in the room now, or they do not send what was to be muted.",
        remedy: "Read `GET /rooms/<room>/participants`; an identity is `<user id>:<device>`, and is percent-encoded in a path.";
    CallNotFound = "call_not_found", 404, "There is no such call for you.",
        cause: "The call does not exist, ended more than a day ago, or the user is no party of it; the answer does not tell which.",
        remedy: "Read `GET /calls` for the user's live calls.";
    MethodNotAllowed = "method_not_allowed", 405, "This address does not take this method.",
        cause: "The path exists, the method on it does not.",
        remedy: "Use one of the methods that the `Allow` header lists.";
    RequestTimeout = "request_timeout", 408, "The request did not arrive in time.",
        cause: "Header or body came too slowly.",
        remedy: "Try again; look at the connection between client and service if it happens often.";
    CallEnded = "call_ended", 409, "The call is over.",
        cause: "The command came after the end: the caller gave up, the time was up, or the call was hung up. `call` holds the call as it ended.",
        remedy: "Show what `call.reason` says; a callee who accepts too late has missed the call.";
    CallAlreadyAnswered = "call_already_answered", 409, "Another of your devices has answered.",
        cause: "A second device accepts a call that the same user is already in.",
        remedy: "Stop ringing on this device.";
    AlreadyInCall = "already_in_call", 409, "Already in a call.",
        cause: "The caller has a call of their own (`call_id` says which), or the user to be added is in this one already.",
        remedy: "End the other call first, or go on with it.";
    NotAllowedInPhase = "not_allowed_in_phase", 409, "The call does not allow this now.",
        cause: "The command does not fit where the call or the party stands: cancelling an active call, declining a call that one is in, accepting one's own call, answering an offer without accepting the ring.",
        remedy: "Read the call again and offer only what its phase and the party's state allow.";
    NotThisDevice = "not_this_device", 409, "Another of your devices is in the call.",
        cause: "Media are reported, or a signal is sent, by a device that is not the one with which the user is in the call.",
        remedy: "Speak from the device that accepted, with the `X-Device-Id` it accepted with.";
    RoomFull = "room_full", 409, "The room is full.",
        cause: "As many people are in the room as it allows (`max_participants` of the room, or `LIVEKIT__MAX_PARTICIPANTS`).",
        remedy: "Try again when somebody has left, or raise the room's bound.";
    RequestIdReused = "request_id_reused", 409, "This idempotency key was used for another request.",
        cause: "The same `Idempotency-Key` came with another command, call or body within ten minutes.",
        remedy: "Make a new key for each request, and repeat a key only with the very same request.";
    StaleGeneration = "stale_generation", 409, "The signal belongs to an earlier generation of the connection.",
        cause: "A restart has begun since: signals of before it would be mixed up with those of after it.",
        remedy: "Drop what belongs to the earlier generation; the `restart` and the offer of the current one are among the events.";
    WrongMedia = "wrong_media", 409, "The call is of the other media.",
        cause: "People are added to a peer-to-peer call, or signals sent in one that goes through LiveKit.",
        remedy: "Make calls that may grow with `media: livekit`, and calls between two devices with `media: p2p`.";
    TooLarge = "too_large", 413, "The body is too large.",
        cause: "More than `SERVER__BODY_LIMIT_BYTES` bytes, 64 KiB by default; or within it, as `fields` says, an SDP of more than 32 KiB, a candidate of more than 1 KiB, or `sealed` of more than 48 KiB.",
        remedy: "Send less.";
    UnsupportedMediaType = "unsupported_media_type", 415, "The body is not of a type that is understood here.",
        cause: "A `Content-Type` other than `application/json`, or none with a body.",
        remedy: "Send `Content-Type: application/json`.";
    SdpInvalid = "sdp_invalid", 422, "The session description cannot be read.",
        cause: "`payload.sdp` or `offer.sdp` is no session description as RFC 8866 and RFC 8829 have it; `fields` names the line.",
        remedy: "Send the `sdp` of `RTCPeerConnection.localDescription` unchanged.";
    CandidateInvalid = "candidate_invalid", 422, "A candidate cannot be read.",
        cause: "A `candidate` is not as RFC 8839 has it; `fields` names which.",
        remedy: "Send `RTCIceCandidate.toJSON()` with its names in snake_case, and the end of candidates as `end: true`.";
    UpgradeRequired = "upgrade_required", 426, "This address speaks WebSocket only.",
        cause: "A request to `/api/realtime/ws` that is no WebSocket handshake, or a proxy on the way that drops its headers.",
        remedy: "Connect with a WebSocket client; where proxies do not let it through, use `GET /api/realtime/events`.";
    RateLimited = "rate_limited", 429, "Too many requests.",
        cause: "The caller, or for failed authentications the address, went over its limit (`LIMITS__…`); or has sent 300 signals, or 1 MiB of them, in one call.",
        remedy: "Wait for as many seconds as `Retry-After` says. A call that has used up its signals takes no more: end it.";
    HeadersTooLarge = "headers_too_large", 431, "The headers are too large or too many.",
        cause: "More than 16 KiB of headers, or more of them than a request ever needs.",
        remedy: "Send fewer and shorter headers; a token with very many groups is the usual culprit.";
    Internal = "internal", 500, "Something went wrong here.",
        cause: "A fault of the service.",
        remedy: "Report it with the trace id. The log has an event of level ERROR with the same one.";
    SfuRejected = "sfu_rejected", 502, "LiveKit did not accept the request.",
        cause: "LiveKit answered with an error: usually its API key or secret is not the one that the service has.",
        remedy: "Compare `LIVEKIT__API_KEY` and `LIVEKIT__API_SECRET` with LiveKit's own configuration.";
    SfuUnavailable = "sfu_unavailable", 503, "LiveKit cannot be reached.",
        cause: "LiveKit is down, or `LIVEKIT__URL` leads nowhere.",
        remedy: "Try again after `Retry-After` seconds. Operators: see `sfu` at `/readyz`.";
    StoreUnavailable = "store_unavailable", 503, "What is kept here of calls and rooms cannot be read or written at the moment.",
        cause: "Redis is down, changing its primary, full or read-only, or too many devices act on one call at once. The effect of the request may stand.",
        remedy: "Try again after `Retry-After` seconds with the same `Idempotency-Key`: the effect happens once. Operators: see `store` at `/readyz` and the runbook.";
    CallStateUnavailable = "call_state_unavailable", 503, "The call service cannot be reached.",
        cause: "No replica of call-state-service answers at `CALL_STATE__URL`. The effect of the request may stand.",
        remedy: "Try again after `Retry-After` seconds with the same `Idempotency-Key`: the effect happens once.";
    IdentityUnavailable = "identity_unavailable", 503, "Access tokens cannot be checked at the moment.",
        cause: "The keys of the realm could not be read even once since the service started.",
        remedy: "Try again after `Retry-After` seconds. Operators: see `keys` at `/readyz`; known keys go on working when Keycloak is down, so this is a start without Keycloak.";
    MembershipUnavailable = "membership_unavailable", 503, "It cannot be found out at the moment who belongs to the room.",
        cause: "A source of membership timed out, failed, or gave an answer that is none.",
        remedy: "Try again after `Retry-After` seconds. Operators: `membership_answers_total` tells which source.";
    ShuttingDown = "shutting_down", 503, "This server is being replaced.",
        cause: "The service is stopping, or none is behind the gateway at this moment.",
        remedy: "Try again after `Retry-After` seconds.";
    SfuTimeout = "sfu_timeout", 504, "LiveKit did not answer in time.",
        cause: "LiveKit is overloaded, or the network to it is slow.",
        remedy: "Try again. Operators: see `sfu_requests_seconds`.";
}

impl ErrorCode {
    /// The `type` of its problem document. A URN, because the documentation lives where each deployment puts it.
    #[must_use]
    pub fn reference(self) -> String {
        format!("urn:problem:realtime:{}", self.as_str())
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl utoipa::PartialSchema for ErrorCode {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::String))
            .enum_values(Some(Self::ALL.iter().map(|code| code.as_str())))
            .into()
    }
}

impl utoipa::ToSchema for ErrorCode {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("ErrorCode")
    }

    fn schemas(_schemas: &mut Vec<(String, RefOr<schema::Schema>)>) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wire_and_the_table_agree() {
        for code in ErrorCode::ALL {
            assert_eq!(serde_json::to_value(code).expect("a code is a string"), code.as_str());
            assert!((400..600).contains(&code.status()), "{code}");
            assert!(code.title().ends_with('.') && code.explanation().remedy.ends_with('.'), "{code}");
        }
        assert!(ErrorCode::ALL.is_sorted_by_key(|code| code.status()));
    }
}
