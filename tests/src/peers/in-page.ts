/** What runs in the page of page.ts, put there as text: it can refer to nothing outside of `install`. */
import type { Candidate } from "../../../clients/sdk/src/generated/protocol.ts";
import type { Found, Look, Opening } from "./engine.ts";

export interface InPage {
  found(found: Found): void;
  device: {
    open(opening: Opening): Promise<void>;
    offer(iceRestart: boolean): Promise<string>;
    answer(sdp: string): Promise<string>;
    take(sdp: string): Promise<void>;
    add(found: Found): Promise<void>;
    look(): Promise<Look>;
    close(): Promise<void>;
  };
}

export function install(): void {
  const page = window as unknown as InPage;
  let connection: RTCPeerConnection | undefined;
  let media: MediaStream | undefined;
  let trickles = true;

  const present = (): RTCPeerConnection => connection ?? fail("there is no peer connection");
  const fail = (why: string): never => {
    throw new Error(why);
  };

  const close = (): void => {
    connection?.close();
    connection = undefined;
    for (const track of media?.getTracks() ?? []) track.stop();
    media = undefined;
  };

  /** Tells what is found together. */
  const tell = (from: RTCPeerConnection): void => {
    let waiting: Found | undefined;
    from.addEventListener("icecandidate", ({ candidate }) => {
      if (waiting === undefined) {
        waiting = { candidates: [], end: false };
        setTimeout(() => {
          if (waiting !== undefined && from === connection) page.found(waiting);
          waiting = undefined;
        }, 50);
      }
      if (candidate === null) waiting.end = true;
      else if (candidate.candidate !== "") waiting.candidates.push(fromInit(candidate.toJSON()));
    });
  };

  const fromInit = ({ candidate = "", sdpMid, sdpMLineIndex, usernameFragment }: RTCIceCandidateInit): Candidate => ({
    candidate,
    ...(typeof sdpMid === "string" ? { sdp_mid: sdpMid } : {}),
    ...(typeof sdpMLineIndex === "number" ? { sdp_m_line_index: sdpMLineIndex } : {}),
    ...(typeof usernameFragment === "string" ? { username_fragment: usernameFragment } : {}),
  });

  const described = async (): Promise<string> => {
    const from = present();
    if (!trickles && from.iceGatheringState !== "complete") {
      await new Promise<void>((resolve) => {
        from.addEventListener("icegatheringstatechange", () => from.iceGatheringState === "complete" && resolve());
      });
    }
    return from.localDescription?.sdp ?? fail("there is no local description");
  };

  const show = async (): Promise<void> => {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 320, height: 240 } });
    media = stream;
    for (const track of stream.getTracks()) present().addTrack(track, stream);
  };

  page.device = {
    open({ ice_servers, relay, trickle }) {
      close();
      trickles = trickle;
      connection = new RTCPeerConnection({ iceServers: ice_servers, iceTransportPolicy: relay ? "relay" : "all" });
      if (trickle) tell(connection);
      return show();
    },
    async offer(iceRestart) {
      await present().setLocalDescription(await present().createOffer({ iceRestart }));
      return described();
    },
    async answer(sdp) {
      await present().setRemoteDescription({ type: "offer", sdp });
      await present().setLocalDescription(await present().createAnswer());
      return described();
    },
    async take(sdp) {
      await present().setRemoteDescription({ type: "answer", sdp });
    },
    async add({ candidates, end }) {
      for (const { candidate, sdp_mid, sdp_m_line_index, username_fragment } of candidates) {
        await present().addIceCandidate({
          candidate,
          sdpMid: sdp_mid ?? null,
          sdpMLineIndex: sdp_m_line_index ?? null,
          usernameFragment: username_fragment ?? null,
        });
      }
      if (end) await present().addIceCandidate();
    },
    async look() {
      const look = { state: connection?.connectionState ?? "closed", audio: 0, video: 0 };
      for (const entry of ((await connection?.getStats()) ?? new Map()).values() as Iterable<RTCInboundRtpStreamStats>) {
        if (entry.type !== "inbound-rtp") continue;
        if (entry.kind === "audio") look.audio += entry.packetsReceived ?? 0;
        else look.video += entry.packetsReceived ?? 0;
      }
      return look;
    },
    close() {
      close();
      return Promise.resolve();
    },
  };
}
