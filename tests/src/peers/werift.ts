/** werift: WebRTC in TypeScript. It sends RTP packets of the right codecs at the usual pace. */
import { MediaStreamTrack, RTCPeerConnection, RtpHeader, RtpPacket, useOPUS, useVP8, type RTCIceCandidateInit } from "werift";

import type { Candidate } from "../../../clients/sdk/src/generated/protocol.ts";
import { until } from "../until.ts";
import { TOGETHER_MS, type Engine, type Found, type Look, type Opening } from "./engine.ts";

/** Twenty milliseconds of silence in Opus (RFC 6716, section 3.1). */
const SILENCE = Buffer.from([0xf8, 0xff, 0xfe]);
/** The payload descriptor of VP8 (RFC 7741, section 4.2), the start of a partition, and the rest of some picture. */
const PICTURE = Buffer.concat([Buffer.from([0x10]), Buffer.alloc(200, 0x5a)]);
const PACE_MS = 20;
const GATHER_BOUND_MS = 10_000;

/** werift asks a public STUN server where it is given none. Tests ask nobody outside: nothing answers here. */
const NO_STUN = "stun:127.0.0.1:9";

export class WeriftEngine implements Engine {
  readonly name = "werift";
  readonly restartsIce = true;
  readonly trickles = true;
  onFound: (found: Found) => void = () => undefined;
  private connection: RTCPeerConnection | undefined;
  private trickle = true;
  private counts = { audio: 0, video: 0 };
  private sending: NodeJS.Timeout | undefined;

  /** @param addresses hosts to be found at, besides those of the network interfaces */
  constructor(private readonly addresses: string[] = ["127.0.0.1"]) {}

  async open({ ice_servers, relay, trickle }: Opening): Promise<void> {
    await this.close();
    this.trickle = trickle;
    const iceServers = ice_servers.flatMap(({ urls, ...credentials }) => urls.map((url) => ({ urls: url, ...credentials })));
    if (!iceServers.some(({ urls }) => urls.startsWith("stun:"))) iceServers.push({ urls: NO_STUN });
    const connection = new RTCPeerConnection({
      iceServers,
      iceTransportPolicy: relay ? "relay" : "all",
      iceAdditionalHostAddresses: this.addresses,
      iceUseIpv6: false,
      // Otherwise it leaves sockets open that it has made for the second kind of media and then not used.
      bundlePolicy: "max-bundle",
      // Nobody else is at work on these machines.
      iceStunGatherTimeout: 0.5,
      codecs: { audio: [useOPUS()], video: [useVP8()] },
    });
    this.connection = connection;
    this.counts = { audio: 0, video: 0 };
    const tracks = (["audio", "video"] as const).map((kind) => new MediaStreamTrack({ kind }));
    for (const track of tracks) connection.addTransceiver(track, { direction: "sendrecv" });
    connection.onTrack.subscribe(({ kind, onReceiveRtp }) => {
      if (kind !== "audio" && kind !== "video") return;
      onReceiveRtp.subscribe(() => {
        if (this.connection === connection) this.counts[kind] += 1;
      });
    });
    if (trickle) this.tell(connection);
    this.sending = send(tracks);
  }

  async offer(iceRestart: boolean): Promise<string> {
    const connection = this.present();
    await connection.setLocalDescription(await connection.createOffer({ iceRestart }));
    return this.described(connection);
  }

  async answer(offer: string): Promise<string> {
    const connection = this.present();
    await connection.setRemoteDescription({ type: "offer", sdp: offer });
    await connection.setLocalDescription(await connection.createAnswer());
    checkAnew(connection);
    return this.described(connection);
  }

  async take(answer: string): Promise<void> {
    const connection = this.present();
    await connection.setRemoteDescription({ type: "answer", sdp: answer });
    checkAnew(connection);
  }

  async add({ candidates, end }: Found): Promise<void> {
    const connection = this.present();
    for (const candidate of candidates) await connection.addIceCandidate(toInit(candidate));
    if (end) await connection.addIceCandidate(null);
  }

  look(): Promise<Look> {
    return Promise.resolve({ state: this.connection?.connectionState ?? "closed", ...this.counts });
  }

  async close(): Promise<void> {
    clearInterval(this.sending);
    const connection = this.connection;
    this.connection = undefined;
    await connection?.close();
  }

  end(): Promise<void> {
    return this.close();
  }

  /** Tells what is found together. */
  private tell(connection: RTCPeerConnection): void {
    let waiting: Found | undefined;
    connection.onIceCandidate.subscribe((candidate) => {
      if (waiting === undefined) {
        waiting = { candidates: [], end: false };
        setTimeout(() => {
          const found = waiting;
          waiting = undefined;
          if (found !== undefined && this.connection === connection) this.onFound(found);
        }, TOGETHER_MS);
      }
      if (candidate === undefined || candidate.candidate === "") waiting.end = true;
      else waiting.candidates.push(fromInit(candidate));
    });
  }

  private async described(connection: RTCPeerConnection): Promise<string> {
    if (!this.trickle) await until("all candidates of werift", GATHER_BOUND_MS, () => connection.iceGatheringState === "complete");
    const sdp = connection.localDescription?.sdp;
    if (sdp === undefined) throw new Error("werift has no local description");
    return sdp;
  }

  private present(): RTCPeerConnection {
    if (this.connection === undefined) throw new Error("werift has no peer connection");
    return this.connection;
  }
}

/** After a restart of ICE, werift gathers anew, but looks for a path only where it has not secured one yet: so it is told to. */
function checkAnew({ dtlsTransports }: RTCPeerConnection): void {
  for (const { state, iceTransport } of dtlsTransports) {
    if (state !== "connected" || iceTransport.state === "connected" || iceTransport.state === "checking") continue;
    // That it found none shows in the state of the connection.
    iceTransport.start().catch(() => undefined);
  }
}

function send(tracks: MediaStreamTrack[]): NodeJS.Timeout {
  let sent = 0;
  return setInterval(() => {
    sent += 1;
    for (const track of tracks) {
      const isAudio = track.kind === "audio";
      const header = new RtpHeader({ sequenceNumber: sent & 0xffff, timestamp: sent * (isAudio ? 960 : 1800), marker: !isAudio });
      track.writeRtp(new RtpPacket(header, isAudio ? SILENCE : PICTURE));
    }
  }, PACE_MS);
}

function fromInit({ candidate = "", sdpMid, sdpMLineIndex, usernameFragment }: RTCIceCandidateInit): Candidate {
  return {
    candidate,
    ...(typeof sdpMid === "string" ? { sdp_mid: sdpMid } : {}),
    ...(typeof sdpMLineIndex === "number" ? { sdp_m_line_index: sdpMLineIndex } : {}),
    ...(typeof usernameFragment === "string" ? { username_fragment: usernameFragment } : {}),
  };
}

function toInit({ candidate, sdp_mid, sdp_m_line_index, username_fragment }: Candidate): RTCIceCandidateInit {
  return {
    candidate,
    ...(sdp_mid === undefined ? {} : { sdpMid: sdp_mid }),
    ...(sdp_m_line_index === undefined ? {} : { sdpMLineIndex: sdp_m_line_index }),
    ...(username_fragment === undefined ? {} : { usernameFragment: username_fragment }),
  };
}
