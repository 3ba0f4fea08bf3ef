/** Made-up media, cheap to make and easy to recognise at the other end: a picture whose colour moves, and a tone. */
import "./quiet.ts";

import { AudioFrame, AudioSource, VideoBufferType, VideoFrame, VideoSource } from "@livekit/rtc-node";

const WIDTH = 320;
const HEIGHT = 180;
const FRAME_MS = 66;
const SAMPLE_RATE = 48_000;
const TONE_HZ = 440;
const LOUDNESS = 8_000;
const CHUNK_MS = 20;

/** Something to publish, until it is stopped. */
export interface Source<S> {
  source: S;
  stop: () => Promise<void>;
}

/** A picture every 66 ms. */
export function movingColour(): Source<VideoSource> {
  const source = new VideoSource(WIDTH, HEIGHT);
  const pixels = new Uint8Array(WIDTH * HEIGHT * 4);
  let turn = 0;
  const timer = setInterval(() => {
    turn = (turn + 8) % 256;
    for (let at = 0; at < pixels.length; at += 4) {
      pixels[at] = turn;
      pixels[at + 1] = 255 - turn;
      pixels[at + 2] = 128;
      pixels[at + 3] = 255;
    }
    source.captureFrame(new VideoFrame(pixels, WIDTH, HEIGHT, VideoBufferType.RGBA));
  }, FRAME_MS);
  return {
    source,
    stop: () => {
      clearInterval(timer);
      return source.close();
    },
  };
}

/** A steady tone. */
export function tone(): Source<AudioSource> {
  const source = new AudioSource(SAMPLE_RATE, 1);
  const samples = (SAMPLE_RATE * CHUNK_MS) / 1000;
  let stopped = false;
  const play = async (): Promise<void> => {
    for (let at = 0; !stopped; at += samples) {
      const data = Int16Array.from({ length: samples }, (_, index) =>
        Math.round(LOUDNESS * Math.sin((2 * Math.PI * TONE_HZ * (at + index)) / SAMPLE_RATE)),
      );
      // Resolves when the source's queue has room again, so this keeps pace with real time.
      await source.captureFrame(new AudioFrame(data, SAMPLE_RATE, 1, samples));
    }
  };
  const played = play();
  // Told by `stop`; until then nobody listens.
  played.catch(() => undefined);
  return {
    source,
    stop: async () => {
      stopped = true;
      await played;
      await source.close();
    },
  };
}

/** Whether two pictures show different colours: the picture moves, it is not one frame shown again and again. */
export function differ(one: VideoFrame, other: VideoFrame): boolean {
  const [a, b] = [centre(one), centre(other)];
  return Math.abs(a[0] - b[0]) + Math.abs(a[1] - b[1]) > 8;
}

function centre(frame: VideoFrame): [red: number, green: number] {
  const picture = frame.convert(VideoBufferType.RGBA);
  const at = (Math.floor(picture.height / 2) * picture.width + Math.floor(picture.width / 2)) * 4;
  return [picture.data[at] ?? 0, picture.data[at + 1] ?? 0];
}

/** Whether somebody is to be heard in it. */
export function audible(frame: AudioFrame): boolean {
  const square = frame.data.reduce((sum, sample) => sum + sample * sample, 0);
  return Math.sqrt(square / frame.data.length) > LOUDNESS / 20;
}
