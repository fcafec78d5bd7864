// Server-sent events out of a body that arrives in pieces.

// Yields {id, data, size} for each event and {retry} where the server names its pause. What the
// end of the stream tears apart is no event, as the rules of SSE have it.
// `heard` is called for whatever comes, heartbeats too.
export async function* frames(body, heard) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      heard();
      const blocks = (rest + value).split("\n\n");
      rest = blocks.pop();
      for (const block of blocks) {
        const frame = frameIn(block);
        if (frame) yield frame;
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

function frameIn(block) {
  const frame = {};
  for (const line of block.split("\n")) {
    const colon = line.indexOf(":");
    if (colon < 1) continue; // a comment keeps the line warm
    const value = line.slice(colon + 1).replace(/^ /, "");
    const name = line.slice(0, colon);
    if (name === "id") frame.id = value;
    else if (name === "retry") frame.retry = Number(value);
    else if (name === "data") {
      frame.size = line.length;
      frame.data = JSON.parse(value);
    }
  }
  return frame.data || frame.retry ? frame : null;
}
