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

/** From `span` up to the root: the spans between them, both included. */
function ancestry(spans: Span[], span: Span): Span[] {
  const parent = spans.find(({ span_id }) => span_id === span.parent_span_id);
  return parent === undefined ? [span] : [span, ...ancestry(spans, parent)];
}

describe("a join", () => {
  test("is one trace from the gateway through the service to the membership service and LiveKit", async () => {
    const room = fresh("trace");
    await stack.member(room, dave.id, "participant");
    await stack.membershipRequests();
    const answer = await api.join(room, { as: dave });
    assert.equal(answer.status, 201, answer.text);
    const trace = String(answer.headers["x-trace-id"]);
    const calls = (spans: Span[]) => spans.filter((span) => ofService(span) && /http\.client|sfu|livekit/i.test(span.name));
    const spans = await spansOf(trace, (spans) => spans.some(ofGateway) && spans.some(ofService) && calls(spans).length >= 2);

    const [gateway, ...more] = spans.filter(ofGateway);
    assert.deepEqual(more, []);
    assert.equal(gateway?.name, "gateway.request");
    assert.equal(gateway.parent_span_id, "");
    for (const span of spans.filter(ofService)) {
      assert.equal(ancestry(spans, span).at(-1)?.span_id, gateway.span_id, `${span.name} is not below the gateway's span`);
    }
    const requests = spans.filter((span) => ofService(span) && span.parent_span_id === gateway.span_id);
    assert.equal(requests.length, 1);

    const [asked] = await stack.membershipRequests();
    const [, told, parent] = String(asked?.headers["traceparent"]).split("-");
    assert.equal(told, trace);
    const client = spans.find(({ span_id }) => span_id === parent);
    assert.ok(client !== undefined && ofService(client), "the membership service was told a parent that nobody sent");
    assert.equal(asked?.headers["baggage"], undefined);
    assert.ok(calls(spans).some(({ attributes, name }) => /sfu|livekit|twirp/i.test(JSON.stringify(attributes) + name)), JSON.stringify(spans));
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
    assert.doesNotMatch(JSON.stringify(span), /203\.0\.113\.77|canary-query/);
    assert.equal(span?.attributes["client.address"], "");
    assert.equal(span?.attributes["network.peer.address"], "");
  });
});
