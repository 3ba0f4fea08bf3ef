// The usual way to hand out LiveKit tokens in Node, written with care and without tricks: the reference that
// `cargo xtask bench join` compares realtime-service with. Settings come from the environment, as the bench gives them.
//
// Like the service, it answers a join in LiveKit's token-endpoint format, logs one line when a token is asked for, one
// when it is minted and one when the request is answered, and answers /readyz once it has the issuer's keys.

import express from 'express';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { AccessToken, TrackSource } from 'livekit-server-sdk';
import pino from 'pino';
import { randomUUID } from 'node:crypto';

const { LISTEN_PORT, ISSUER, AUDIENCE, LIVEKIT_URL, LIVEKIT_API_KEY, LIVEKIT_API_SECRET } = process.env;
const TENANT = ISSUER.slice(ISSUER.lastIndexOf('/') + 1);
const TTL_SECONDS = 120;

// Buffered, as pino's documentation advises where throughput matters.
const log = pino({ base: { service: 'join-node' } }, pino.destination({ sync: false, minLength: 4096 }));
const flushEverySecond = setInterval(() => log.flush(), 1000);
flushEverySecond.unref();

const CAMERA = [TrackSource.CAMERA, TrackSource.MICROPHONE];
const SCREEN = [...CAMERA, TrackSource.SCREEN_SHARE, TrackSource.SCREEN_SHARE_AUDIO];
const LOWEST_FIRST = ['viewer', 'participant', 'presenter', 'moderator'];
const GRANTS = {
  viewer: { canPublish: false, canPublishData: false },
  participant: { canPublish: true, canPublishSources: CAMERA, canPublishData: true },
  presenter: { canPublish: true, canPublishSources: SCREEN, canPublishData: true },
  moderator: { canPublish: true, canPublishSources: SCREEN, canPublishData: true },
};

const discovery = await fetch(`${ISSUER}/.well-known/openid-configuration`);
const keys = createRemoteJWKSet(new URL((await discovery.json()).jwks_uri));
await keys.reload();

const app = express();
app.disable('x-powered-by');
app.disable('etag');
app.get('/readyz', (_request, response) => response.json({ status: 'ok' }));
app.post('/api/realtime/rooms/:roomId/join', express.json({ limit: '64kb' }), join);
app.use((error, _request, response, _next) => {
  log.warn({ err: error }, 'join refused');
  response.status(error.status ?? 500).json({ status: error.status ?? 500 });
});

const server = app.listen(Number(LISTEN_PORT), '127.0.0.1');
// Longer than a pause between two rounds: a closed connection would be counted as a failed request.
server.keepAliveTimeout = 120_000;
process.once('SIGTERM', () => server.close(() => process.exit(0)));

async function join(request, response) {
  const begun = performance.now();
  const { roomId } = request.params;
  const traceId = request.get('traceparent')?.split('-')[1] ?? randomUUID().replaceAll('-', '');
  const lines = log.child({ trace_id: traceId, room_id: roomId });
  response.on('finish', () => {
    lines.info({ status: response.statusCode, duration_ms: performance.now() - begun }, 'answered');
  });
  const device = request.get('x-device-id') ?? 'default';
  lines.info({ device }, 'token asked');

  const claims = await caller(request);
  const role = roleIn(roomId, claims.groups ?? []);
  if (role === undefined) throw refusal(404, 'not a member');

  const identity = `${claims.sub}:${device}`;
  const token = new AccessToken(LIVEKIT_API_KEY, LIVEKIT_API_SECRET, {
    identity,
    name: claims.name,
    ttl: TTL_SECONDS,
    attributes: { role, user_id: claims.sub },
  });
  token.addGrant({
    roomJoin: true,
    room: `${TENANT}/${roomId}`,
    canSubscribe: true,
    canUpdateOwnMetadata: false,
    ...GRANTS[role],
  });
  const participantToken = await token.toJwt();
  lines.info({ user_id: claims.sub, role, ttl_seconds: TTL_SECONDS }, 'token minted');

  const now = Date.now();
  response.set('x-trace-id', traceId).status(201).json({
    server_url: LIVEKIT_URL,
    participant_token: participantToken,
    room_name: roomId,
    participant_identity: identity,
    role,
    expires_at: new Date(now + TTL_SECONDS * 1000).toISOString(),
    refresh_after: new Date(now + TTL_SECONDS * 500).toISOString(),
  });
}

async function caller(request) {
  const [scheme, token] = request.get('authorization')?.split(' ') ?? [];
  if (scheme !== 'Bearer' || token === undefined) throw refusal(401, 'no bearer token');
  const { payload } = await jwtVerify(token, keys, {
    algorithms: ['RS256'],
    audience: AUDIENCE,
    issuer: ISSUER,
    requiredClaims: ['exp', 'iat', 'sub'],
  }).catch((error) => {
    throw refusal(401, error.message);
  });
  if (payload.typ !== 'Bearer') throw refusal(401, 'not an access token');
  return payload;
}

/** The highest role among the groups `/rooms/<room id>` and `/rooms/<room id>/<role>`. */
function roleIn(roomId, groups) {
  const own = `/rooms/${roomId}`;
  const ranks = groups
    .filter((group) => group === own || group.startsWith(`${own}/`))
    .map((group) => LOWEST_FIRST.indexOf(group === own ? 'participant' : group.slice(own.length + 1)));
  return LOWEST_FIRST[Math.max(-1, ...ranks)];
}

function refusal(status, message) {
  return Object.assign(new Error(message), { status });
}
