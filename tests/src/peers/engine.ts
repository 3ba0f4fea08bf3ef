/** A WebRTC stack that is not ours, on one device, as far as calls need it. There is one in Node, one in Chromium and one in Python. */
import type { Candidate, IceServer } from "../../../clients/sdk/src/generated/protocol.ts";

/** How a peer connection is made. */
export interface Opening {
  ice_servers: IceServer[];
  /** Media go through a TURN server or not at all. */
  relay: boolean;
  /** Candidates are told as they are found; else descriptions wait for all of them and carry them. */
  trickle: boolean;
}

/** Candidates that were found together. */
export interface Found {
  candidates: Candidate[];
  /** These were all. */
  end: boolean;
}

/** What a peer connection looks like at one moment. */
export interface Look {
  /** As `RTCPeerConnection.connectionState` has it. */
  state: string;
  /** RTP packets that have come in so far. */
  audio: number;
  video: number;
}

/** One device's stack, with one peer connection at a time. It sends a tone and a picture, or RTP packets that look like them. */
export interface Engine {
  readonly name: string;
  /** Whether it can find new paths for a peer connection that it has, rather than for a new one only. */
  readonly restartsIce: boolean;
  /** Whether it can tell its candidates one by one. */
  readonly trickles: boolean;
  /** Hears of candidates; not called where they are in the description. */
  onFound: (found: Found) => void;
  /** Makes a peer connection, in place of the one before. */
  open(opening: Opening): Promise<void>;
  /** Makes an offer and sets it. */
  offer(iceRestart: boolean): Promise<string>;
  /** Sets an offer, makes the answer and sets that. */
  answer(offer: string): Promise<string>;
  /** Sets the answer to its own offer. */
  take(answer: string): Promise<void>;
  /** Adds candidates of the peer. */
  add(found: Found): Promise<void>;
  look(): Promise<Look>;
  /** Ends the peer connection. */
  close(): Promise<void>;
  /** Ends the stack, too. */
  end(): Promise<void>;
}

/** How long candidates are collected before they are told together, in milliseconds: protocol.md recommends as much. */
export const TOGETHER_MS = 50;
