/** One request, one trace: gateway, service, membership service, LiveKit. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { fresh } from "../src/api.ts";
import { alice, bob, dave } from "../src/people.ts";
import { api, stack } from "../src/product.ts";
import type { Span } from "../src/stack.ts";
import { until } from "../src/until.ts";

const BOUND_MS = 20_000;

/** The spans of a trace, once `complete` finds in them what it waits for. */
function spansOf(trace: string, complete: (spans: Span[]) => boolean): Promise<Span[]> {
  return until(`the spans of ${trace}`, BOUND_MS, async () => {
    const spans = (await stack.spans()).filter(({ trace_id }) => trace_id === trace);
    return complete(spans) && spans;
  });
}

const ofGateway = ({ service }: Span) => service === "gateway";
const ofService = ({ service }: Span) => service === "realtime-service";

describe("a join", () => {
  test("is one trace from the gateway through the service to the membership service and LiveKit", async () => {
    const room = fresh("trace");
    await stack.member(room, dave.id, "participant");
    await stack.membershipRequests();
    const answer = await api.join(room, { as: dave });
    assert.equal(answer.status, 201, answer.text);
    const trace = String(answer.headers["x-trace-id"]);
    const calls = ({ attributes }: Span) => attributes["peer.service"] === "membership" || attributes["rpc.service"] === "livekit.RoomService";
    const spans = await spansOf(trace, (spans) => spans.some(ofGateway) && spans.filter(calls).length === 2);

    const [gateway, ...more] = spans.filter(ofGateway);
    assert.deepEqual(more, []);
    assert.equal(gateway?.name, "gateway.request");
    assert.equal(gateway.parent_span_id, "");
    const [request, ...others] = spans.filter(({ parent_span_id }) => parent_span_id === gateway.span_id);
    assert.deepEqual(others, []);
    assert.equal(request?.name, "realtime-service.join");
    assert.equal(request.attributes["http.route"], "/api/realtime/rooms/{room_id}/join");
    for (const span of spans.filter(calls)) assert.equal(span.parent_span_id, request.span_id, span.name);

    const [asked] = await stack.membershipRequests();
    const [, told, parent] = String(asked?.headers["traceparent"]).split("-");
    assert.equal(told, trace);
    assert.equal(spans.find(({ span_id }) => span_id === parent)?.attributes["peer.service"], "membership");
    assert.equal(asked?.headers["baggage"], undefined);
  });

  test("does not take up a trace from outside: neither its id, nor its sampling, nor its baggage", async () => {
    const room = fresh("trace");
    await stack.member(room, dave.id, "participant");
    await stack.membershipRequests();
    const outside = "0af7651916cd43dd8448eb211c80319c";
    const headers = { traceparent: `00-${outside}-b7ad6b7169203331-01`, tracestate: "vendor=canary", baggage: "user=canary" };
    const answer = await api.join(room, { as: dave, headers });
    assert.equal(answer.status, 201, answer.text);
    assert.notEqual(answer.headers["x-trace-id"], outside);
    const spans = await spansOf(String(answer.headers["x-trace-id"]), (spans) => spans.some(ofGateway) && spans.some(ofService));
    assert.equal(spans.find(ofGateway)?.parent_span_id, "");
    assert.deepEqual((await stack.spans()).filter(({ trace_id }) => trace_id === outside), []);
    const [asked] = await stack.membershipRequests();
    assert.doesNotMatch(JSON.stringify(asked), /canary|0af7651916cd43dd/);
  });

  test("that is refused quotes the trace in which it was", async () => {
    const answer = await api.join(fresh("trace"), { as: bob });
    const trace = String(answer.body()["trace_id"]);
    const spans = await spansOf(trace, (spans) => spans.some(ofGateway) && spans.some(ofService));
    assert.ok(spans.length >= 2);
    await until("the log line of the refusal", BOUND_MS, async () =>
      (await stack.logs()).some((line) => line.includes(trace) && line.includes("room_not_found")),
    );
  });

  test("leaves no query, address or user agent of the client in the gateway's span", async () => {
    const headers = { "x-forwarded-for": "203.0.113.77", "user-agent": "tests/1" };
    const answer = await api.ask("GET", "/rooms/standup?note=canary-query", { as: alice, headers });
    const [span] = (await spansOf(String(answer.headers["x-trace-id"]), (spans) => spans.some(ofGateway))).filter(ofGateway);
    assert.doesNotMatch(JSON.stringify(span), /203\.0\.113\.77|canary-query|tests\/1/);
    for (const name of ["client.address", "network.peer.address", "user_agent.original"]) assert.equal(span?.attributes[name], "", name);
  });
});
