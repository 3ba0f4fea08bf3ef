/** Somebody in a room, by LiveKit's own SDK for Node: real WebRTC, none of our code. */
import "./quiet.ts";

import {
  AudioStream,
  DisconnectReason,
  LocalAudioTrack,
  LocalVideoTrack,
  Room,
  RoomEvent,
  TrackKind,
  TrackPublishOptions,
  TrackSource,
  VideoStream,
  type RemoteParticipant,
  type RemoteTrack,
  type VideoFrame,
} from "@livekit/rtc-node";

import type { Joined } from "./api.ts";
import { audible, differ, movingColour, tone } from "./media.ts";
import { until, within } from "./until.ts";

/** `dispose` ends the SDK's own threads; without it the process does not end. */
export { dispose, DisconnectReason, TrackSource } from "@livekit/rtc-node";

const MEDIA_BOUND_MS = 20_000;
/** A pause in what is heard that is longer than this is silence. The network makes none on a machine of its own. */
const SILENCE_MS = 300;

/** From when to when something was heard, by `performance.now()`. */
export interface Heard {
  from: number;
  to: number;
}

interface Received {
  first?: VideoFrame;
  pictures: number;
  moves: boolean;
  /** In order, silence between them. */
  heard: Heard[];
}

export class Participant {
  private readonly received = new Map<string, Received>();
  private readonly stops: (() => Promise<void>)[] = [];
  /** Resolves when this connection is over, however. */
  readonly gone: Promise<{ at: number; reason: DisconnectReason }>;

  private constructor(
    readonly room: Room,
    readonly identity: string,
  ) {
    room.on(RoomEvent.TrackSubscribed, (track, _, from) => {
      // Of somebody who was there for a moment the SDK may know no more by now. There is nothing to be watched then.
      this.watch(track, from).catch(() => undefined);
    });
    this.gone = new Promise((resolve) => room.once(RoomEvent.Disconnected, (reason) => resolve({ at: performance.now(), reason })));
  }

  /** Connects with what a join answered. */
  static async connect({ server_url, participant_token, participant_identity }: Joined): Promise<Participant> {
    const participant = new Participant(new Room(), participant_identity);
    await within(
      `the connection of ${participant_identity}`,
      MEDIA_BOUND_MS,
      participant.room.connect(server_url, participant_token, { autoSubscribe: true, dynacast: false }),
    );
    return participant;
  }

  /** Publishes a moving picture; fails where the token does not allow it. */
  async showCamera(source: TrackSource = TrackSource.SOURCE_CAMERA): Promise<void> {
    const { source: pictures, stop } = movingColour();
    this.stops.push(stop);
    await this.publish(LocalVideoTrack.createVideoTrack("picture", pictures), source);
  }

  /** Publishes a tone; fails where the token does not allow it. */
  async speak(): Promise<void> {
    const { source, stop } = tone();
    this.stops.push(stop);
    await this.publish(LocalAudioTrack.createAudioTrack("tone", source), TrackSource.SOURCE_MICROPHONE);
  }

  /** Waits until pictures of `identity` come in, and move. Gives their number. */
  async sees(identity: string): Promise<number> {
    return until(`moving pictures of ${identity} at ${this.identity}`, MEDIA_BOUND_MS, () => {
      const received = this.received.get(identity);
      return received?.moves === true && received.pictures;
    });
  }

  /** Waits until `identity` is to be heard, after `since` if that is given. */
  async hears(identity: string, since = 0): Promise<void> {
    await until(`sound of ${identity} at ${this.identity}`, MEDIA_BOUND_MS, () => this.heard(identity).some(({ to }) => to > since));
  }

  /** Waits until `identity` has not been heard for a second. */
  async hearsNoMoreOf(identity: string): Promise<void> {
    await until(`silence of ${identity} at ${this.identity}`, MEDIA_BOUND_MS, () => {
      return performance.now() - (this.heard(identity).at(-1)?.to ?? 0) > 1000;
    });
  }

  /** When `identity` was heard so far. */
  heard(identity: string): readonly Heard[] {
    return this.received.get(identity)?.heard ?? [];
  }

  /** Waits until `identity` is in the room. */
  async meets(identity: string): Promise<RemoteParticipant> {
    return until(`${identity} to appear to ${this.identity}`, MEDIA_BOUND_MS, () => this.room.remoteParticipants.get(identity));
  }

  /** Waits until `identity` is no longer in the room. */
  async misses(identity: string): Promise<void> {
    await until(`${identity} to leave ${this.identity}`, MEDIA_BOUND_MS, () => !this.room.remoteParticipants.has(identity));
  }

  async leave(): Promise<void> {
    await Promise.all(this.stops.splice(0).map((stop) => stop()));
    await this.room.disconnect();
  }

  private async publish(track: LocalVideoTrack | LocalAudioTrack, source: TrackSource): Promise<void> {
    const local = this.room.localParticipant;
    if (local === undefined) throw new Error(`${this.identity} is not connected`);
    await within(`${this.identity} to publish`, MEDIA_BOUND_MS, local.publishTrack(track, new TrackPublishOptions({ source })));
  }

  private async watch(track: RemoteTrack, from: RemoteParticipant): Promise<void> {
    const received = this.received.get(from.identity) ?? { pictures: 0, moves: false, heard: [] };
    this.received.set(from.identity, received);
    if (track.kind === TrackKind.KIND_VIDEO) {
      for await (const { frame } of new VideoStream(track)) {
        received.pictures += 1;
        received.first ??= frame;
        received.moves ||= differ(received.first, frame);
      }
    } else {
      for await (const frame of new AudioStream(track)) if (audible(frame)) hear(received.heard, performance.now());
    }
  }
}

function hear(heard: Heard[], now: number): void {
  const last = heard.at(-1);
  if (last === undefined || now - last.to > SILENCE_MS) heard.push({ from: now, to: now });
  else last.to = now;
}

/** Everybody leaves, whatever happened. */
export async function together<T>(people: Joined[], work: (participants: Participant[]) => Promise<T>): Promise<T> {
  const connected: Participant[] = [];
  try {
    for (const person of people) connected.push(await Participant.connect(person));
    return await work(connected);
  } finally {
    await Promise.allSettled(connected.map((participant) => participant.leave()));
  }
}
