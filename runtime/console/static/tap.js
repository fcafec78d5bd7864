// Runs beside the page, in the thread of the sound: hands on what the microphone hears.

const AT_ONCE = 2048;

class Tap extends AudioWorkletProcessor {
  constructor() {
    super();
    this.buffer = new Float32Array(AT_ONCE);
    this.filled = 0;
  }

  process([[channel]]) {
    for (const sample of channel ?? []) {
      this.buffer[this.filled++] = sample;
      if (this.filled === AT_ONCE) this.hand();
    }
    return true;
  }

  hand() {
    this.port.postMessage(this.buffer, [this.buffer.buffer]);
    this.buffer = new Float32Array(AT_ONCE);
    this.filled = 0;
  }
}

registerProcessor("tap", Tap);
