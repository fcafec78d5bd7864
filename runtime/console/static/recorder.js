// A voice as a WAV file: 16 kHz and one channel, which every endpoint for speech takes.

const RATE = 16_000;
export const LONGEST_S = 120;

// Browsers give a microphone to pages on https and on loopback only.
export function canRecord() {
  return Boolean(navigator.mediaDevices?.getUserMedia && globalThis.AudioWorkletNode);
}

export class Recorder {
  constructor(stream, context) {
    Object.assign(this, { stream, context, chunks: [], begun: performance.now() });
  }

  static async begin() {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1 } });
    const recorder = new Recorder(stream, new AudioContext());
    try {
      await recorder.listen();
    } catch (error) {
      recorder.drop();
      throw error;
    }
    return recorder;
  }

  async listen() {
    const { context, stream } = this;
    await context.audioWorklet.addModule(new URL("./tap.js", import.meta.url));
    const tap = new AudioWorkletNode(context, "tap");
    tap.port.onmessage = ({ data }) => this.chunks.push(data);
    context.createMediaStreamSource(stream).connect(tap);
    tap.connect(context.destination); // silent; what leads nowhere is not run
    await context.resume();
    this.begun = performance.now();
  }

  get seconds() {
    return (performance.now() - this.begun) / 1000;
  }

  drop() {
    for (const track of this.stream.getTracks()) track.stop();
    if (this.context.state !== "closed") this.context.close();
  }

  // The file, or null where nothing was heard at all.
  end() {
    const { sampleRate } = this.context;
    this.drop();
    const samples = resampled(joined(this.chunks), sampleRate);
    return samples.length ? wav(samples) : null;
  }
}

function joined(chunks) {
  const whole = new Float32Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

// Each sample is the mean of those it stands for, so that what is too high is not folded down.
function resampled(samples, rate) {
  const step = rate / RATE;
  const out = new Int16Array(Math.floor(samples.length / step));
  for (let place = 0; place < out.length; place++) {
    const from = Math.floor(place * step);
    const to = Math.max(from + 1, Math.floor((place + 1) * step));
    let sum = 0;
    for (let at = from; at < to; at++) sum += samples[at];
    out[place] = Math.max(-1, Math.min(1, sum / (to - from))) * 0x7fff;
  }
  return out;
}

function wav(samples) {
  const head = new DataView(new ArrayBuffer(44));
  const text = (at, letters) => [...letters].forEach((letter, place) => head.setUint8(at + place, letter.charCodeAt(0)));
  text(0, "RIFF");
  head.setUint32(4, 36 + samples.byteLength, true);
  text(8, "WAVEfmt ");
  head.setUint32(16, 16, true);
  head.setUint16(20, 1, true); // plain samples
  head.setUint16(22, 1, true);
  head.setUint32(24, RATE, true);
  head.setUint32(28, RATE * 2, true);
  head.setUint16(32, 2, true);
  head.setUint16(34, 16, true);
  text(36, "data");
  head.setUint32(40, samples.byteLength, true);
  return new Blob([head, samples], { type: "audio/wav" });
}
